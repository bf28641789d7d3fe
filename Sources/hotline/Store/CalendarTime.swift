import LibC

/// A time of day in UTC, as people write it and as lists show it.
enum CalendarTime {
    /// Seconds since 1970 of a date (`2026-11-01`), a date with a time (`2026-11-01T12:30`, with or without seconds and Z), or an
    /// age before `now` (`2d`); nil for anything else.
    static func read(_ text: String, now: Int) -> Int? {
        if let age = Age.read(text) { return now - Int(age.components.seconds) }
        guard let match = text.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?Z?)?/) else { return nil }
        func number(_ part: Substring?) -> Int32 { part.flatMap { Int32($0) } ?? 0 }
        var parts = tm()
        parts.tm_year = number(match.1) - 1900
        parts.tm_mon = number(match.2) - 1
        parts.tm_mday = number(match.3)
        parts.tm_hour = number(match.4)
        parts.tm_min = number(match.5)
        parts.tm_sec = number(match.6)
        let asked = parts
        let seconds = timegm(&parts)
        // February 30 becomes a day of March.
        guard parts.tm_mon == asked.tm_mon, parts.tm_mday == asked.tm_mday, parts.tm_hour == asked.tm_hour, parts.tm_min == asked.tm_min,
            parts.tm_sec == asked.tm_sec
        else { return nil }
        return Int(seconds)
    }

    /// How it is written, for a sentence about one that is not.
    static let form = "a date such as 2026-11-01 or 2026-11-01T12:30 (UTC), or an age such as 2d"

    /// `2026-11-01 12:30:05`.
    static func text(_ seconds: Int) -> String {
        var time = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else { return "\(seconds)" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }

    static var now: Int { Int(time(nil)) }
}
