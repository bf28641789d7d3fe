import ResponsesEngine
import Synchronization

typealias ExchangeResult = Result<GenerationResult, ExchangeFailure>

/// A letter box of one letter between the loop and the one task that waits. The end outranks a pause.
final class ExchangeSignals: Sendable {
    private struct State {
        var letter: ExchangeSignal?
        var waiter: CheckedContinuation<ExchangeSignal, Never>?
    }

    private let state = Mutex(State())

    func post(_ signal: ExchangeSignal) {
        let waiter = state.withLock { state -> CheckedContinuation<ExchangeSignal, Never>? in
            if let waiter = state.waiter.take() { return waiter }
            if case .finished = state.letter { return nil }
            state.letter = signal
            return nil
        }
        waiter?.resume(returning: signal)
    }

    func next() async -> ExchangeSignal {
        await withCheckedContinuation { continuation in
            let letter = state.withLock { state -> ExchangeSignal? in
                if let letter = state.letter.take() { return letter }
                precondition(state.waiter == nil, "an exchange has one waiter")
                state.waiter = continuation
                return nil
            }
            if let letter { continuation.resume(returning: letter) }
        }
    }
}
