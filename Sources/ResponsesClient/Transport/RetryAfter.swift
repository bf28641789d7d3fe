import NIOHTTP1

/// How long a server asks to wait.
enum RetryAfter {
    /// Whole seconds, rounded up: `retry-after-ms`, or `Retry-After` as a number or a date (RFC 9110 section 10.2.3).
    ///
    /// A date is counted from the answer's own `Date`, so that the local clock need not be right.
    static func seconds(_ headers: HTTPHeaders) -> Int? {
        if let milliseconds = headers.first(name: "retry-after-ms").flatMap(Double.init), isSane(milliseconds / 1000) {
            return Int((milliseconds / 1000).rounded(.up))
        }
        guard let value = headers.first(name: "retry-after") else { return nil }
        if let seconds = Double(value) { return isSane(seconds) ? Int(seconds.rounded(.up)) : nil }
        guard let then = date(value), let now = headers.first(name: "date").flatMap(date) else { return nil }
        return max(0, then - now)
    }

    private static func isSane(_ seconds: Double) -> Bool { seconds >= 0 && seconds < 1e9 }

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the only form still in use.
    static func date(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let year = Int(words[3]), (1970...9999).contains(year),
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, clock.allSatisfy({ (0...60).contains($0) }), (1...31).contains(day) else { return nil }
        // Days of the civil calendar, the year beginning in March so that the leap day is its last.
        let (y, m) = month < 2 ? (year - 1, month + 10) : (year, month - 2)
        let days = y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719_469
        return ((days * 24 + clock[0]) * 60 + clock[1]) * 60 + clock[2]
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
