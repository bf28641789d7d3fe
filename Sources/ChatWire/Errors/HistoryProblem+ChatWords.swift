import ResponsesAPI
import ResponsesCore

extension HistoryProblem {
    /// What is wrong with a conversation, with the message at fault as the client counts it (chat-completions 3).
    ///
    /// - Parameter headCount: how many messages stand before those that were read.
    func chatWords(behind headCount: Int) -> APIError {
        switch self {
        case .outputWithoutCall(let id, let message):
            .wrongValue(
                "messages[\(headCount + message)].tool_call_id",
                "no call before it has the id '\(Self.short(id))'. A message of the role 'tool' follows the assistant message with its call.")
        case .secondOutput(let id, let message):
            .wrongValue(
                "messages[\(headCount + message)].tool_call_id",
                "the call '\(Self.short(id))' has a result already. Send one message of the role 'tool' for each call.")
        case .callsWithoutOutput(let ids, let message):
            .wrongValue(
                "messages[\(headCount + message)].tool_calls",
                "no message of the role 'tool' answers \(Self.list(ids, quote: "'")). Send one for each call, before the conversation goes on.")
        case .endsWithAssistant(let message):
            .invalidRequest(
                .unsupportedValue,
                "Unsupported 'messages[\(headCount + message)].role': the last message is of the role 'assistant', and this server does not "
                    + "continue a text that was begun. End with a message of the role 'user' or 'tool'.",
                param: "messages[\(headCount + message)].role")
        }
    }
}
