import Synchronization

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

/// Counts the bytes of one connection; read from anywhere.
final class TrafficMeter: Sendable {
    private let sent = Atomic<Int>(0)
    private let received = Atomic<Int>(0)

    func count(sent bytes: Int) { sent.wrappingAdd(bytes, ordering: .releasing) }
    func count(received bytes: Int) { received.wrappingAdd(bytes, ordering: .releasing) }

    var traffic: Traffic {
        Traffic(sent: sent.load(ordering: .acquiring), received: received.load(ordering: .acquiring))
    }
}
