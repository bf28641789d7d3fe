/// How an agent's turns reach the server: the ways that are compared.
public enum Way: String, Sendable, Hashable, CaseIterable, Codable {
    /// `POST /v1/responses`, `store: false`: every turn sends the whole conversation.
    case httpFull = "http-full"
    /// `POST /v1/responses`, `store: true`: a turn sends what is new and `previous_response_id`.
    case httpContinued = "http-continued"
    /// One WebSocket, `store: false`: a turn sends what is new.
    case webSocket = "websocket"
    /// The same, after a warmup (`generate: false`) with instructions, tools and context.
    case webSocketWarm = "websocket-warm"
    /// `POST /v1/chat/completions`, streamed: every turn sends the whole conversation, as these clients always do.
    case chat
    /// `POST /v1/messages`, streamed: the same.
    case messages

    /// Those of the Responses API, which every server of it has.
    public static let ofResponses: [Way] = [.httpFull, .httpContinued, .webSocket, .webSocketWarm]

    public var warmsUp: Bool { self == .webSocketWarm }

    /// What a person reads in a table or a plot.
    public var title: String {
        switch self {
        case .httpFull: "HTTP, full history"
        case .httpContinued: "HTTP, previous_response_id"
        case .webSocket: "WebSocket"
        case .webSocketWarm: "WebSocket, warmed up"
        case .chat: "Chat Completions"
        case .messages: "Messages"
        }
    }
}
