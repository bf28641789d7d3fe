/// Words by which clients take a refusal for a full context, and then shorten the conversation: no other refusal may hold them
/// (chat-completions 3).
enum ContextWords {
    /// Those that Goose and LiteLLM look for, whatever their case, each with what is said instead. None of these holds one of the words.
    private static let all: [(word: String, instead: String)] = [
        // Longer ones first, as a part of one may be another.
        ("reduce the length", "shorten it"),
        ("too long", "over its allowed size"),
        ("exceeds", "is more than"),
        ("max_tokens", "max_completion_tokens"),
        ("context length", "context window"),
        ("context limit", "context window"),
        ("token count", "number of tokens"),
        ("input length", "size of the input"),
    ]

    static var words: [String] { all.map(\.word) }

    /// The text in other words where it holds one of these.
    static func avoided(in text: String) -> String {
        all.reduce(text) { text, pair in text.replacing(pair.word, with: pair.instead, ignoringCase: true) }
    }
}
