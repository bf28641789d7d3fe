import ResponsesAPI

/// A message by its place in the body and by what decides about it as a whole: its content is read only where it is new.
struct MessagePlace: Sendable {
    enum Role: Sendable { case user, assistant, system }

    /// In the body.
    let range: Range<Int>
    let role: Role
    /// In the body; nil for a `system` message that only changes settings.
    let content: Range<Int>?
    /// Whether it is shown no more once a user's message follows (anthropic-messages 4).
    let isClearedByUser: Bool

    init(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for a message: expected an object.")
        }
        let start = scanner.position
        var (role, clearAt) = (nil, nil) as (String?, String?)
        var content: Range<Int>?
        try scanner.members { (scanner, key) throws(APIError) in
            switch scanner.key(key) {
            case "role": role = try scanner.string(for: "role")
            case "content":
                let span = try scanner.valueSpan()
                content = scanner.bytes(span).first == UInt8(ascii: "n") ? nil : span
            case "clear_at": clearAt = try scanner.string(for: "clear_at")
            default: _ = try scanner.valueSpan()
            }
        }
        range = start..<scanner.position
        self.content = content
        switch role {
        case "user": self.role = .user
        case "assistant": self.role = .assistant
        case "system": self.role = .system
        case nil: throw .missing("role")
        default: throw .wrongValue("role", "supported are 'user', 'assistant' and 'system'.")
        }
        guard content != nil || self.role == .system else { throw .missing("content") }
        isClearedByUser = self.role == .system && clearAt == "next_user_message"
    }
}
