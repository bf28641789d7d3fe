import ResponsesAPI

/// Which run of its engine a turn is at: nearly all have one.
///
/// A conversation over the client's threshold is compacted before it is answered, and one that the engine finds too long is shown
/// without its beginning, where the client allows that (responses-api 2: `context_management`, `truncation`).
struct Round: Sendable {
    enum Goal: Sendable {
        /// The response. Next: `summary`, where the conversation is over its threshold.
        case answer
        /// What stands for the conversation before it is answered. Next: `answerAfterSummary`.
        case summary
        /// The response, of the compacted conversation. Final.
        case answerAfterSummary
    }

    var goal = Goal.answer
    /// Whether the response has yet to begin.
    var isFirst = true
    /// How often the engine found the conversation too long.
    var cuts = 0
    /// The tools that items brought of a conversation that a summary stands for.
    var addedTools: ToolSet?

    /// Two cuts leave three quarters each and further ones half: this often, and a hundredth is left. An engine refuses what is too long
    /// at once.
    static let cutsMax = 8
}
