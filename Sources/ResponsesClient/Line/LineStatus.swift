/// How a line goes at the moment.
public struct LineStatus: Sendable, Hashable {
    /// What its next turn goes by. HTTP once the server refused the WebSocket for good.
    public var transport: Delivery.Transport
    /// WebSockets that were opened or tried so far.
    public var connections: Int
    public var isConnected: Bool
}
