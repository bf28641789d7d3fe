/// Keeps refusals from filling the log: a line at once for the first of its code, then one a minute with a count.
///
/// A value: time is passed in, as a duration since any fixed moment. A count that waits is logged by the next refusal
/// after its minute or by `due(at:)`, whichever comes first; call that from a timer that runs anyway, and once with
/// `isFinal` when the server stops.
///
///     if let count = counter.refused("rate_limit_exceeded", at: now) { log.refused(code, count: count) }
struct RefusalCounter: Sendable {
    static let period: Duration = .seconds(60)
    /// Codes are a few words of this server; more than these would be a mistake, and share one count.
    static let codesMax = 64
    static let otherCodes = "other"

    private struct Count: Sendable {
        /// When the last line was written.
        var loggedAt: Duration
        /// Refusals since.
        var waiting = 0
    }

    private var counts: [String: Count] = [:]

    /// A refusal with this code.
    ///
    /// - Returns: how many refusals a line is due for now; nil: none yet.
    mutating func refused(_ code: String, at now: Duration) -> Int? {
        let code = counts[code] == nil && counts.count >= Self.codesMax ? Self.otherCodes : code
        guard var count = counts[code] else {
            counts[code] = Count(loggedAt: now)
            return 1
        }
        count.waiting += 1
        defer { counts[code] = count }
        guard now - count.loggedAt >= Self.period else { return nil }
        defer { count = Count(loggedAt: now) }
        return count.waiting
    }

    /// The counts whose minute is over, by code in alphabetical order. A code that was quiet for a minute begins again:
    /// its next refusal is logged at once.
    ///
    /// - Parameter isFinal: all counts that wait, however young.
    mutating func due(at now: Duration, isFinal: Bool = false) -> [(code: String, count: Int)] {
        var due: [(code: String, count: Int)] = []
        for (code, count) in counts where isFinal || now - count.loggedAt >= Self.period {
            if count.waiting > 0 {
                due.append((code, count.waiting))
                counts[code] = Count(loggedAt: now)
            } else {
                counts[code] = nil
            }
        }
        return due.sorted { $0.code < $1.code }
    }

    /// When `due(at:)` has something to say next; nil when nothing waits.
    var nextDeadline: Duration? {
        counts.values.filter { $0.waiting > 0 }.map { $0.loggedAt + Self.period }.min()
    }
}
