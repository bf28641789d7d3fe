import ResponsesAPI

/// How much the model is to think, in the spellings of three services (chat-completions 2).
struct ChatThinking: Sendable {
    /// `reasoning_effort`: OpenAI's.
    var effort: String?
    /// By the other spellings.
    private var otherEffort: String?

    init() {}

    /// OpenRouter's.
    mutating func read(reasoning: RawJSON) {
        otherEffort = reasoning["enabled"]?.boolValue == false ? "none" : reasoning["effort"]?.stringValue ?? otherEffort
    }

    /// DeepSeek's and z.ai's. That thinking is on is what engines do by themselves.
    mutating func read(thinking: RawJSON) {
        if thinking["type"]?.stringValue == "disabled" { otherEffort = "none" }
    }

    var settings: ReasoningSettings? { (effort ?? otherEffort).map { ReasoningSettings(effort: $0) } }
}
