/// What a chat shows, apart from where it came from and how it will look.
enum ChatEvent: Hashable, Sendable {
    /// The model was asked; what it says has not begun.
    case asked
    case text(String)
    case reasoning(String)
    /// A message or a thought is complete.
    case partEnded
    case toolStarted(ToolUse)
    case toolFinished(ToolUse, output: String, isError: Bool, Duration)
    case toolDenied(ToolUse, reason: String)
    /// The line dropped in mid-answer: what was shown of this turn does not count, and it is asked again.
    case interrupted
    case ended(TurnSummary)
    /// Whether the conversation keeps what was done before.
    case cancelled(keepsPart: Bool)
    case failed(String)
    /// A text of the program itself.
    case note(String)

    struct ToolUse: Hashable, Sendable {
        var callID: String
        var name: String
        /// JSON as text; any text for a custom tool.
        var arguments: String
    }

    struct TurnSummary: Hashable, Sendable {
        var duration: Duration
        var tokensIn = 0
        var tokensCached = 0
        var tokensOut = 0
        /// Messages or bodies sent to the server; nil when nothing is known of them.
        var bytesSent: Int?
        var turns = 1
        /// The transport's name for people: WebSocket or HTTP.
        var transport: String?
        /// Why the answer ends early, such as `max_output_tokens`.
        var incompleteReason: String?

        /// Says so where the answer is not whole.
        var early: String? { incompleteReason.map { "The answer ends early: \($0)." } }

        /// One line, without styles.
        var text: String {
            var parts = [Amounts.text(duration)]
            if turns > 1 { parts.append("\(turns) turns") }
            let cached = tokensCached > 0 ? " (\(Amounts.text(tokensCached)) cached)" : ""
            parts.append("\(Amounts.text(tokensIn)) in\(cached), \(Amounts.text(tokensOut)) out")
            if let bytesSent { parts.append("\(Amounts.text(bytes: bytesSent)) sent") }
            if let transport { parts.append(transport) }
            return parts.joined(separator: " · ")
        }
    }
}
