/// How a turn went to the server.
public struct Delivery: Sendable, Hashable {
    public enum Transport: String, Sendable, Hashable {
        case webSocket = "WebSocket"
        case http = "HTTP"
    }

    public var transport: Transport
    /// Whether only what is new was sent, with `previous_response_id`.
    public var isIncrement: Bool
    /// Bytes of the message or body, of the last try.
    public var bytes: Int
    /// How often it was sent.
    public var tries: Int
}
