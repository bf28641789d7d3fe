import ResponsesAPI
import ResponsesEngine
import ResponsesTesting

@testable import ResponsesTesting

/// An engine that does nothing by itself: a test says what each generation makes and when.
final class HandEngine: Engine {
    /// One run of the engine.
    final class Generation: Sendable {
        enum Step: Sendable {
            case send(GenerationBatch)
            case finish
            case fail(EngineError)
        }

        struct State {
            var isHeldBack = false
            var batchesSent = 0
            /// Why the engine's function returned.
            var end: End?
        }

        enum End: Sendable { case finished, failed, cancelled }

        let request: GenerationRequest<ListPrompt>
        let state = Watched(State())
        private let steps: AsyncStream<Step>
        private let script: AsyncStream<Step>.Continuation

        fileprivate init(_ request: GenerationRequest<ListPrompt>) {
            self.request = request
            (steps, script) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(4096))
        }

        // MARK: For the test

        var batchesSent: Int { state.state.batchesSent }

        func send(_ text: String) {
            var batch = GenerationBatch()
            batch.append(text: text)
            script.yield(.send(batch))
        }

        func send(_ batch: GenerationBatch) { script.yield(.send(batch)) }

        func finish() { script.yield(.finish) }
        func fail(_ error: EngineError) { script.yield(.fail(error)) }

        /// Says `text` and ends.
        func answer(_ text: String) {
            send(text)
            finish()
        }

        /// Returns when the engine's function has returned, and why it did.
        func ended() async -> End? {
            await state.wait { $0.end != nil }
            return state.state.end
        }

        /// Returns when the reader does not keep up, so that the engine waits.
        func heldBack() async { await state.wait { $0.isHeldBack || $0.end != nil } }

        // MARK: For the engine

        fileprivate func run(into sink: any GenerationSink) async throws(EngineError) -> GenerationResult {
            var end = End.cancelled
            defer { state.update { [end] in $0.end = end } }
            for await step in steps {
                if !sink.isReady {
                    state.update { $0.isHeldBack = true }
                    await sink.ready()
                    state.update { $0.isHeldBack = false }
                    if Task.isCancelled { break }
                }
                switch step {
                case .send(let batch):
                    sink.send(batch)
                    state.update { $0.batchesSent += 1 }
                case .finish:
                    end = .finished
                    return GenerationResult(finish: .stop, usage: Usage(inputTokens: 1, outputTokens: 1))
                case .fail(let error):
                    end = .failed
                    throw error
                }
            }
            throw EngineError(.cancelled, "Nobody listened any more.")
        }
    }

    let dialect: any Dialect<ListPrompt> = ListDialect()
    private let generations = Watched([Generation]())
    private let modelNames: [String]
    private let modelsError: EngineError?

    init(models: [String] = ["m"], modelsError: EngineError? = nil) {
        modelNames = models
        self.modelsError = modelsError
    }

    /// The next generation that began, in their order.
    ///
    /// - Throws: when the test is cancelled.
    func next() async throws -> Generation {
        await generations.wait { !$0.isEmpty }
        return try generations.update { $0.isEmpty ? nil : $0.removeFirst() } ?? { throw CancellationError() }()
    }

    var waitingCount: Int { generations.state.count }

    func models() async throws(EngineError) -> [EngineModel] {
        if let modelsError { throw modelsError }
        return modelNames.map { EngineModel(id: $0) }
    }

    func generate(
        _ request: GenerationRequest<ListPrompt>, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        let generation = Generation(request)
        generations.update { $0.append(generation) }
        return try await generation.run(into: sink)
    }

    func prefill(_ request: GenerationRequest<ListPrompt>) async throws(EngineError) -> PrefillResult {
        .filled(tokens: 1, cached: 0)
    }
}
