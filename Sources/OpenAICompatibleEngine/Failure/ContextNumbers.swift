/// How long a conversation is and how much the context holds, as far as an engine's sentence about a full context says both.
///
/// Clients compute with them how much to leave out (chat-completions 7, anthropic-messages 8).
struct ContextNumbers: Sendable, Hashable {
    /// Tokens of the conversation, without the output that was asked for.
    private(set) var tokens: Int?
    /// Tokens that the context holds.
    private(set) var limit: Int?

    init(_ message: String) {
        // `8,192` and `8192` are one number.
        let text = Self.withoutSeparators(Array(message.lowercased().utf8.prefix(FailureWords.textMax)))
        limit = Self.first(Self.beforeLimit, { Self.number(behind: $0, in: text) }) ?? Self.first(Self.behindLimit, { Self.number(before: $0, in: text) })
        tokens = Self.first(Self.behindTokens, { Self.number(before: $0, in: text) }) ?? Self.first(Self.beforeTokens, { Self.number(behind: $0, in: text) })
    }

    private static let beforeLimit: [StaticString] = [
        // OpenAI, vLLM, SGLang, LM Studio, Mistral
        "context length is only ", "context length is ", "context length of only ", "context length of ", "context length (", "context window of ",
        "context window is ", "context window (", "context limit of ",
        // llama.cpp
        "context size (",
        // Others
        "max_model_len=", "max_model_len (", "maximum input length of ", "must be <= ", "maximum prompt length is ",
    ]
    /// Anthropic: `N tokens > M maximum`.
    private static let behindLimit: [StaticString] = [" maximum"]
    private static let behindTokens: [StaticString] = [
        " in the messages", " tokens from the input messages", " input tokens", " text input tokens", " tokens in the input",
    ]
    private static let beforeTokens: [StaticString] = [
        "messages resulted in ", "too long: ", "input (", "prompt (", "request (", "the first ", "prompt contains ", "request contains ",
    ]

    private static func first(_ phrases: [StaticString], _ find: (StaticString) -> Int?) -> Int? {
        for phrase in phrases { if let number = find(phrase) { return number } }
        return nil
    }

    private static func withoutSeparators(_ text: [UInt8]) -> [UInt8] {
        text.indices.filter { index in
            guard text[index] == UInt8(ascii: ","), index > 0, index + 3 < text.count else { return true }
            return !(isDigit(text[index - 1]) && text[index + 1...index + 3].allSatisfy(isDigit))
        }.map { text[$0] }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func number(behind phrase: StaticString, in text: [UInt8]) -> Int? {
        for place in places(of: phrase, in: text) {
            let digits = text[(place + phrase.utf8CodeUnitCount)...].prefix(while: isDigit)
            if let number = Int(String(decoding: digits, as: UTF8.self)) { return number }
        }
        return nil
    }

    private static func number(before phrase: StaticString, in text: [UInt8]) -> Int? {
        for place in places(of: phrase, in: text) {
            let digits = text[..<place].suffix(while: isDigit)
            if let number = Int(String(decoding: digits, as: UTF8.self)) { return number }
        }
        return nil
    }

    private static func places(of phrase: StaticString, in text: [UInt8]) -> [Int] {
        let wanted = UnsafeBufferPointer(start: phrase.utf8Start, count: phrase.utf8CodeUnitCount)
        guard text.count >= wanted.count else { return [] }
        return (0...text.count - wanted.count).filter { text[$0] == wanted[0] && text[$0...].starts(with: wanted) }
    }
}

extension ArraySlice<UInt8> {
    /// The longest end of which every byte is one of these.
    fileprivate func suffix(while isTaken: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var start = endIndex
        while start > startIndex, isTaken(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}
