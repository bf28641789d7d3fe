import AgentBench
import ArgumentParser
import ScriptedEngine
import Synchronization
import Testing

@testable import hotline

/// The command as a whole: what flags mean, and small measurements over real sockets. Times are never looked at.
@Suite struct BenchTests {
    private static func settings(_ arguments: String...) throws -> BenchSettings {
        try BenchSettings(try BenchCommand.parse(arguments), environment: { _ in nil })
    }

    @Test func flagsMakeAPlan() throws {
        let plan = try Self.settings(
            "--tool-calls", "40", "--context", "8k", "--tools", "3kB", "--output", "50", "--tool-output", "500B", "--rtt", "80ms",
            "--bandwidth", "10mbit/50mbit", "--concurrency", "4", "--repetitions", "2", "--ways", "http-full,websocket",
            "--no-trial-run"
        ).plan
        #expect(plan.toolCalls == 40)
        #expect(plan.contextBytes == 32_000)
        #expect(plan.toolsBytes == 3_000)
        #expect(plan.outputTokens == 50)
        #expect(plan.toolOutputBytes == 500)
        #expect(plan.network == Network(roundTrip: .milliseconds(80), upload: 10e6, download: 50e6))
        #expect(plan.concurrency == 4)
        #expect(plan.repetitions == 2)
        #expect(plan.ways == [.httpFull, .webSocket])
        #expect(!plan.hasTrialRun)
    }

    @Test func withoutFlagsTheBuiltInEngineIsMeasured() throws {
        let settings = try Self.settings()
        #expect(settings.plan == BenchPlan())
        guard case .scripted(let speed, _) = settings.server else {
            Issue.record("another server")
            return
        }
        #expect(speed.decodeTokensPerSecond == 1_000)
    }

    @Test(arguments: [
        (["--rtt", "fast"], "--rtt: 'fast' is not a duration"),
        (["--output", "3"], "--output: 3 is out of range"),
        (["--scripted", "decode=x"], "--scripted: 'decode=x' is not a rate: it takes tokens per second, more than 0, as in 'decode=80'."),
        (["--model", "m"], "--model and --key go with --url"),
        (["--url", "ftp://x"], "--url: 'ftp://x' begins with 'ftp://', which is neither http:// nor https://"),
        (["--url", "http://x", "--scripted", "decode=80"], "--scripted is the speed of the built-in engine, and --url names another server"),
    ])
    func wrongFlagsAreToldInASentence(arguments: [String], message: String) throws {
        let command = try BenchCommand.parse(arguments)
        let failure = #expect(throws: Failure.self) { try BenchSettings(command, environment: { _ in nil }) }
        #expect(failure?.message == message)
        #expect(failure?.code == 64)
    }

    /// The library says which setting is wrong; only the command knows its flag.
    @Test(arguments: BenchSetting.allCases) func everySettingHasAFlagOfTheCommand(setting: BenchSetting) {
        let flags = BenchCommand.helpMessage().split { $0 == " " || $0 == "\n" }
        #expect(flags.contains { $0 == setting.flag })
    }

    @Test func aWayOutNamesTheFlagsToChange() throws {
        let command = try BenchCommand.parse(["--repetitions", "1000", "--tool-calls", "1000"])
        let failure = #expect(throws: Failure.self) { try BenchSettings(command, environment: { _ in nil }) }
        #expect(failure?.message == "this plan has more than 1000000 turns to measure")
        #expect(failure?.wayOut == "Measure fewer turns with --repetitions, --tool-calls or --concurrency.")
    }

    /// The headline, in bytes: a turn over a line costs what it adds, one with full history costs all that was said.
    @Test func bytesOfATurnAreFlatOverALineAndGrowWithFullHistory() async throws {
        let result = try await Self.measured(Self.smallPlan)
        #expect(result.ways.map(\.way) == Way.allCases)
        for way in result.ways {
            #expect(way.turns.count == 5)
            #expect(way.fullResends == 0)
            #expect(way.turnsWithoutCall == 0)
            #expect(way.outputTokens.median == 5 * 20)
            let sent = way.turns.map(\.sentBytes.median)
            if [.httpFull, .chat, .messages].contains(way.way) {
                for (before, after) in zip(sent, sent.dropFirst()) { #expect(after - before > 400) }
            } else {
                let later = sent.dropFirst()
                #expect((later.max() ?? 0) - (later.min() ?? 0) < 40, "\(way.way): \(sent)")
                // The context was sent once: in the first turn, or in the warmup.
                #expect((sent[0] > 4_000) == !way.way.warmsUp)
                #expect(later.allSatisfy { $0 < 3_000 })
            }
        }
    }

    @Test func eachRunIsColdAndAWarmupIsNot() async throws {
        let result = try await Self.measured(Self.smallPlan)
        for way in result.ways {
            // Turns after the first find what was there before; the first finds it only after a warmup.
            #expect(way.cachedTokens.median > 0)
            #expect(way.cachedTokens.min == way.cachedTokens.max)
        }
        #expect(result.ways[3].cachedTokens.median > result.ways[2].cachedTokens.median + 900)
        #expect(result.ways[0].cachedTokens == result.ways[2].cachedTokens)
    }

    @Test func agentsAtOnceAreAllMeasured() async throws {
        var plan = Self.smallPlan
        plan.concurrency = 3
        plan.ways = [.httpContinued, .webSocket]
        let result = try await Self.measured(plan)
        #expect(result.ways.map(\.runsTotalMs.count) == [6, 6])
    }

    /// Over HTTP too: a second connection would pay for a handshake and a narrow window that an agent need not pay for.
    @Test(arguments: Way.allCases) func aRunKeepsToOneConnection(way: Way) async throws {
        var plan = Self.smallPlan
        plan.ways = [way]
        plan.toolCalls = 12
        plan.network = Network(roundTrip: .milliseconds(2))
        let samples = try await ScriptedServer.with(ScriptedSpeed()) { [plan] target in
            try await Bench(plan, target: target).run()
        }
        #expect(samples.map(\.connections) == [1, 1])
    }

    /// What real models get: no directives, but a call demanded in every turn.
    @Test func aModelThatFollowsNoDirectivesIsMadeToCall() async throws {
        let plan = Self.smallPlan
        let samples = try await ScriptedServer.with(ScriptedSpeed()) { target in
            var target = target
            target.isScripted = false
            return try await Bench(plan, target: target).run()
        }
        #expect(samples.count == 12)
        for sample in samples {
            #expect(sample.turns.count == 5)
            #expect(sample.turnsWithoutCall == 0)
            #expect(sample.fullResends == 0)
        }
    }

    @Test func progressReachesItsEnd() async throws {
        let plan = Self.smallPlan
        let newest = Newest()
        _ = try await ScriptedServer.with(ScriptedSpeed()) { target in
            try await Bench(plan, target: target).run { newest.set($0) }
        }
        #expect(newest.progress?.turnsDone == newest.progress?.turns)
        #expect(newest.progress?.turns == 5 * 6 * 3)
    }

    @Test func aServerThatIsNotThereIsToldInASentence() async throws {
        let port = try await ScriptedServer.with(ScriptedSpeed()) { target in try ProxyTarget(target.url).port }
        let settings = try Self.settings("--url", "http://127.0.0.1:\(port)")
        let failure = await #expect(throws: Failure.self) { try await settings.measuring(ProgressLine(isShown: false)) }
        #expect(failure?.code == 69)
    }

    private static var smallPlan: BenchPlan {
        var plan = BenchPlan()
        plan.toolCalls = 4
        plan.contextBytes = 4_000
        plan.toolsBytes = 600
        plan.outputTokens = 20
        plan.toolOutputBytes = 300
        plan.network = Network()
        plan.repetitions = 2
        plan.ways = Way.allCases
        return plan
    }

    private static func measured(_ plan: BenchPlan) async throws -> BenchResult {
        var settings = try Self.settings("--scripted", "")
        settings.plan = plan
        return try await settings.measuring(ProgressLine(isShown: false))
    }
}

private final class Newest: Sendable {
    private let value = Mutex<BenchProgress?>(nil)

    var progress: BenchProgress? { value.withLock { $0 } }

    func set(_ progress: BenchProgress) {
        value.withLock { newest in
            if (newest?.turnsDone ?? 0) <= progress.turnsDone { newest = progress }
        }
    }
}
