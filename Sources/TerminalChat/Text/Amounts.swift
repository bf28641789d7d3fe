/// Amounts as people read them.
enum Amounts {
    /// `0.12 s`, `3.4 s`, `65 s`, `2 min 5 s`.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        switch milliseconds {
        case ..<10_000: return decimal(milliseconds, per: 1000, digits: milliseconds < 1000 ? 2 : 1) + " s"
        case ..<120_000: return "\(milliseconds / 1000) s"
        default: return "\(milliseconds / 60_000) min \(milliseconds / 1000 % 60) s"
        }
    }

    /// `812 B`, `1.3 kB`, `24 kB`, `2.4 MB`.
    static func text(bytes: Int) -> String {
        for (unit, name) in [(1_000_000, "MB"), (1000, "kB")] where bytes >= unit {
            return (bytes < 10 * unit ? decimal(bytes, per: unit, digits: 1) : "\(bytes / unit)") + " " + name
        }
        return "\(bytes) B"
    }

    /// With a comma at every third digit.
    static func text(_ count: Int) -> String {
        var digits = String(count.magnitude)
        var parts: [String] = []
        while digits.count > 3 {
            parts.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (count < 0 ? "-" : "") + ([digits] + parts).joined(separator: ",")
    }

    /// Cut, not rounded: what is shown has passed.
    private static func decimal(_ amount: some BinaryInteger, per unit: some BinaryInteger, digits: Int) -> String {
        let scale = digits == 1 ? 10 : 100
        let scaled = Int(amount) * scale / Int(unit)
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
