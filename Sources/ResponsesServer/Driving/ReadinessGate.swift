import Synchronization

/// Holds generations back while their reader is slow, and lets them go on together.
final class ReadinessGate: Sendable {
    private struct State {
        var isReady = true
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())
    /// Read per batch, so kept beside the lock.
    private let ready = Atomic<Bool>(true)

    var isReady: Bool { ready.load(ordering: .relaxed) }

    func set(ready isReady: Bool) {
        ready.store(isReady, ordering: .relaxed)
        let released = state.withLock { state in
            state.isReady = isReady
            guard isReady else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in released { continuation.resume() }
    }

    /// Returns when the reader keeps up, or the task is cancelled. At most one wait per generation.
    func wait() async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.isReady || Task.isCancelled { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { $0.waiting.removeValue(forKey: id) }
            continuation?.resume()
        }
    }
}
