import LibC
import Synchronization
import ThreadTools

/// What is freed goes back to the system.
///
/// By itself glibc gives back what lies at the end of a heap, so one small piece that is still used keeps hundreds of
/// megabytes: of 300 closed connections that had sent a megabyte of tools each, 900 MB stayed. So after large releases whole
/// free pages within the heaps are given back (`malloc_trim`; on macOS `malloc_zone_pressure_relief`). Other allocators are
/// left to their own rules.
package final class MemoryReturn: Sendable {
    private static let process = MemoryReturn()

    /// From this size on a piece has pages of its own, which go back when it is freed. Smaller ones use the heaps' pages again:
    /// with half a megabyte instead, a turn of a megabyte takes 860 faults, with glibc's own moving threshold 1,180, with this
    /// 260.
    private static var mappedBytesMin: Int32 { 4 << 20 }
    /// So much may stay free at the end of each heap, of which there are a few for each loop. `malloc_trim` leaves it, too.
    private static var keptBytesMax: Int32 { 8 << 20 }

    /// To be called once, at a server's start: what was allocated before is not moved.
    ///
    /// - Returns: whether the allocator can be told.
    @discardableResult
    package static func configure() -> Bool { heap_set_thresholds(mappedBytesMin, keptBytesMax) }

    /// So many bytes were freed, or will be in a moment. Called from any thread; returns at once, and costs one addition until
    /// much was freed.
    package static func released(bytes: Int) { process.released(bytes) }

    /// Freed bytes that are not in the schedule yet.
    private let fresh = Atomic<Int>(0)
    private let schedule = Mutex(TrimSchedule())
    private let trim: @Sendable () -> Void
    private let wait: @Sendable (Duration) -> Void
    private let start: @Sendable (@escaping @Sendable () -> Void) -> Bool

    /// - Parameters:
    ///   - wait: blocks its thread.
    ///   - start: runs a function that blocks; false when it cannot.
    init(
        trim: @escaping @Sendable () -> Void = { _ = heap_trim() },
        wait: @escaping @Sendable (Duration) -> Void = MemoryReturn.sleep,
        start: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool = { WorkerThread.start(isDeaf: true, $0) }
    ) {
        self.trim = trim
        self.wait = wait
        self.start = start
    }

    func released(_ bytes: Int) {
        guard bytes > 0, fresh.wrappingAdd(bytes, ordering: .relaxed).newValue >= TrimSchedule.bytesMin / 8 else { return }
        let sum = fresh.exchange(0, ordering: .relaxed)
        guard let delay = schedule.withLock({ $0.released(sum, at: Self.now()) }) else { return }
        // A thread of its own, for as long as there is something to do: loops must not wait, and pools have other work.
        if !start({ self.run(after: delay) }) { schedule.withLock { $0.failed() } }
    }

    private func run(after delay: Duration) {
        var next: Duration? = delay
        while let delay = next {
            wait(delay)
            schedule.withLock { $0.begins(at: Self.now()) }
            trim()
            next = schedule.withLock { $0.ended(at: Self.now()) }
        }
    }

    private static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    private static func sleep(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        var left = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var rest = timespec()
        while nanosleep(&left, &rest) != 0, errno == EINTR { left = rest }
    }
}
