/// How long ago something was, or for how long it is kept, as people say it: `90m`, `12h`, `30d`.
enum Age {
    private static let units: [(suffix: Character, seconds: Int, name: String)] = [
        ("w", 7 * 86_400, "week"), ("d", 86_400, "day"), ("h", 3600, "hour"), ("m", 60, "minute"), ("s", 1, "second"),
    ]

    /// Some hundred years: more is a slip, and sums of times must not overflow.
    private static let secondsMax = 100 * 366 * 86_400

    /// A whole number above 0 with s, m, h, d or w; nil for anything else.
    static func read(_ text: String) -> Duration? {
        guard let unit = units.first(where: { text.last == $0.suffix }), let number = Int(text.dropLast()), number > 0 else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit.seconds)
        return overflow || seconds > secondsMax ? nil : .seconds(seconds)
    }

    /// How it is written, for a sentence about one that is not.
    static let form = "a whole number with s, m, h, d or w, such as 30d"

    /// For people: `30 days`, `1 hour`.
    static func text(_ age: Duration) -> String {
        let seconds = Int(age.components.seconds)
        // Weeks are how people write it; in days it is read faster.
        let unit = units.dropFirst().first { seconds >= $0.seconds && seconds % $0.seconds == 0 } ?? units[units.count - 1]
        let number = seconds / unit.seconds
        return "\(number) \(unit.name)\(number == 1 ? "" : "s")"
    }
}
