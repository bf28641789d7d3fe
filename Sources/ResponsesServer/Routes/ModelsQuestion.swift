import ResponsesEngine
import Synchronization

/// The engine's models, asked for at most once in a while, however many want to know: probes come from several sides, and anybody
/// can ask `/ready`.
final class ModelsQuestion: Sendable {
    private struct State {
        var answer: Result<[EngineModel], EngineError>?
        /// When the answer came, as a duration since any fixed moment.
        var answeredAt = Duration.zero
        var isAsking = false
        /// At most one for each connection.
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private enum Step {
        case answer(Result<[EngineModel], EngineError>)
        case ask
        case wait
    }

    private let ageMax: Duration
    private let now: @Sendable () -> Duration
    private let ask: @Sendable () async -> Result<[EngineModel], EngineError>
    private let state = Mutex(State())

    /// - Parameters:
    ///   - ageMax: how long an answer, good or bad, is given to others.
    ///   - ask: one call at a time. What comes of a cancelled task, an error of the kind `cancelled`, is given to nobody else.
    init(
        ageMax: Duration, now: @escaping @Sendable () -> Duration,
        ask: @escaping @Sendable () async -> Result<[EngineModel], EngineError>
    ) {
        self.ageMax = ageMax
        self.now = now
        self.ask = ask
    }

    func answer() async throws(EngineError) -> [EngineModel] {
        while true {
            switch next() {
            case .answer(let answer): return try answer.get()
            case .ask:
                let answer = await ask()
                settle(answer)
                return try answer.get()
            case .wait: await wait()
            }
        }
    }

    private func next() -> Step {
        state.withLock { state in
            if state.isAsking { return .wait }
            if let answer = state.answer, now() - state.answeredAt < ageMax { return .answer(answer) }
            state.isAsking = true
            return .ask
        }
    }

    private func settle(_ answer: Result<[EngineModel], EngineError>) {
        let waiting = state.withLock { state in
            state.isAsking = false
            if case .failure(let error) = answer, error.kind == .cancelled {
                // Whoever waits asks again.
                state.answer = nil
            } else {
                state.answer = answer
                state.answeredAt = now()
            }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when the question that is asked has its answer.
    private func wait() async {
        await withCheckedContinuation { continuation in
            let isAnswered = state.withLock { state in
                if state.isAsking { state.waiting.append(continuation) }
                return !state.isAsking
            }
            if isAnswered { continuation.resume() }
        }
    }
}
