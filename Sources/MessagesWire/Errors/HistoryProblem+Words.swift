import ResponsesAPI
import ResponsesCore

extension HistoryProblem {
    /// The problem in the words that clients of Messages know (anthropic-messages 4).
    ///
    /// - Parameter place: a message's place among all of the request, by its place among those that were read.
    func words(at place: (Int) -> Int) -> APIError {
        switch self {
        case .outputWithoutCall(let id, let message):
            .history(
                place(message),
                "unexpected `tool_use_id` found in `tool_result` blocks: \(Self.short(id)). Each `tool_result` block must have a corresponding "
                    + "`tool_use` block in the message before it.")
        case .secondOutput(let id, let message):
            .history(place(message), "each `tool_use` must have a single result. Found multiple `tool_result` blocks with id: \(Self.short(id))")
        case .callsWithoutOutput(let ids, let message):
            .history(
                place(message),
                "`tool_use` ids were found without `tool_result` blocks immediately after: \(Self.list(ids)). Each `tool_use` "
                    + "block must have a corresponding `tool_result` block in the next message.")
        case .endsWithAssistant(let message):
            .history(
                place(message),
                "this model does not support assistant message prefill. The conversation must end with a user message.")
        }
    }
}

extension APIError {
    /// Without a code, as the text is what clients read.
    fileprivate static func history(_ message: Int, _ words: String) -> APIError {
        .invalidRequest(nil, "messages.\(message): \(words)", param: "messages[\(message)]")
    }
}
