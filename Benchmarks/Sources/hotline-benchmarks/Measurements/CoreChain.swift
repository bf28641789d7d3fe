import OpenAICompatibleEngine
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesServer
import ResponsesStore
import ScriptedEngine
import Synchronization

/// What a turn costs the core alone: reading, chaining, the dialect, events. No socket, no engine.
struct CoreChainMeasurement: Measurement {
    let name = "chain-core"
    let title = "Cost of a turn in the core, by its place in the chain"

    func run(_ plan: Plan) async throws -> [Table] {
        let dialects: [(String, any Dialect)] = [
            ("scripted dialect", ScriptedEngine().dialect), ("Chat Completions dialect", ChatDialect()),
        ]
        var table = Table(
            heading: "µs per turn of about 300 bytes, medians of \(plan.rounds) rounds (lowest to highest).",
            columns: ["", "sent"] + ChainText.windows.map { "turn \($0.name)" })
        for (name, dialect) in dialects {
            var added = [Samples](repeating: Samples(), count: ChainText.windows.count)
            var resent = added
            for _ in 0..<plan.rounds {
                // Several chains a round, so that the first turn has its median too.
                for (index, value) in chains(dialect, count: 10).enumerated() { added[index].add(value) }
                for (index, window) in ChainText.windows.enumerated() { resent[index].add(full(dialect, window.name)) }
            }
            table.rows.append([name, "new item only"] + added.map { $0.summary(1) })
            table.rows.append([name, "all items"] + resent.map { $0.summary(1) })
        }
        return [table]
    }

    /// Microseconds per turn in each window, medians over chains and turns.
    private func chains(_ dialect: some Dialect, count: Int) -> [Double] {
        var samples = [Samples](repeating: Samples(), count: ChainText.windows.count)
        // Kept to the end: freeing a long chain would be counted to the next one's first turn.
        var lines: [CoreLine] = []
        for _ in 0..<count {
            var line = CoreLine(dialect)
            var previous: String?
            for turn in 0..<ChainText.length {
                let message = Array(ChainText.create("tiny", after: previous).utf8)
                let began = Machine.nanoseconds
                previous = line.run(message)
                let took = Double(Machine.nanoseconds - began) / 1000
                for (index, window) in ChainText.windows.enumerated() where window.turns.contains(turn) {
                    samples[index].add(took)
                }
            }
            lines.append(line)
        }
        return samples.map(\.median)
    }

    private func full(_ dialect: some Dialect, _ number: Int) -> Double {
        let message = Array(ChainText.create("tiny", withHistoryOf: number).utf8)
        var samples = Samples()
        for _ in 0..<20 {
            var line = CoreLine(dialect)
            let began = Machine.nanoseconds
            _ = line.run(message)
            samples.add(Double(Machine.nanoseconds - began) / 1000)
        }
        return samples.median
    }
}

/// A connection whose engine answers at once with the same batch.
private struct CoreLine {
    private var connection: Connection
    private let batch: GenerationBatch
    private static let result = GenerationResult(finish: .stop, usage: Usage(inputTokens: 10, outputTokens: 30))
    private let ids: ResponseIDs
    private let engines: SingleEngine
    private let cache = ChainCache(bytesMax: 1 << 30)
    private let now = Moment(uptime: .zero, unixSeconds: 1_700_000_000)

    init<Form: Dialect>(_ dialect: Form) {
        let ids = ResponseIDs()
        let meter = MemoryMeter()
        let configuration = Connection.Configuration(
            owner: .anybody, meter: MemoryMeter(within: meter), cacheMeter: cache.meter, processMeter: meter,
            makeResponseID: { ids.make() })
        engines = SingleEngine(engine: SilentEngine<Form.Prompt>(dialect: dialect), passesUnknownNames: true)
        connection = Connection(configuration, at: now)
        self.ids = ids
        var batch = GenerationBatch()
        for word in ChainText.answer.split(separator: " ") { batch.append(text: "\(word) ") }
        self.batch = batch
    }

    /// Runs one turn; returns its response's id.
    mutating func run(_ message: [UInt8]) -> String {
        connection.received(message, at: now)
        while !connection.output.isEmpty || !connection.effects.isEmpty {
            let (effects, ends) = (connection.effects, connection.output.ends)
            connection.effects = []
            connection.output.removeAll()
            for effect in effects { perform(effect) }
            for end in ends {
                if let error = end.error { preconditionFailure("A turn failed: \(error)") }
                if let turn = end.turn { connection.written(turn, at: now) }
            }
        }
        return ids.last
    }

    private mutating func perform(_ effect: Connection.Effect) {
        switch effect {
        case .place(let turn, let request):
            guard case .placed(let placement) = engines.place(request) else { preconditionFailure("One engine takes all.") }
            connection.placed(turn, .success(placement), at: now)
        case .fetch(let turn, let id, _): connection.fetched(turn, .success(cache.node(id, of: .anybody)), at: now)
        case .generate(let turn, _, _):
            connection.generated(turn, batch, at: now)
            connection.ended(turn, .success(Self.result), at: now)
        case .store(let turn, _, let node):
            cache.insert(node, of: .anybody)
            connection.stored(turn, nil, at: now)
        case .release, .prefill, .stop, .report, .close: break
        }
    }
}

/// Counts, as making good ids is the server's.
private final class ResponseIDs: Sendable {
    private let count = Atomic<Int>(0)

    func make() -> ResponseID {
        ResponseID("resp_\(count.add(1, ordering: .relaxed).newValue + 1_000_000_000)")
    }

    var last: String { "resp_\(count.load(ordering: .relaxed) + 1_000_000_000)" }
}

/// Has a dialect and never runs.
private struct SilentEngine<Prompt: RenderedPrompt>: Engine {
    let dialect: any Dialect<Prompt>
    func models() async throws(EngineError) -> [EngineModel] { [] }
    func generate(
        _ request: GenerationRequest<Prompt>, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        throw EngineError(.unavailable, "This engine never runs.")
    }
    func prefill(_ request: GenerationRequest<Prompt>) async throws(EngineError) -> PrefillResult { .unsupported(reason: "") }
}
