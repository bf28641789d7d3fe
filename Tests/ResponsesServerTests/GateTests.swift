import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import Testing

@testable import ResponsesServer
@testable import ResponsesTesting

/// The small parts between a connection and its generations.
@Suite(.timeLimit(.minutes(1))) struct GateTests {
    @Test func aGateHoldsAllAndLetsAllGo() async {
        let gate = ReadinessGate()
        await gate.wait()
        gate.set(ready: false)
        #expect(!gate.isReady)
        let passed = Watched(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    await gate.wait()
                    passed.update { $0 += 1 }
                }
            }
            for _ in 0..<50 { await Task.yield() }
            #expect(passed.state == 0)
            gate.set(ready: true)
        }
        #expect(passed.state == 16)
        #expect(gate.isReady)
    }

    @Test func aCancelledTaskDoesNotWait() async {
        let gate = ReadinessGate()
        gate.set(ready: false)
        await withTaskGroup(of: Void.self) { group in
            // Some before they wait, some while.
            for _ in 0..<100 { group.addTask { await gate.wait() } }
            for _ in 0..<10 { await Task.yield() }
            group.cancelAll()
        }
        #expect(!gate.isReady)
    }

    @Test(arguments: 0..<50) func noWaiterIsForgotten(round: Int) async {
        let gate = ReadinessGate()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    for _ in 0..<50 {
                        if index == 0 {
                            gate.set(ready: false)
                            await Task.yield()
                            gate.set(ready: true)
                        } else {
                            await gate.wait()
                        }
                    }
                }
            }
        }
        gate.set(ready: true)
    }

    // MARK: The engines

    private func engines(passes: Bool) -> SingleEngine {
        SingleEngine(engine: HandEngine(), aliases: ["gpt-6": "m", "far": "other"], passesUnknownNames: passes, knownModels: ["m"])
    }

    @Test func namesLeadToTheEnginesNames() {
        let strict = engines(passes: false)
        #expect(strict.placed("gpt-6") == "m")
        #expect(strict.placed("m") == "m")
        #expect(strict.placed("unknown") == nil)
        #expect(strict.placed("GPT-6") == nil)
        #expect(strict.offered == ["far", "gpt-6", "m"])
        #expect(engines(passes: true).placed("unknown") == "unknown")
    }

    @Test func ourNamesComeFirst() async throws {
        let models = try await engines(passes: false).models()
        #expect(models.map(\.id) == ["far", "gpt-6", "m"])
    }

    @Test func aLostEngineKeepsItsNames() async {
        let engine = HandEngine(modelsError: EngineError(.unavailable, "Nothing answers."))
        let engines = SingleEngine(engine: engine, passesUnknownNames: false, knownModels: ["m"])
        await #expect(throws: EngineError.self) { try await engines.models() }
        #expect(engines.placed("m") != nil)
    }

    @Test func idsAreLongAndNew() {
        let ids = Set((0..<1000).map { _ in ServerServices.makeResponseID().rawValue })
        #expect(ids.count == 1000)
        #expect(ids.allSatisfy { $0.hasPrefix("resp_") && $0.utf8.count == 5 + 32 })
    }
}

extension SingleEngine {
    /// The engine's own name of a model that clients ask for; nil when it is refused.
    fileprivate func placed(_ model: String) -> String? {
        guard case .placed(let placement) = place(PlacementRequest(model: model, owner: .anybody)) else { return nil }
        return placement.model
    }
}
