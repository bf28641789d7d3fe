/// Words by which clients take a refusal for a full context, and then shorten the conversation: no other refusal may hold them
/// (chat-completions 3).
enum ContextWords {
    /// Those that Goose and LiteLLM look for, whatever their case, each with what is said instead.
    private static let all: [(word: String, instead: String)] = [
        ("reduce the length", "make it shorter"),
        ("too long", "over its allowed size"),
        ("exceeds", "is more than"),
        ("max_tokens", "max_completion_tokens"),
        ("context length", "context window"),
        ("context limit", "context window"),
        ("token count", "number of tokens"),
        ("input length", "how long the input is"),
    ]

    static var words: [String] { all.map(\.word) }

    /// A replacement may form a word with what stands beside it; texts of people need two passes at most.
    private static var passesMax: Int { 8 }

    /// The text in other words where it holds one of these.
    static func avoided(in text: String) -> String {
        var text = text
        for _ in 0..<passesMax {
            let next = all.reduce(text) { text, pair in text.replacing(pair.word, with: pair.instead, ignoringCase: true) }
            if next == text { return text }
            text = next
        }
        return "The request is not valid. 'param' names the field."
    }
}
