import Synchronization

/// State behind a lock, and tasks that wait until it is as they want it.
final class Watched<State: Sendable>: Sendable {
    private struct Waiter {
        var id: Int
        var isMet: @Sendable (State) -> Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct Inner {
        var state: State
        // As many as tasks wait, each with one entry.
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let inner: Mutex<Inner>

    init(_ state: State) { inner = Mutex(Inner(state: state)) }

    var state: State { inner.withLock { $0.state } }

    /// Changes the state, then wakes who waited for it, first come first.
    @discardableResult
    func update<R: Sendable>(_ change: (inout State) -> R) -> R {
        let (result, met) = inner.withLock { inner in
            let result = change(&inner.state)
            let state = inner.state
            let met = inner.waiters.filter { $0.isMet(state) }
            inner.waiters.removeAll { waiter in met.contains { $0.id == waiter.id } }
            return (result, met)
        }
        for waiter in met { waiter.continuation.resume() }
        return result
    }

    /// Returns once the state is as wanted, or the task is cancelled.
    func wait(until isMet: @escaping @Sendable (State) -> Bool) async {
        let id = inner.withLock { inner in
            inner.nextID += 1
            return inner.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = inner.withLock { inner in
                    // Cancellation that comes later finds the waiter in the list.
                    if Task.isCancelled || isMet(inner.state) { return false }
                    inner.waiters.append(Waiter(id: id, isMet: isMet, continuation: continuation))
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            let waiter = inner.withLock { inner in
                inner.waiters.firstIndex { $0.id == id }.map { inner.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume()
        }
    }
}
