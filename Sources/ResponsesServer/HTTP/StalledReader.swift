import NIOCore

/// Whether a reader that its writer waits for takes any bytes at all. A value: time and counts are passed in.
struct StalledReader {
    enum Verdict: Equatable {
        case look(at: NIODeadline)
        /// No byte was taken for the whole time.
        case drop
    }

    private let limit: TimeAmount
    private var taken: Int
    private var lastTaken: NIODeadline

    /// - Parameters:
    ///   - limit: how long a reader may take nothing.
    ///   - taken: a count that grows as the reader takes bytes, whatever it began at.
    init(within limit: Duration, taken: Int, now: NIODeadline) {
        self.limit = TimeAmount(limit)
        self.taken = taken
        lastTaken = now
    }

    /// A few looks see what is taken in between, so that a reader is dropped a quarter of the limit late at most.
    mutating func look(taken: Int, at now: NIODeadline) -> Verdict {
        if taken > self.taken {
            lastTaken = now
        } else if now >= lastTaken + limit {
            return .drop
        }
        self.taken = taken
        return .look(at: min(now + pause, lastTaken + limit))
    }

    /// A zero would spin the event loop.
    private var pause: TimeAmount { max(.nanoseconds(limit.nanoseconds / 4), .milliseconds(1)) }
}
