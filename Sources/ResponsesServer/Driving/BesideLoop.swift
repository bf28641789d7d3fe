import NIOPosix
import ThreadTools

/// Work that takes long, done on threads that drive no connection and give way to those that do.
enum BesideLoop {
    /// As many as do not hold up each other's small pieces; a process has one such pool, as it has one set of loops.
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()

    /// Does `work` elsewhere; goes on where it was called. What waits is bounded by the turns that connections may have.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            // Not cancelled with the task: the work is needed, and its caller's thread is the last that may do it.
            pool.submit { _ in
                ThreadPriority.lower()
                continuation.resume(returning: work())
            }
        }
    }

    /// Drops its reference to `large` elsewhere.
    static func drop(_ large: some Sendable) {
        pool.submit { _ in
            ThreadPriority.lower()
            _ = large
        }
    }
}
