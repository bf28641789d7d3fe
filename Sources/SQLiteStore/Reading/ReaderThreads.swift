import Dispatch
import ResponsesStore
import Synchronization
import ThreadTools

/// Threads for reads, which wait for the disk: threads that drive connections, and those of Swift's task pool, must not.
///
/// A read runs there as its task, so it may use what is its caller's; it goes on where it was called.
final class ReaderThreads: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// Where the first waiting job is.
        var start = 0
        var hasEnded = false
        /// Reads that wait or run.
        var reads = 0
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let readsMax: Int
    private let count: Int

    /// - Parameters:
    ///   - count: so many threads, none of which is started before `start`.
    ///   - waitingMax: so many reads wait for them at most.
    init(count: Int, waitingMax: Int) {
        self.count = max(count, 1)
        readsMax = self.count + waitingMax
    }

    /// - Returns: false when the system has no threads to spare.
    func start() -> Bool {
        for _ in 0..<count {
            let isStarted = WorkerThread.start(isDeaf: true) { [self] in
                while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
            }
            if !isStarted {
                end()
                return false
            }
        }
        return true
    }

    /// The threads end when nothing waits for them any more.
    func end() {
        state.withLock { $0.hasEnded = true }
        for _ in 0..<count { wake.signal() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isTaken = state.withLock { state in
            if state.hasEnded { return false }
            state.jobs.append(job)
            return true
        }
        if isTaken {
            wake.signal()
        } else {
            // It only finds that the store is closed.
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private func next() -> UnownedJob? {
        while true {
            wake.wait()
            let (job, hasEnded): (UnownedJob?, Bool) = state.withLock { state in
                guard state.start < state.jobs.count else { return (nil, state.hasEnded) }
                let job = state.jobs[state.start]
                state.start += 1
                if state.start == state.jobs.count {
                    state.jobs.removeAll(keepingCapacity: true)
                    state.start = 0
                }
                return (job, false)
            }
            if let job { return job }
            if hasEnded {
                // The next thread's turn to see it.
                wake.signal()
                return nil
            }
        }
    }

    /// Does `work` on one of the threads, whether its task is cancelled or not.
    ///
    /// - Throws: `.unavailable` when too many reads wait.
    func run<Value>(_ work: () throws(StoreError) -> Value) async throws(StoreError) -> Value {
        let hasRoom = state.withLock { state in
            guard state.reads < readsMax else { return false }
            state.reads += 1
            return true
        }
        guard hasRoom else { throw .unavailable(reason: "more than \(readsMax) reads of the database at a time") }
        defer { state.withLock { $0.reads -= 1 } }
        return try await withTaskExecutorPreference(self) { () throws(StoreError) in try work() }
    }
}
