import ResponsesAPI
import ResponsesCore
import ResponsesEngine

extension InMemoryConnection {
    /// The engine made something of a work; by default of the oldest.
    public func give(_ pieces: GenerationPiece..., to work: RequestedWork? = nil) { give(GenerationBatch(pieces), to: work) }

    public func give(_ batch: GenerationBatch, to work: RequestedWork? = nil) {
        guard let work = work ?? works.first else { return }
        hand(batch, to: work)
    }

    /// The engine's function ended: by this error, or well.
    public func end(_ error: EngineError? = nil, finish: FinishReason = .stop, of work: RequestedWork? = nil) {
        guard let work = work ?? works.first else { return }
        apply(EngineAnswer([], finish: finish, error: error), to: work)
    }

    private func hand(_ batch: GenerationBatch, to work: RequestedWork) {
        for case .usage(let usage) in batch.events { counts[work.turn] = usage }
        step { $0.generated(work.turn, batch, at: now) }
    }

    /// The engine answers a work; by default the oldest.
    public func answer(_ answer: EngineAnswer, to work: RequestedWork? = nil) {
        guard let work = work ?? works.first else { return }
        apply(answer, to: work)
    }

    func apply(_ answer: EngineAnswer, to work: RequestedWork) {
        if works.contains(where: { $0.turn == work.turn }) {
            process.released(work.placement, answer.error.map { .failed($0) } ?? .finished)
        }
        works.removeAll { $0.turn == work.turn }
        for batch in answer.batches { hand(batch, to: work) }
        let usage = counts.removeValue(forKey: work.turn) ?? Usage()
        step { connection in
            if work.isCount {
                connection.counted(work.turn, answer.error.map { .failure($0) } ?? .success(answer.counted), at: now)
            } else if !work.isPrefill {
                let result = GenerationResult(finish: answer.finish, usage: usage, trace: answer.trace)
                connection.ended(work.turn, answer.error.map { .failure($0) } ?? .success(result), at: now)
            } else if let error = answer.error {
                connection.prefilled(work.turn, .failure(error), at: now)
            } else {
                connection.prefilled(work.turn, .success(answer.filled), at: now)
            }
        }
    }
}
