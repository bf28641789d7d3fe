/// What is measured: an agent's work, the network it works over, and how often.
public struct BenchPlan: Sendable, Hashable {
    /// Rounds in which the model calls a tool. One more turn ends the work with a message.
    public var toolCalls = 20
    /// What the agent has to read before it begins, such as files of a project. 32,000 tokens of four bytes.
    public var contextBytes = 128_000
    /// The tools that every turn offers, as JSON. Codex sends some 30 kB, small agents 3 kB. With 12 kB an increment would
    /// just fit TCP's first window as a message and just not as a request, and this default would decide the difference.
    public var toolsBytes = 10_000
    /// What the model writes in a turn; a limit for a real model, exact for the scripted one.
    public var outputTokens = 100
    /// What a tool answers.
    public var toolOutputBytes = 2_000
    /// How long a tool works. It is not counted, but the network cools down meanwhile: TCP forgets how much it may send at once.
    public var toolTime = Duration.zero
    public var network = Network(roundTrip: .milliseconds(40))
    /// Agents that work at the same time, each with a line and a connection of its own.
    public var concurrency = 1
    /// How often each way is measured; the ways take turns.
    public var repetitions = 5
    /// Runs each way once before it counts: code, caches of the system and connection pools are warm then.
    public var hasTrialRun = true
    /// The first is what the others are compared with.
    public var ways = Way.ofResponses

    public init() {}

    public var turns: Int { toolCalls + 1 }

    /// Half of the smallest message limit that was measured on servers (16 MB).
    public static let textBytesMax = 8_000_000
    static let toolCallsMax = 1_000
    /// Servers take no less as a limit of a response's output.
    static let outputTokensMin = 16
    static let outputTokensMax = 100_000
    /// Longer than any time-out of TCP's: beyond it nothing changes.
    static let toolTimeMax = Duration.seconds(60)
    /// Each agent has a connection and a proxy in this process.
    static let concurrencyMax = 256
    static let repetitionsMax = 1_000
    /// Samples that are kept: some 100 bytes each.
    static let samplesMax = 1_000_000

    /// Checks that the plan can be carried out.
    ///
    /// - Throws: `BenchError` that names the setting.
    public func validate() throws(BenchError) {
        func check(_ setting: BenchSetting, _ value: Int, _ range: ClosedRange<Int>) throws(BenchError) {
            guard range.contains(value) else {
                throw BenchError(
                    setting: setting, "\(value) is out of range", wayOut: "Choose from \(range.lowerBound) to \(range.upperBound)")
            }
        }
        try check(.toolCalls, toolCalls, 0...Self.toolCallsMax)
        try check(.contextBytes, contextBytes, 0...Self.textBytesMax)
        try check(.toolsBytes, toolsBytes, 0...Self.textBytesMax)
        try check(.outputTokens, outputTokens, Self.outputTokensMin...Self.outputTokensMax)
        try check(.toolOutputBytes, toolOutputBytes, 0...Self.textBytesMax)
        try check(.concurrency, concurrency, 1...Self.concurrencyMax)
        try check(.repetitions, repetitions, 1...Self.repetitionsMax)
        guard toolTime <= Self.toolTimeMax else {
            throw BenchError(setting: .toolTime, "a minute is the most", wayOut: "Choose a shorter time")
        }
        guard !ways.isEmpty, Set(ways).count == ways.count else {
            throw BenchError(setting: .ways, "each way can be given once, and there must be one", wayOut: Self.chooseWays)
        }
        guard turns * concurrency * repetitions * ways.count <= Self.samplesMax else {
            throw BenchError(
                "this plan has more than \(Self.samplesMax) turns to measure", wayOut: "Measure fewer turns",
                changing: [.repetitions, .toolCalls, .concurrency])
        }
    }

    /// Reads `http-full,websocket`.
    ///
    /// - Throws: `BenchError` that quotes the name that is not a way's.
    public static func ways(_ text: String) throws(BenchError) -> [Way] {
        var ways: [Way] = []
        for name in text.split(separator: ",") {
            guard let way = Way(rawValue: String(name.filter { $0 != " " })) else {
                throw BenchError(setting: .ways, "there is no way '\(name)'", wayOut: chooseWays)
            }
            ways.append(way)
        }
        return ways
    }

    private static var chooseWays: String { "Choose from \(Way.allCases.map(\.rawValue).joined(separator: ", "))" }
}
