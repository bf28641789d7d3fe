import NIOPosix
import ResponsesServer
import ScriptedEngine
import Testing

@testable import hotline

/// The trial of an engine, through a server and a client as they are.
@Suite(.timeLimit(.minutes(2))) struct EngineTrialTests {
    @Test func theScriptedEnginePassesWhatItCanDo() async throws {
        let engines = SingleEngine(engine: ScriptedEngine(), passesUnknownNames: false, knownModels: [ScriptedEngine.model])
        let rows = try await LocalServer.with(engines, on: MultiThreadedEventLoopGroup.singleton) { url in
            await EngineTrial(url: url, model: ScriptedEngine.model, contextTokens: nil, timeMax: .seconds(60)).run()
        }
        #expect(rows.count == TrialCase.allCases.count)
        let verdicts = Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0.outcome) })
        for one in [TrialCase.plain, .stream, .socket, .freeCall, .toolLoop, .warmup, .structured] {
            #expect(verdicts[one.title]?.verdict == .right, "\(one): \(verdicts[one.title]?.seen ?? "")")
        }
        // It says everything at once, thinks when it is bidden to, and has any context.
        #expect(verdicts[TrialCase.reasoning.title]?.verdict == .unclear && verdicts[TrialCase.fullContext.title]?.verdict == .untried)
        #expect(rows.allSatisfy { !$0.outcome.seen.contains("not done within") })
    }

    @Test func aModelThatIsNotThereIsWrongInEachCase() async throws {
        let engines = SingleEngine(engine: ScriptedEngine(), passesUnknownNames: false, knownModels: [ScriptedEngine.model])
        let rows = try await LocalServer.with(engines, on: MultiThreadedEventLoopGroup.singleton) { url in
            await EngineTrial(url: url, model: "none", contextTokens: nil, timeMax: .seconds(60)).run([.plain, .socket, .forcedCall, .cancel])
        }
        for row in rows { #expect(row.outcome.verdict == .wrong && row.outcome.seen.hasPrefix("model_not_found: "), "\(row)") }
    }
}
