import AsyncHTTPClient
import Synchronization

/// The HTTP task of a generation, which may be cancelled before it is there.
final class RunningTask: Sendable {
    private struct State {
        var task: HTTPClient.Task<Void>?
        var isCancelled = false
    }

    private let state = Mutex(State())

    func started(_ task: HTTPClient.Task<Void>) {
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.fail(reason: HTTPClientError.cancelled) }
    }

    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.fail(reason: HTTPClientError.cancelled)
    }
}
