/// Figures as people read them, to three digits or so.
enum Figures {
    /// `0.42 ms`, `9.3 ms`, `618 ms`, `13.0 s`, `132 s`.
    static func duration(_ milliseconds: Double) -> String {
        switch abs(milliseconds) {
        case ..<0.995: decimal(milliseconds, places: 2) + " ms"
        case ..<9.95: decimal(milliseconds, places: 1) + " ms"
        case ..<999.5: decimal(milliseconds, places: 0) + " ms"
        case ..<9_995: decimal(milliseconds / 1000, places: 2) + " s"
        case ..<99_950: decimal(milliseconds / 1000, places: 1) + " s"
        default: decimal(milliseconds / 1000, places: 0) + " s"
        }
    }

    /// The quartiles of a duration, `12.9-13.1`, in the unit of its median.
    static func range(_ spread: Spread) -> String {
        let isSeconds = abs(spread.median) >= 999.5
        func figure(_ milliseconds: Double) -> String {
            let value = isSeconds ? milliseconds / 1000 : milliseconds
            return decimal(value, places: value < 0.995 || (isSeconds && value < 9.995) ? 2 : value < 99.95 ? 1 : 0)
        }
        return "\(figure(spread.q1))-\(figure(spread.q3))"
    }

    /// `512 B`, `9.3 kB`, `128 kB`, `3.4 MB`: thousands, as networks count.
    static func bytes(_ bytes: Double) -> String {
        switch abs(bytes) {
        case ..<999.5: decimal(bytes, places: 0) + " B"
        case ..<9_950: decimal(bytes / 1e3, places: 1) + " kB"
        case ..<999_500: decimal(bytes / 1e3, places: 0) + " kB"
        case ..<99_950_000: decimal(bytes / 1e6, places: 1) + " MB"
        default: decimal(bytes / 1e6, places: 0) + " MB"
        }
    }

    /// `20 Mbit/s`, `1.5 Gbit/s`.
    static func rate(_ bitsPerSecond: Double) -> String {
        switch bitsPerSecond {
        case ..<1e6: short(bitsPerSecond / 1e3) + " kbit/s"
        case ..<1e9: short(bitsPerSecond / 1e6) + " Mbit/s"
        default: short(bitsPerSecond / 1e9) + " Gbit/s"
        }
    }

    /// `32,000`.
    static func count(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `41 %`.
    static func percent(_ percent: Double) -> String { decimal(percent, places: 0) + " %" }

    /// Without zeros at the end: `40`, `0.5`.
    static func short(_ number: Double) -> String {
        var text = decimal(number, places: 3)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// A number with `places` digits after the point, rounded.
    static func decimal(_ number: Double, places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        guard number.isFinite, abs(number) * scale < 0x1p53 else { return number.description }
        let scaled = Int((number * scale).rounded())
        guard places > 0 else { return String(scaled) }
        let whole = scaled.magnitude / UInt(scale)
        let rest = String(scaled.magnitude % UInt(scale))
        return (scaled < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: places - rest.count) + rest
    }

    /// `2026-11-24 03:15 UTC`, of seconds since 1970.
    static func date(_ seconds: Int) -> String {
        var days = Int((Double(seconds) / 86_400).rounded(.down))
        let rest = seconds - days * 86_400
        // Days since 0000-03-01, in years that begin in March: the leap day is a year's last.
        days += 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day)) \(two(rest / 3600)):\(two(rest % 3600 / 60)) UTC"
    }
}
