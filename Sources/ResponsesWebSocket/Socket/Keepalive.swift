import NIOCore

/// When to ping a peer and when to give up on it. The time is passed in; it holds no timer.
struct Keepalive {
    enum Action: Equatable {
        case wait
        case ping
        /// No byte came for `pongTimeout`.
        case drop
    }

    private let pingInterval: TimeAmount
    private let pongTimeout: TimeAmount
    private var nextPing: NIODeadline
    private var lastHeard: NIODeadline

    /// Nil when the limits say never to ping.
    init?(_ limits: WebSocketLimits, now: NIODeadline) {
        guard let interval = limits.pingInterval else { return nil }
        // A zero would spin the event loop.
        pingInterval = max(TimeAmount(interval), .milliseconds(1))
        pongTimeout = max(TimeAmount(limits.pongTimeout), .milliseconds(1))
        nextPing = now + pingInterval
        lastHeard = now
    }

    /// The earliest time at which `wakeUp` has something to do.
    var wakeUpTime: NIODeadline { min(nextPing, lastHeard + pongTimeout) }

    /// Bytes came, or nobody listened, which must not count as the peer's silence.
    mutating func heard(now: NIODeadline) {
        lastHeard = now
    }

    mutating func wakeUp(now: NIODeadline) -> Action {
        guard now < lastHeard + pongTimeout else { return .drop }
        guard now >= nextPing else { return .wait }
        nextPing = now + pingInterval
        return .ping
    }
}
