import ResponsesAPI
import ResponsesCore

/// How a request's turn is written, by what the request wished for (chat-completions 6).
struct ChatFormat: WireFormat {
    let isStream: Bool
    /// Whether a stream says at its end what was counted.
    let hasUsage: Bool
    /// Whether a call goes out in the older form, as `function_call`.
    let isLegacy: Bool
    /// Nil where thoughts are not sent.
    let reasoning: ChatReasoningField?

    func writer(
        of turn: BeginningTurn, _ request: CreateRequest, _ configuration: Connection.Configuration
    ) -> any TurnWriter {
        let makeID = configuration.makeResponseID
        let settings = AssemblerSettings(request, configuration) { "call_" + makeID().ownPart }
        let answer = ChatAnswer(id: "chatcmpl-" + turn.id.ownPart, model: turn.model, created: turn.createdAt)
        return ResponseAssembler(id: turn.id, voice: ChatVoice(answer, self), settings: settings)
    }
}

extension ResponseID {
    /// The id without the word that says what it is of.
    fileprivate var ownPart: Substring { rawValue.hasPrefix("resp_") ? rawValue.dropFirst("resp_".count) : rawValue[...] }
}
