/// Bytes that went through a proxy, without headers of TCP and IP, and unencrypted.
public struct Traffic: Sendable, Hashable {
    /// From the client to the server, counted when the client wrote them.
    public var sent: Int
    /// From the server to the client, counted when they are handed to the client.
    public var received: Int

    public init(sent: Int = 0, received: Int = 0) {
        self.sent = sent
        self.received = received
    }

    public static func + (left: Traffic, right: Traffic) -> Traffic {
        Traffic(sent: left.sent + right.sent, received: left.received + right.received)
    }

    public static func - (left: Traffic, right: Traffic) -> Traffic {
        Traffic(sent: left.sent - right.sent, received: left.received - right.received)
    }
}
