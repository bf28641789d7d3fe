/// Under which names raw reasoning streams (ARCHITECTURE, "Where sources disagree").
public enum ReasoningEvents: String, Sendable, CaseIterable {
    /// `response.reasoning_text.*`, which every SDK knows.
    case openAI = "openai"
    /// `response.reasoning.*`, the names of Open Responses.
    case openResponses = "open-responses"
    /// As a summary, which both have.
    case summary
}
