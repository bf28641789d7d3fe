/// How fast the scripted model works. By default it takes no time but that of its real work.
public struct ScriptedSpeed: Sendable, Hashable {
    /// Tokens of uncached prompt read per second; nil reads at once.
    public var prefillTokensPerSecond: Double?
    /// Tokens written per second; nil writes at once.
    public var decodeTokensPerSecond: Double?
    /// What passes before the first token besides reading, such as a real engine's queue.
    public var timeToFirstToken: Duration

    public init(
        prefillTokensPerSecond: Double? = nil, decodeTokensPerSecond: Double? = nil, timeToFirstToken: Duration = .zero
    ) {
        self.prefillTokensPerSecond = prefillTokensPerSecond
        self.decodeTokensPerSecond = decodeTokensPerSecond
        self.timeToFirstToken = timeToFirstToken
    }
}

extension ScriptedSpeed {
    /// Rates far from any engine's would overflow durations.
    static var rates: ClosedRange<Double> { 0.001...1_000_000_000 }
    static var timeToFirstTokenSecondsMax: Double { 3600 }

    /// Why a speed could not be read, in one sentence.
    public struct ParseError: Error, Hashable, CustomStringConvertible {
        public var description: String
    }

    /// Reads `prefill=4000,decode=80,ttft=20ms`; a part that is left out takes no time.
    ///
    /// - Throws: `ParseError` that names the part.
    public init(parsing text: String) throws(ParseError) {
        self.init()
        try Self.forEachPart(of: text) { name, value throws(ParseError) in
            guard try take(name, value) else {
                throw ParseError(
                    description: "'\(name)' is not a part of a speed: there are prefill, decode and ttft, as in "
                        + "'prefill=4000,decode=80,ttft=20ms'.")
            }
        }
    }

    /// Takes a part; false for one that a speed does not have.
    mutating func take(_ name: String, _ value: String) throws(ParseError) -> Bool {
        switch name {
        case "prefill": prefillTokensPerSecond = try Self.rate(name, value)
        case "decode": decodeTokensPerSecond = try Self.rate(name, value)
        case "ttft": timeToFirstToken = try Self.duration(name, value)
        default: return false
        }
        return true
    }

    /// Calls `body` with each `name=value` of a list with commas.
    static func forEachPart(
        of text: String, _ body: (_ name: String, _ value: String) throws(ParseError) -> Void
    ) throws(ParseError) {
        var seen: Set<String> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: true) {
            let (name, value) = try nameAndValue(part)
            guard seen.insert(name).inserted else { throw ParseError(description: "'\(name)' is given twice.") }
            try body(name, value)
        }
    }

    private static func nameAndValue(_ part: Substring) throws(ParseError) -> (name: String, value: String) {
        let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2 else {
            throw ParseError(description: "'\(part)' is not a part with a value: write it as 'decode=80'.")
        }
        return (String(pieces[0].filter { $0 != " " }), String(pieces[1].filter { $0 != " " }))
    }

    private static func rate(_ name: String, _ value: String) throws(ParseError) -> Double {
        guard let rate = Double(value), rates.contains(rate) else {
            throw ParseError(
                description: "'\(name)=\(value)' is not a rate: it takes tokens per second, more than 0, as in '\(name)=80'.")
        }
        return rate
    }

    private static func duration(_ name: String, _ value: String) throws(ParseError) -> Duration {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("us", 0.000_001), ("s", 1)]
        for unit in units where value.hasSuffix(unit.suffix) {
            guard let number = Double(value.dropLast(unit.suffix.utf8.count)),
                (0...timeToFirstTokenSecondsMax).contains(number * unit.seconds)
            else { break }
            return .seconds(number * unit.seconds)
        }
        throw ParseError(
            description: "'\(name)=\(value)' is not a duration: it takes a number with ms or s, up to an hour, as in "
                + "'\(name)=20ms'.")
    }
}
