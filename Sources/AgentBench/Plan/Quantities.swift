/// Reads amounts as people write them, such as `40ms`, `20mbit` and `32k`.
public enum Quantities {
    /// An hour: more is a slip.
    private static let secondsMax = 3600.0

    /// A duration: a number with `us`, `ms` or `s`. `0` needs no unit.
    ///
    /// - Throws: `BenchError` with the setting, which quotes the text.
    public static func duration(_ text: String, for setting: BenchSetting) throws(BenchError) -> Duration {
        let (number, unit) = split(text)
        let scales = ["us": 1e-6, "ms": 1e-3, "s": 1.0]
        let scale = number == 0 && unit.isEmpty ? 1 : scales[unit]
        guard let number, let scale, (0...secondsMax).contains(number * scale) else {
            throw BenchError(setting: setting, "'\(text)' is not a duration", wayOut: "Write a number with ms or s, such as 40ms")
        }
        return .seconds(number * scale)
    }

    /// A rate in bits per second: a number with `kbit`, `mbit` or `gbit`.
    public static func bitsPerSecond(_ text: String, for setting: BenchSetting) throws(BenchError) -> Double {
        let (number, unit) = split(text)
        let scales = ["kbit": 1e3, "mbit": 1e6, "gbit": 1e9]
        let scale = scales[unit]
        guard let number, let scale, (1e3...1e12).contains(number * scale) else {
            throw BenchError(
                setting: setting, "'\(text)' is not a bandwidth", wayOut: "Write a number with kbit, mbit or gbit, such as 20mbit")
        }
        return number * scale
    }

    /// A line as its upload and download: `20mbit` for both, `20mbit/100mbit` for each.
    public static func bandwidth(_ text: String, for setting: BenchSetting) throws(BenchError) -> (upload: Double, download: Double) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1:
            let both = try bitsPerSecond(parts[0], for: setting)
            return (both, both)
        case 2: return (try bitsPerSecond(parts[0], for: setting), try bitsPerSecond(parts[1], for: setting))
        default:
            throw BenchError(
                setting: setting, "'\(text)' is not a bandwidth", wayOut: "Write one rate, or upload/download such as 20mbit/100mbit")
        }
    }

    /// Text by its tokens: `32k` is 32,000 tokens; or by its bytes, `128kB`. A token counts as four bytes.
    ///
    /// - Returns: bytes.
    public static func textBytes(_ text: String, for setting: BenchSetting) throws(BenchError) -> Int {
        let (number, unit) = split(text)
        let scales = ["": 4.0, "k": 4e3, "m": 4e6, "b": 1, "kb": 1e3, "mb": 1e6]
        guard let number, let scale = scales[unit], (0...Double(BenchPlan.textBytesMax)).contains(number * scale) else {
            throw BenchError(
                setting: setting, "'\(text)' is not an amount of text, or more than \(BenchPlan.textBytesMax / 1_000_000) MB",
                wayOut: "Write tokens as 500 or 32k, or bytes as 128kB")
        }
        return Int(number * scale)
    }

    private static func split(_ text: String) -> (number: Double?, unit: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        return (Double(digits), unit)
    }
}
