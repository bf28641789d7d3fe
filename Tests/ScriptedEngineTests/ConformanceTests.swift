import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import ScriptedEngine
import Testing

@Suite struct ConformanceTests {
    static func options<Tested>(_: Tested.Type = ScriptedEngine.self) -> EngineConformance<Tested>.Options {
        var options = EngineConformance<Tested>.Options()
        options.isDeterministic = true
        options.longMessage = "[[tokens:100000]]"
        options.longTokensMax = 100_000
        return options
    }

    @Test func theScriptedEngineKeepsTheContract() async throws {
        let report = try await EngineConformance(engine: ScriptedEngine(), model: "scripted", options: Self.options()).run()
        #expect(report.passed.count + report.skipped.count == 15)
        // How much of an immediate answer is written when it is cancelled is chance.
        #expect(report.skipped.allSatisfy { $0.hasPrefix("cancellation:") })
    }

    @Test func aSlowScriptedEngineKeepsTheContract() async throws {
        var options = Self.options()
        options.longMessage = "[[slow:3600]]"
        // Time that runs freely passes by the minute while a cancellation takes its microseconds.
        options.cancelledWithin = .seconds(3000)
        let clock = ManualClock()
        options.clock = clock
        let engine = ScriptedEngine(speed: try ScriptedSpeed(parsing: "decode=100,ttft=1ms"), clock: clock)
        let conformance = EngineConformance(engine: engine, model: "scripted", options: options)
        let report = try await clock.runningFreely { try await conformance.run() }
        #expect(report.skipped == [])
    }

    /// A check that finds nothing wrong with a wrong engine is worth nothing.
    @Test(arguments: FaultyEngine.Fault.allCases)
    func everyFaultIsFoundByItsCheck(fault: FaultyEngine.Fault) async throws {
        let clock = ManualClock()
        var options = Self.options(FaultyEngine.self)
        options.longMessage = "[[tokens:2000]]"
        options.clock = clock
        // Otherwise the check of the dialect, which generates to compare, finds what is wrong with generations first.
        options.isDeterministic = fault.check == "dialect"
        let conformance = EngineConformance(engine: FaultyEngine(fault, clock), model: "scripted", options: options)
        let failure = await #expect(throws: ConformanceFailure.self) { try await conformance.run() }
        #expect(failure?.check == fault.check, "\(failure?.description ?? "")")
    }
}
