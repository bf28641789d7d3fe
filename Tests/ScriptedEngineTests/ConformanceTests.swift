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
        #expect(report.passed.count + report.skipped.count == 12)
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

    /// A scripted engine with one fault.
    struct Faulty: Engine {
        enum Fault: Sendable, CaseIterable {
            case noUsage, textAfterTheEnd, negativeUsage, deafToReader, deafToCancellation, wrongKind
            case ignoresLimit, noModels, forgetsItems, callsUnasked, emptyPrefill
        }

        let fault: Fault
        let inner = ScriptedEngine()
        var dialect: any Dialect<ScriptedPrompt> { fault == .forgetsItems ? Forgetful() : inner.dialect }

        func models() async throws(EngineError) -> [EngineModel] { fault == .noModels ? [] : try await inner.models() }

        func prefill(_ request: GenerationRequest<ScriptedPrompt>) async throws(EngineError) -> PrefillResult {
            fault == .emptyPrefill ? .unsupported(reason: "") : try await inner.prefill(request)
        }

        func generate(
            _ request: GenerationRequest<ScriptedPrompt>, into sink: any GenerationSink
        ) async throws(EngineError) -> GenerationResult {
            var request = request
            if fault == .ignoresLimit { request.maxOutputTokens = nil }
            let tape = RecordingSink()
            var result = try await inner.generate(request, into: tape)
            for batch in tape.batches { await pass(batch, to: sink) }
            switch fault {
            case .textAfterTheEnd:
                // Detached on purpose: nobody waits for it.
                Task.detached {
                    var more = GenerationBatch()
                    more.append(text: "more")
                    sink.send(more)
                }
            case .negativeUsage: result.usage.inputTokens = -1
            case .noUsage: result.usage = Usage()
            default: break
            }
            return result
        }

        private func pass(_ batch: GenerationBatch, to sink: any GenerationSink) async {
            var passed = GenerationBatch()
            for event in batch.events {
                switch event {
                case .text(let range):
                    if fault == .callsUnasked { passed.append(call: 0, ToolCallHead(kind: .function, name: "surprise")) }
                    passed.append(text: batch.string(range))
                case .toolCall(let call, var head):
                    if fault == .wrongKind { head.kind = head.kind == .custom ? .function : .custom }
                    passed.append(call: call, head)
                case .toolInput(let call, let range): passed.append(call: call, input: batch.string(range))
                default: break
                }
            }
            if fault != .deafToReader, !sink.isReady { await sink.ready() }
            if fault != .deafToCancellation, Task.isCancelled { return }
            if fault == .deafToCancellation { await Task.yield() }
            sink.send(passed)
        }
    }

    /// Leaves out the last of several items.
    struct Forgetful: Dialect {
        let inner = ScriptedEngine().dialect
        var name: String { "forgetful" }
        func extend(_ prompt: ScriptedPrompt?, with items: [Item]) throws(APIError) -> ScriptedPrompt {
            try inner.extend(prompt, with: items.count > 1 ? items.dropLast() : items)
        }
    }

    @Test(arguments: Faulty.Fault.allCases)
    func everyFaultIsFound(fault: Faulty.Fault) async throws {
        var options = Self.options(Faulty.self)
        options.longMessage = "[[tokens:2000]]"
        await #expect(throws: ConformanceFailure.self) {
            try await EngineConformance(engine: Faulty(fault: fault), model: "scripted", options: options).run()
        }
    }
}
