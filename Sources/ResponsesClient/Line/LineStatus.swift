/// The state of a line at the moment.
public struct LineStatus: Sendable, Hashable {
    /// What its next turn is sent over. HTTP once the server has refused the WebSocket for good.
    public var transport: Delivery.Transport
    /// WebSockets that were opened or tried so far.
    public var connections: Int
    public var isConnected: Bool
}
