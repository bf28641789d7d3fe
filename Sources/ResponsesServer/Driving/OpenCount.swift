import Synchronization

/// How many of something are open, for whoever waits until none is.
final class OpenCount: Sendable {
    private let state: Mutex<(count: Int, waiting: [CheckedContinuation<Void, Never>])>

    init(_ count: Int = 0) { state = Mutex((count, [])) }

    func opened() { state.withLock { $0.count += 1 } }

    func closed() {
        let waiting = state.withLock { state in
            state.count -= 1
            guard state.count == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    /// Returns when none is open.
    func none() async {
        await withCheckedContinuation { continuation in
            let isNone = state.withLock { state in
                if state.count > 0 { state.waiting.append(continuation) }
                return state.count == 0
            }
            if isNone { continuation.resume() }
        }
    }
}
