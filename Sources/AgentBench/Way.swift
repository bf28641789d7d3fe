/// How an agent's turns reach the server: the four ways that are compared.
public enum Way: String, Sendable, Hashable, CaseIterable, Codable {
    /// `POST /v1/responses`, `store: false`: every turn sends the whole conversation.
    case httpFull = "http-full"
    /// `POST /v1/responses`, `store: true`: a turn sends what is new and `previous_response_id`.
    case httpContinued = "http-continued"
    /// One WebSocket, `store: false`: a turn sends what is new.
    case webSocket = "websocket"
    /// The same, after a warmup (`generate: false`) with instructions, tools and context.
    case webSocketWarm = "websocket-warm"
}
