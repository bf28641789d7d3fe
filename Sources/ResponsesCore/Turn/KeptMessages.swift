import ResponsesAPI

/// The user's messages of a conversation, which a compaction keeps beside its summary (responses-api 10).
enum KeptMessages {
    /// - Parameter bytesMax: the oldest go where they are more.
    static func of(_ conversation: [Item], bytesMax: Int = .max) -> [Item] {
        var bytes = 0
        var kept: [Item] = []
        // The newest is a person's, whatever it says.
        for item in conversation.reversed() where item.isUserMessage && (kept.isEmpty || !isSummary(item)) {
            bytes += item.estimatedBytes
            if bytes > bytesMax, !kept.isEmpty { break }
            kept.append(item)
        }
        return kept.reversed()
    }

    /// What a compaction is to the engine.
    static func summary(_ text: JSONText) -> Item { .userMessage(JSONText(beginning + text.string)) }

    /// An earlier compaction, whose summary the new one has taken up.
    private static func isSummary(_ item: Item) -> Bool {
        guard case .message(let message) = item.body, let text = message.content.first?.text else { return false }
        return text.escaped.starts(with: JSONText(beginning).escaped)
    }

    private static let beginning = "Summary of the conversation so far:\n\n"
}
