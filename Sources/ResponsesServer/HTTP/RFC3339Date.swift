import LibC

/// A time such as `2026-11-25T09:30:00Z` (RFC 3339).
enum RFC3339Date {
    /// Behind it years have five digits, which readers of this form do not take.
    private static let last = 253_402_300_799

    /// - Parameter unixSeconds: what has no such form, as milliseconds that somebody took for seconds, reads as unknown: 1970.
    static func text(at unixSeconds: Int) -> String {
        var seconds = time_t((0...last).contains(unixSeconds) ? unixSeconds : 0)
        var time = tm()
        gmtime_r(&seconds, &time)
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let day = "\(digits(time.tm_year + 1900, 4))-\(digits(time.tm_mon + 1, 2))-\(digits(time.tm_mday, 2))"
        return "\(day)T\(digits(time.tm_hour, 2)):\(digits(time.tm_min, 2)):\(digits(time.tm_sec, 2))Z"
    }
}
