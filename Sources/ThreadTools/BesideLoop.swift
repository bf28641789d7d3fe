package import NIOPosix

/// Work that takes long, done on threads that drive no connection and give way to those that do.
package enum BesideLoop {
    /// As many as do not hold up each other's small pieces; a process has one such pool, as it has one set of loops.
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()

    private static let executor = Executor()

    /// Does `work` elsewhere, whether its task is cancelled or not; goes on where it was called. What waits is bounded by the
    /// turns that connections may have.
    package static func run<Value, Failure: Error>(
        _ work: () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await withTaskExecutorPreference(executor) { () throws(Failure) in try work() }
    }

    /// Drops its reference to `large` elsewhere.
    package static func drop(_ large: some Sendable) {
        pool.submit { _ in
            ThreadPriority.lower()
            _ = large
        }
    }

    private final class Executor: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            // Nobody shuts the pool down; what is submitted to one that was shut down runs at once.
            pool.submit { _ in
                ThreadPriority.lower()
                job.runSynchronously(on: self.asUnownedTaskExecutor())
            }
        }
    }
}
