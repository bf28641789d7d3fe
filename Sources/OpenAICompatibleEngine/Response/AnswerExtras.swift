import ResponsesEngine

/// What an answer brought beside its text and calls, from its reader to the engine's adapter.
struct AnswerExtras: EngineTrace {
    struct Call: Sendable, Hashable {
        /// As the client knows it.
        var id: String
        /// Members beside those of every call, with commas between them.
        var members: [UInt8]
    }

    /// The names under which engines send reasoning.
    enum ReasoningName: String, Sendable, Hashable {
        case reasoningContent = "reasoning_content"
        case reasoning
    }

    /// The name under which the model's reasoning came, when that was asked for.
    var reasoning: ReasoningName?
    var calls: [Call] = []
    /// The array `reasoning_details`.
    var details: [UInt8] = []

    var byteCount: Int { calls.reduce(details.count) { $0 + $1.members.count + $1.id.utf8.count + 64 } }

    var isEmpty: Bool { reasoning == nil && calls.isEmpty && details.isEmpty }
}
