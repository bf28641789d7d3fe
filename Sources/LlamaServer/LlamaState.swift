import Synchronization

/// How a model's process is, for all who wait for it.
final class LlamaState: Sendable {
    enum Phase: Sendable, Hashable {
        case loading
        case serving
        /// It ended, and is started anew.
        case away(String)
        /// It ended for good.
        case lost(String)
    }

    struct Now: Sendable, Hashable {
        var phase = Phase.loading
        /// How often it ended so far.
        var ends = 0
    }

    private struct Guarded {
        var now = Now()
        var waiting: [Int: AsyncStream<Now>.Continuation] = [:]
        var next = 0
    }

    private let guarded = Mutex(Guarded())

    var now: Now { guarded.withLock { $0.now } }

    func become(_ phase: Phase) {
        let (now, waiting) = guarded.withLock { guarded in
            switch phase {
            case .away, .lost: guarded.now.ends += 1
            case .loading, .serving: break
            }
            guarded.now.phase = phase
            return (guarded.now, Array(guarded.waiting.values))
        }
        for waiting in waiting { waiting.yield(now) }
    }

    /// Waits until something holds, for so long at most, or until the task is cancelled.
    func wait(atMost time: Duration, until holds: @escaping @Sendable (Now) -> Bool) async {
        // Most turns find it serving.
        guard !holds(now), time > .zero else { return }
        let (changes, continuation) = AsyncStream.makeStream(of: Now.self, bufferingPolicy: .bufferingNewest(1))
        let id = guarded.withLock { guarded in
            guarded.next += 1
            guarded.waiting[guarded.next] = continuation
            continuation.yield(guarded.now)
            return guarded.next
        }
        await withTaskGroup { tasks in
            tasks.addTask { for await now in changes where holds(now) { return } }
            tasks.addTask { try? await Task.sleep(for: time) }
            await tasks.next()
            tasks.cancelAll()
        }
        guarded.withLock { $0.waiting[id] = nil }
    }
}
