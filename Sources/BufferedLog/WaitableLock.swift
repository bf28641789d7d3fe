import LibC

/// A lock that threads can wait on for a change, with a limit of time. Swift's `Mutex` has no such wait.
///
/// `@unchecked Sendable`: the two pointers never change, and POSIX makes what they point at safe for all threads.
final class WaitableLock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Where limits of time are counted. Darwin has no choice but the clock of the wall.
    #if canImport(Darwin)
    private static let clock = CLOCK_REALTIME
    #else
    private static let clock = CLOCK_MONOTONIC
    #endif

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        #if !canImport(Darwin)
        pthread_condattr_setclock(&attributes, Self.clock)
        #endif
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func withLock<R>(_ body: () -> R) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Wakes everybody who waits.
    func wakeAll() { pthread_cond_broadcast(condition) }

    /// Waits for `wakeAll`; call it with the lock held, and check again what is waited for.
    func wait() { pthread_cond_wait(condition, mutex) }

    /// As `wait`, until `deadline` at most.
    ///
    /// - Returns: false when the deadline has passed.
    func wait(until deadline: Deadline) -> Bool {
        var time = deadline.time
        return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
    }

    struct Deadline {
        fileprivate let time: timespec

        init(after duration: Duration) {
            var now = timespec()
            clock_gettime(WaitableLock.clock, &now)
            let (seconds, attoseconds) = max(duration, .zero).components
            let nanoseconds = Int64(now.tv_nsec) + attoseconds / 1_000_000_000
            let (sum, overflows) = (Int64(now.tv_sec) + nanoseconds / 1_000_000_000).addingReportingOverflow(seconds)
            time = timespec(tv_sec: overflows ? .max : Int(sum), tv_nsec: Int(nanoseconds % 1_000_000_000))
        }
    }
}
