import Synchronization

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
