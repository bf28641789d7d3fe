import ResponsesAPI
import ResponsesCore
import ResponsesEngine

extension InMemoryConnection {
    /// The engine made something of a work; by default of the oldest.
    public func give(_ pieces: GenerationPiece..., to work: EngineWork? = nil) { give(GenerationBatch(pieces), to: work) }

    public func give(_ batch: GenerationBatch, to work: EngineWork? = nil) {
        guard let work = work ?? works.first else { return }
        step { $0.generated(work.turn, batch, at: now) }
    }

    /// The engine's function ended.
    public func end(_ error: EngineError? = nil, of work: EngineWork? = nil) {
        guard let work = work ?? works.first else { return }
        apply(EngineAnswer([], error: error), to: work)
    }

    /// The engine answers a work; by default the oldest.
    public func answer(_ answer: EngineAnswer, to work: EngineWork? = nil) {
        guard let work = work ?? works.first else { return }
        apply(answer, to: work)
    }

    func apply(_ answer: EngineAnswer, to work: EngineWork) {
        works.removeAll { $0.turn == work.turn }
        for batch in answer.batches { step { $0.generated(work.turn, batch, at: now) } }
        step { connection in
            if !work.isPrefill {
                connection.ended(work.turn, answer.error, at: now)
            } else if let error = answer.error {
                connection.prefilled(work.turn, .failure(error), at: now)
            } else {
                connection.prefilled(work.turn, .success(answer.filled), at: now)
            }
        }
    }
}
