/// When bytes arrive at the other end: one direction of one TCP connection, as a value without socket or clock.
///
/// ```swift
/// var link = Link(roundTrip: .milliseconds(40), bitsPerSecond: nil, openAt: .zero)
/// link.send(128_000, at: .zero).last!.at   // 140 ms: half a round trip, and three more for the window to open
/// ```
/// Modelled:
/// - Propagation: half a round trip each way. Nothing overtakes, nothing is lost.
/// - Serialisation: bytes leave at the rate of the line and wait for those before them. Each connection has a line of
///   its own.
/// - The handshake: nothing leaves before `openAt`, which is a round trip after the connection was begun.
/// - TCP's slow start as Linux does it: ten segments of 1,460 bytes at first (RFC 6928), grown by what is acknowledged, so
///   doubled in each round trip, as long as the sender fills at least half of it. After silence of more than a
///   retransmission time-out (the round trip and 200 ms) it is halved for each time-out that passed, down to the first
///   window (RFC 2861; `tcp_slow_start_after_idle` is on by default).
///
/// Not modelled: loss and what follows from it (so the window never shrinks under load, and slow start never ends before
/// the receiver's 3 MiB), jitter, headers of TCP and IP (some 3 % of the rate), the size of queues on the way, delayed
/// acknowledgements. A line with loss makes large uploads slower than this.
package struct Link: Sendable {
    /// Some bytes that reach the other end together.
    package struct Arrival: Hashable, Sendable {
        package var bytes: Int
        package var at: Duration

        package init(bytes: Int, at: Duration) {
            self.bytes = bytes
            self.at = at
        }
    }

    /// The payload of a segment on Ethernet, without options.
    package static let segmentBytes = 1_460
    /// RFC 6928.
    package static let firstWindow = 10 * segmentBytes
    /// Half of Linux's default limit of a receive buffer (`tcp_rmem`), which is what it offers of it.
    package static let windowMax = 3 << 20
    /// Bytes that are timed together: small enough that a slow line delivers a long message bit by bit.
    private static let pieceMax = firstWindow
    /// Linux's lower limit of what is added to the round trip (`TCP_RTO_MIN`).
    private static let timeoutMargin = Duration.milliseconds(200)

    /// How many bytes may be under way unacknowledged.
    package private(set) var window = Link.firstWindow

    private let roundTrip: Duration
    private let secondsPerByte: Double
    /// Times are those of the caller's clock; the model never goes back before this one.
    private var now: Duration
    /// When the line has sent all it was given.
    private var lineIsFreeAt: Duration = .zero
    private var lastDeparture: Duration?
    /// Pieces under way, oldest first, and when the sender hears that they arrived.
    private var unacknowledged: [(bytes: Int, at: Duration)] = []
    private var firstUnacknowledged = 0
    private var inFlight = 0
    /// The most that was under way since the line was last empty.
    private var inFlightPeak = 0

    /// - Parameters:
    ///   - bitsPerSecond: nil for a line without limit.
    ///   - openAt: when the first byte may leave.
    package init(roundTrip: Duration, bitsPerSecond: Double?, openAt: Duration) {
        self.roundTrip = roundTrip
        secondsPerByte = bitsPerSecond.map { 8 / $0 } ?? 0
        now = openAt
    }

    /// The sender writes bytes now; returns when they arrive, in order.
    package mutating func send(_ bytes: Int, at time: Duration) -> [Arrival] {
        now = max(now, time)
        acknowledge()
        shrinkAfterSilence()
        var arrivals: [Arrival] = []
        var rest = bytes
        while rest > 0 {
            let piece = min(rest, Self.pieceMax, max(0, window - inFlight))
            // Nearly nothing would fit: a sender waits for room for a segment.
            guard piece >= min(rest, Self.segmentBytes) else {
                now = max(now, unacknowledged[firstUnacknowledged].at)
                acknowledge()
                continue
            }
            rest -= piece
            depart(piece, &arrivals)
        }
        return arrivals
    }

    private mutating func depart(_ piece: Int, _ arrivals: inout [Arrival]) {
        lineIsFreeAt = max(now, lineIsFreeAt) + .seconds(Double(piece) * secondsPerByte)
        let arrival = lineIsFreeAt + roundTrip / 2
        if let last = arrivals.last, last.at == arrival {
            arrivals[arrivals.count - 1].bytes += piece
        } else {
            arrivals.append(Arrival(bytes: piece, at: arrival))
        }
        if inFlight == 0 { inFlightPeak = 0 }
        inFlight += piece
        inFlightPeak = max(inFlightPeak, inFlight)
        unacknowledged.append((piece, arrival + roundTrip / 2))
        lastDeparture = now
    }

    /// Takes in the acknowledgements that came by now.
    private mutating func acknowledge() {
        while firstUnacknowledged < unacknowledged.count, unacknowledged[firstUnacknowledged].at <= now {
            let bytes = unacknowledged[firstUnacknowledged].bytes
            firstUnacknowledged += 1
            inFlight -= bytes
            // A sender that leaves most of the window unused learns nothing about the path (Linux: tcp_is_cwnd_limited).
            if window < 2 * inFlightPeak { window = min(window + bytes, Self.windowMax) }
        }
        if firstUnacknowledged > 64, firstUnacknowledged * 2 > unacknowledged.count {
            unacknowledged.removeFirst(firstUnacknowledged)
            firstUnacknowledged = 0
        }
    }

    /// What a sender knew about the path is stale after a pause (Linux: tcp_cwnd_restart).
    private mutating func shrinkAfterSilence() {
        guard inFlight == 0, let lastDeparture else { return }
        let timeout = roundTrip + Self.timeoutMargin
        var silence = now - lastDeparture - timeout
        while silence > .zero, window > Self.firstWindow {
            window = max(window / 2, Self.firstWindow)
            silence -= timeout
        }
    }
}
