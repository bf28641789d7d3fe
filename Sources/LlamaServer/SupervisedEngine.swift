package import ResponsesEngine

/// An engine whose model runs in a process of ours: turns wait while it loads, and a turn during which it ended is told so.
package struct SupervisedEngine<Base: Engine>: Engine {
    package let base: Base
    package let process: LlamaProcess
    /// A turn waits so long for a model that loads when its client hears signs of life meanwhile, and when it does not.
    private let waitMax: (heard: Duration, unheard: Duration)

    package init(_ base: Base, _ process: LlamaProcess, heardWaitMax: Duration = .seconds(600), unheardWaitMax: Duration = .seconds(30)) {
        (self.base, self.process) = (base, process)
        waitMax = (heardWaitMax, unheardWaitMax)
    }

    package var dialect: any Dialect<Base.Prompt> { base.dialect }

    package func models() async throws(EngineError) -> [EngineModel] {
        try await told(process.state.now.ends) { () async throws(EngineError) in try await base.models() }
    }

    package func generate(
        _ request: GenerationRequest<Base.Prompt>, into sink: any GenerationSink
    ) async throws(EngineError) -> GenerationResult {
        let ends = try await ready(request.isHeard)
        return try await told(ends) { () async throws(EngineError) in try await base.generate(request, into: sink) }
    }

    package func prefill(_ request: GenerationRequest<Base.Prompt>) async throws(EngineError) -> PrefillResult {
        let ends = try await ready(request.isHeard)
        return try await told(ends) { () async throws(EngineError) in try await base.prefill(request) }
    }

    package func countTokens(_ request: GenerationRequest<Base.Prompt>) async throws(EngineError) -> TokenCount {
        let ends = try await ready(request.isHeard)
        return try await told(ends) { () async throws(EngineError) in try await base.countTokens(request) }
    }

    /// Runs the process and the engine in front of it.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { lives in
            lives.addTask { try await base.run() }
            lives.addTask { try await process.run() }
            defer { lives.cancelAll() }
            // The first that throws is the cause; whoever returns has nothing to keep.
            for try await _ in lives {}
        }
    }

    // MARK: What its process has to do with a turn

    /// Waits for a model that loads.
    ///
    /// - Returns: how often its process ended so far.
    private func ready(_ isHeard: Bool) async throws(EngineError) -> Int {
        await process.state.wait(atMost: isHeard ? waitMax.heard : waitMax.unheard) { now in
            switch now.phase {
            case .serving, .lost: true
            case .loading, .away: false
            }
        }
        let now = process.state.now
        switch now.phase {
        case .serving: return now.ends
        case .lost(let how):
            throw EngineError(.unavailable, "The model's process is gone and does not come back: it \(how). Its log says more.", detail: how)
        case .loading, .away:
            if Task.isCancelled { throw EngineError(.cancelled, "The generation was cancelled.") }
            throw EngineError(
                .rateLimited, "The model is still being loaded. Please try again in 10s.", retryAfterSeconds: 10)
        }
    }

    /// Does the work, and says of a failure that it is the process's end.
    private func told<R>(
        _ ends: Int, _ work: () async throws(EngineError) -> R
    ) async throws(EngineError) -> R {
        do throws(EngineError) {
            return try await work()
        } catch {
            switch error.kind {
            case .interrupted, .unavailable, .failed, .timeout: break
            default: throw error
            }
            await process.state.wait(atMost: process.limits.endNoticedWithin) { $0.ends != ends }
            let now = process.state.now
            guard now.ends != ends else { throw error }
            var told = error
            switch now.phase {
            case .lost(let how):
                told.message = "The model's process ended in the middle of this turn, and does not come back: it \(how)."
                told.detail = how
            case .away(let how):
                told.message = "The model's process ended in the middle of this turn: it \(how). It is being started again; send the turn again."
                told.detail = how
            case .loading, .serving:
                told.message = "The model's process ended in the middle of this turn, and was started again. Send the turn again."
            }
            throw told
        }
    }
}
