/// A protocol that a client speaks with a server.
enum SpokenProtocol: String, Sendable, CaseIterable {
    case responses
    case chat = "chat/completions"
    case messages

    /// In names of clients that speak several.
    var word: String {
        switch self {
        case .responses: "responses"
        case .chat: "chat"
        case .messages: "messages"
        }
    }

    /// How people call it.
    var title: String {
        switch self {
        case .responses: "Responses API"
        case .chat: "Chat Completions"
        case .messages: "Messages API"
        }
    }
}
