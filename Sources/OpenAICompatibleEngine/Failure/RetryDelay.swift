import LibC
import NIOHTTP1
import ResponsesAPI

/// When an engine wants to be asked again, in every form in which engines say it. Always whole seconds from now, rounded up.
enum RetryDelay {
    /// More is no time that anybody waits, and could overflow.
    private static let secondsMax = 1_000_000_000

    // MARK: Headers

    /// - Parameter now: the time by the wall, in seconds since 1970; some say a date.
    static func seconds(in headers: HTTPHeaders, at now: Double) -> Int? {
        if let text = headers.first(name: "retry-after-ms"), let number = number(text) { return whole(number / 1000) }
        if let text = headers.first(name: "retry-after"), let seconds = seconds(text, at: now) { return seconds }
        for name in ["ratelimit-reset", "x-ratelimit-reset"] {
            if let text = headers.first(name: name), let seconds = seconds(text, at: now) { return seconds }
        }
        // One for each kind of limit: that of the limit which is used up, else the longest.
        let limits = [("x-ratelimit-remaining-", "x-ratelimit-reset-"), ("anthropic-ratelimit-", "anthropic-ratelimit-")]
        var longest: Int?
        for (remaining, reset) in limits {
            for kind in ["requests", "tokens", "input-tokens", "output-tokens"] {
                let isAnthropic = remaining == reset
                let left = headers.first(name: isAnthropic ? "\(remaining)\(kind)-remaining" : "\(remaining)\(kind)")
                let text = headers.first(name: isAnthropic ? "\(reset)\(kind)-reset" : "\(reset)\(kind)")
                guard let text, left.flatMap({ number($0) }).map({ $0 <= 0 }) ?? true, let seconds = seconds(text, at: now) else { continue }
                longest = max(longest ?? 0, seconds)
            }
        }
        return longest
    }

    /// Seconds, a duration such as `1m30s`, a date of HTTP or of RFC 3339, or a moment since 1970 in seconds or milliseconds.
    static func seconds(_ text: String, at now: Double) -> Int? {
        let text = String(text.drop { $0 == " " }.prefix { $0 != ";" }).trimmingBlanks
        if let number = number(text) {
            // As a delay it would be years.
            if number > 1e11 { return whole(number / 1000 - now) }
            if number > 1e9 { return whole(number - now) }
            return whole(number)
        }
        if let duration = duration(text[...]) { return whole(duration) }
        return date(text).map { max(0, $0 - now) }.flatMap { whole($0) }
    }

    // MARK: Bodies

    /// Of an error's object: `retry_after` and its like, Google's `RetryInfo`, the headers of a provider behind a provider.
    static func seconds(in json: RawJSON) -> Int? {
        guard json.isObject else { return nil }
        for name in ["retry_after", "retry_after_seconds", "retryAfter", "retry-after", "estimated_time", "retryDelay", "retry_delay"] {
            guard let value = json[name] else { continue }
            if let seconds = value.doubleValue ?? value.stringValue.flatMap({ number($0) ?? duration($0[...]) }) { return whole(seconds) }
        }
        if let milliseconds = json["retry_after_ms"]?.doubleValue { return whole(milliseconds / 1000) }
        for detail in (json["details"]?.elements ?? []).prefix(16) {
            if let text = detail["retryDelay"]?.stringValue, let seconds = duration(text[...]) { return whole(seconds) }
        }
        guard let headers = json["headers"], headers.isObject else { return nil }
        var fields = HTTPHeaders()
        headers.forEachMember { name, value in
            if let text = value.stringValue ?? value.doubleValue.map({ _ in value.text }) { fields.add(name: name, value: text) }
        }
        return seconds(in: fields, at: wallTime)
    }

    private static let phrases = [
        "try again in ", "retry in ", "retry after ", "again after ", "retry again in ", "try again after ", "please wait ", "available in ",
    ]

    /// "Please try again in 7m12.5s.", "Please retry after 26 seconds."
    static func seconds(inSentence message: String) -> Int? {
        let text = message.lowercased()
        for phrase in phrases {
            guard let place = text.firstRange(of: phrase) else { continue }
            if let seconds = duration(text[place.upperBound...], isSentence: true) { return whole(seconds) }
        }
        return nil
    }

    /// Now, by the clock on the wall.
    static var wallTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    // MARK: Numbers and dates

    private static func whole(_ seconds: Double) -> Int? {
        guard seconds.isFinite, seconds >= 0, seconds < Double(secondsMax) else { return nil }
        return Int(seconds.rounded(.up))
    }

    private static func number(_ text: String) -> Double? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) else { return nil }
        return Double(text)
    }

    private static let units: [(name: String, seconds: Double)] = [
        ("milliseconds", 0.001), ("millisecond", 0.001), ("ms", 0.001), ("seconds", 1), ("second", 1), ("secs", 1), ("sec", 1), ("s", 1),
        ("minutes", 60), ("minute", 60), ("mins", 60), ("min", 60), ("m", 60), ("hours", 3600), ("hour", 3600), ("h", 3600),
        ("days", 86400), ("day", 86400), ("d", 86400),
    ]

    /// `1m30s`, `120ms`, `34.07s`, `26 seconds`, `2 minutes 3 seconds`.
    ///
    /// - Parameter isSentence: other words may follow; the whole text must be a duration otherwise.
    private static func duration(_ text: Substring, isSentence: Bool = false) -> Double? {
        var rest = text
        var sum: Double?
        while true {
            let beforeNumber = rest
            rest = rest.drop { $0 == " " }
            var digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            while digits.last == "." { digits.removeLast() }
            guard let number = Double(digits) else {
                rest = beforeNumber
                break
            }
            rest = rest.dropFirst(digits.count)
            let afterNumber = rest
            rest = rest.drop { $0 == " " }
            guard let unit = units.first(where: { isUnit($0.name, rest) }) else {
                // A number alone is of seconds, where a sentence says no more than that.
                if sum == nil, isSentence { return number }
                rest = afterNumber
                break
            }
            sum = (sum ?? 0) + number * unit.seconds
            rest = rest.dropFirst(unit.name.count)
        }
        if !isSentence, !rest.allSatisfy({ $0 == " " }) { return nil }
        return sum
    }

    private static func isUnit(_ name: String, _ rest: Substring) -> Bool {
        guard rest.hasPrefix(name) else { return false }
        return !(rest.dropFirst(name.count).first?.isLetter ?? false)
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// `Wed, 21 Oct 2037 07:28:00 GMT` and `2037-10-21T07:28:00.5Z`, in seconds since 1970.
    private static func date(_ text: String) -> Double? {
        let isISO = text.contains("T") && text.contains("-") && !text.contains(",")
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber) || isISO && ($0 == "t" || $0 == "z") }.map(String.init)
        let numbers = words.compactMap { Int($0) }
        if isISO {
            guard numbers.count >= 6, numbers.count <= 8 else { return nil }
            return seconds(year: numbers[0], month: numbers[1], day: numbers[2], numbers[3], numbers[4], numbers[5])
        }
        guard let month = words.firstIndex(where: { months.contains(String($0.prefix(3))) && $0.count >= 3 && Int($0) == nil }) else { return nil }
        guard month >= 1, words.count >= month + 5, let day = Int(words[month - 1]), var year = Int(words[month + 1]) else { return nil }
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        let time = words[(month + 2)...].prefix(3).compactMap { Int($0) }
        guard time.count == 3, let number = months.firstIndex(of: String(words[month].prefix(3))) else { return nil }
        return seconds(year: year, month: number + 1, day: day, time[0], time[1], time[2])
    }

    private static func seconds(year: Int, month: Int, day: Int, _ hour: Int, _ minute: Int, _ second: Int) -> Double? {
        guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), (0..<24).contains(hour), (0..<60).contains(minute),
            (0...60).contains(second)
        else { return nil }
        // Years begin in March here, so that the day of leap years is the last.
        let shifted = month > 2 ? year : year - 1
        let (era, ofEra) = (shifted / 400, shifted % 400)
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
        return Double(days * 86_400 + hour * 3600 + minute * 60 + second)
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
