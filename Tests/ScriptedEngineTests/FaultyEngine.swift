import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import ScriptedEngine
import Synchronization

/// A scripted engine with one fault.
struct FaultyEngine: Engine {
    enum Fault: String, Sendable, CaseIterable {
        // What it says of itself.
        case noModels, unknownModel
        // How it writes a conversation down.
        case forgetsItems, namelessDialect, extendsWhatWasExtended
        // What a generation makes.
        case saysNothing, textThatIsNotEscaped, callsUnasked, miscountedCalls, itemsLeftOpen, progressOfNothing, writesTheServersEvents
        // How it ends.
        case textAfterTheEnd, countsNoInput, countsNoOutput, negativeUsage, cachesMoreThanItRead, fails
        case ignoresLimit, saysStopAtTheLimit
        // Who reads.
        case deafToReader, slowToCancel, deafToCancellation
        // Warmups.
        case prefillWithoutAReason, impossiblePrefill, coldPrefill
        // Tools.
        case wrongKind, refusesToCall, brokenArguments, callsCustomToolsAsFunctions, wrongNamespace, callsDespiteNone
        // Traces, counts, life.
        case refusesItsTrace, refusesForeignTraces, negativeTrace, countsWrong, countsNotWithoutAReason, livesOn, diesAtOnce

        /// The check that must find it.
        var check: String {
            switch self {
            case .noModels, .unknownModel: "models"
            case .forgetsItems, .namelessDialect, .extendsWhatWasExtended: "dialect"
            case .saysNothing, .textThatIsNotEscaped, .callsUnasked, .miscountedCalls, .itemsLeftOpen, .progressOfNothing,
                .writesTheServersEvents, .textAfterTheEnd, .countsNoInput, .countsNoOutput, .negativeUsage, .cachesMoreThanItRead,
                .fails:
                "generation"
            case .ignoresLimit, .saysStopAtTheLimit: "output limit"
            case .deafToReader: "slow reader"
            case .slowToCancel: "cancellation"
            case .deafToCancellation: "cancellation while held"
            case .prefillWithoutAReason, .impossiblePrefill, .coldPrefill: "prefill"
            case .wrongKind, .refusesToCall, .brokenArguments: "forced function call"
            case .callsCustomToolsAsFunctions: "forced custom call"
            case .wrongNamespace: "call in a namespace"
            case .callsDespiteNone: "tool choice none"
            case .refusesItsTrace, .refusesForeignTraces, .negativeTrace: "trace"
            case .countsWrong, .countsNotWithoutAReason: "token count"
            case .livesOn, .diesAtOnce: "life"
            }
        }
    }

    struct Trace: EngineTrace {
        var byteCount: Int
    }

    let fault: Fault
    private let inner = ScriptedEngine()
    /// Passes by the minute where a fault takes its time.
    private let clock: ManualClock
    private let faultyDialect: FaultyDialect

    init(_ fault: Fault, _ clock: ManualClock) {
        self.fault = fault
        self.clock = clock
        faultyDialect = FaultyDialect(fault)
    }

    var dialect: any Dialect<ScriptedPrompt> { faultyDialect }

    func models() async throws(EngineError) -> [EngineModel] {
        switch fault {
        case .noModels: []
        case .unknownModel: [EngineModel(id: "another")]
        default: try await inner.models()
        }
    }

    func prefill(_ request: GenerationRequest<ScriptedPrompt>) async throws(EngineError) -> PrefillResult {
        switch fault {
        case .prefillWithoutAReason: .unsupported(reason: "")
        case .impossiblePrefill: .filled(tokens: 10, cached: 11)
        case .coldPrefill: .filled(tokens: 1000, cached: 0)
        default: try await inner.prefill(request)
        }
    }

    func countTokens(_ request: GenerationRequest<ScriptedPrompt>) async throws(EngineError) -> TokenCount {
        switch fault {
        case .countsNotWithoutAReason: return .unsupported(reason: "")
        case .countsWrong:
            var bare = request
            // As an engine does that forgets what stands before the conversation.
            bare.instructions = nil
            return try await inner.countTokens(bare)
        default: return try await inner.countTokens(request)
        }
    }

    func run() async throws {
        switch fault {
        case .diesAtOnce: throw EngineError(.failed, "It is gone.")
        case .livesOn:
            while !Task.isCancelled { await Task.yield() }
            clock.advance(by: .seconds(3600))
        default: try await inner.run()
        }
    }

    func generate(
        _ request: GenerationRequest<ScriptedPrompt>, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        if fault == .fails { throw EngineError(.failed, "It fails.") }
        if let trace = request.trace {
            let isOwn = trace is Trace
            if isOwn && fault == .refusesItsTrace || !isOwn && fault == .refusesForeignTraces {
                throw EngineError(.invalidRequest, "The trace is not known.")
            }
        }
        var request = request
        if fault == .ignoresLimit { request.maxOutputTokens = nil }
        if fault == .refusesToCall { request.toolChoice = .none }
        if fault == .callsDespiteNone, request.toolChoice == .none { request.toolChoice = .required }
        let tape = RecordingSink()
        var result = try await inner.generate(request, into: tape)
        if fault != .saysNothing {
            for batch in tape.batches {
                if fault == .slowToCancel, request.maxOutputTokens ?? 0 > 1000, batch.events.count == 64 {
                    await pass(batch, to: sink)
                    while !Task.isCancelled { await Task.yield() }
                    clock.advance(by: .seconds(3600))
                    throw EngineError(.cancelled, "At last.")
                }
                await pass(batch, to: sink)
            }
        }
        await addFaults(to: sink)
        change(&result)
        return result
    }

    private func change(_ result: inout GenerationResult) {
        switch fault {
        case .countsNoInput: result.usage.inputTokens = 0
        case .countsNoOutput: result.usage.outputTokens = 0
        case .negativeUsage: result.usage.inputTokens = -1
        case .cachesMoreThanItRead: result.usage.cachedTokens = result.usage.inputTokens + 1
        case .saysStopAtTheLimit: result.finish = .stop
        case .refusesItsTrace: result.trace = Trace(byteCount: 8)
        case .negativeTrace: result.trace = Trace(byteCount: -8)
        default: break
        }
    }

    /// What comes beside the text, when that is the fault.
    private func addFaults(to sink: any GenerationSink) async {
        var more = GenerationBatch()
        switch fault {
        case .itemsLeftOpen: more.append(begunItem: #"{"type":"web_search_call"}"#, number: 0)
        case .progressOfNothing: more.append(progress: "response.web_search_call.searching", ofItem: 0, "{}")
        case .writesTheServersEvents:
            more.append(begunItem: #"{"type":"web_search_call"}"#, number: 0)
            more.append(progress: .completed, ofItem: 0, "{}")
            more.append(endedItem: #"{"type":"web_search_call"}"#, number: 0)
        case .miscountedCalls: more.append(call: 7, ToolCallHead(kind: .function, name: "f"))
        case .textThatIsNotEscaped:
            let quote = Array("\"".utf8)
            quote.withUnsafeBufferPointer { more.append(text: $0, hasEscapes: false) }
        case .textAfterTheEnd:
            // Loose on purpose: that nobody waits for it is the fault.
            Task.detached {
                var late = GenerationBatch()
                late.append(text: "more")
                sink.send(late)
            }
        default: break
        }
        if more.isEmpty { return }
        if !sink.isReady { await sink.ready() }
        sink.send(more)
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
                if fault == .callsCustomToolsAsFunctions { head.kind = .function }
                if fault == .wrongNamespace { head.namespace = nil }
                passed.append(call: call, head)
            case .toolInput(let call, let range):
                passed.append(call: call, input: fault == .brokenArguments ? "{" : batch.string(range))
            default: break
            }
        }
        if fault != .deafToReader, !sink.isReady { await sink.ready() }
        if fault == .deafToCancellation { await Task.yield() } else if Task.isCancelled { return }
        sink.send(passed)
    }
}
