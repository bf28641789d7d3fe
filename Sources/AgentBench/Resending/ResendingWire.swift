/// A protocol without a chain: its clients send the whole conversation in every turn.
enum ResendingWire: Sendable, Hashable {
    case chat
    case messages

    /// What is posted to, below the base URL.
    var resource: String {
        switch self {
        case .chat: "chat/completions"
        case .messages: "messages"
        }
    }

    /// How its clients say who they are.
    func headers(key: String?) -> [(name: String, value: String)] {
        switch self {
        case .chat: key.map { [("Authorization", "Bearer \($0)")] } ?? []
        case .messages: [("anthropic-version", "2023-06-01")] + (key.map { [("x-api-key", $0)] } ?? [])
        }
    }
}
