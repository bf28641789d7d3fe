import NIOCore

/// When to ping a peer and when to give up on it. The time is passed in; it holds no timer.
///
/// Silence counts from the last sign of life: bytes that came, or bytes that the peer took while others waited for it. While a
/// ping waits behind bytes that the peer has not taken, it cannot answer: then its reading is what counts, not its silence.
struct Keepalive {
    enum Action: Equatable {
        case wait
        case ping
        /// No sign of life came for too long.
        case drop
    }

    /// More than all pings between two looks. A kernel takes those for a process that is stuck.
    private static let pingBytesMax = 64

    private let pingInterval: TimeAmount
    private let pongTimeout: TimeAmount
    private let writeStallMax: TimeAmount
    private var nextPing: NIODeadline
    private var lastHeard: NIODeadline
    private var taken = 0
    /// Whether a ping waits to be written.
    private var isPingWaiting = false

    /// Nil when the limits say never to ping.
    init?(_ limits: WebSocketLimits, now: NIODeadline) {
        guard let interval = limits.pingInterval else { return nil }
        // A zero would spin the event loop.
        pingInterval = max(TimeAmount(interval), .milliseconds(1))
        pongTimeout = max(TimeAmount(limits.pongTimeout), .milliseconds(1))
        writeStallMax = max(TimeAmount(limits.writeStallMax), .milliseconds(1))
        nextPing = now + pingInterval
        lastHeard = now
    }

    /// The earliest time at which `wakeUp` has something to do.
    var wakeUpTime: NIODeadline { min(nextPing, dropTime) }

    private var dropTime: NIODeadline { lastHeard + (isPingWaiting ? writeStallMax : pongTimeout) }

    /// Bytes came, or nobody listened, which must not count as the peer's silence.
    mutating func heard(now: NIODeadline) {
        lastHeard = now
    }

    /// How many bytes the peer has taken in all, looked at before `wakeUp`.
    mutating func looked(taken: Int, now: NIODeadline) {
        if taken > self.taken + Self.pingBytesMax { lastHeard = now }
        self.taken = max(taken, self.taken)
    }

    /// The ping that `wakeUp` asked for must wait behind bytes that the peer has not taken.
    mutating func pingWaits() { isPingWaiting = true }

    /// It was written: from now on the peer can answer.
    mutating func pingWritten(now: NIODeadline) {
        guard isPingWaiting else { return }
        isPingWaiting = false
        lastHeard = max(lastHeard, now)
    }

    mutating func wakeUp(now: NIODeadline) -> Action {
        guard now < dropTime else { return .drop }
        guard now >= nextPing else { return .wait }
        nextPing = now + pingInterval
        // One ping that waits is enough.
        return isPingWaiting ? .wait : .ping
    }
}
