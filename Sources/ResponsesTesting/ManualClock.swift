import Synchronization

/// A clock whose time stands still until a test moves it. Sleepers wake in the order of their deadlines.
///
///     let clock = ManualClock()
///     async let rest: Void = clock.sleep(for: .seconds(30))
///     await clock.waitForSleepers(1)
///     clock.advance(by: .seconds(30))
///     try await rest
public final class ManualClock: Clock {
    /// A point in time: how far the clock is from its beginning.
    public struct Instant: InstantProtocol {
        public var offset: Duration

        public init(offset: Duration = .zero) { self.offset = offset }

        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        var id: Int
        var deadline: Instant
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var now = Instant()
        /// In the order in which they came.
        var sleepers: [Sleeper] = []
        var nextID = 0
    }

    private let state = Mutex(State())
    private let sleeperCount = Watched(0)

    public init() {}

    public var now: Instant { state.withLock { $0.now } }
    public var minimumResolution: Duration { .zero }

    /// When the next sleeper wakes; nil while nobody sleeps.
    public var nextDeadline: Instant? { state.withLock { $0.sleepers.map(\.deadline).min() } }

    /// Sleeps until the clock is moved there.
    ///
    /// - Throws: `CancellationError` when the task is cancelled, at once.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let hasSlept = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if deadline <= state.now { return true }
                    state.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(returning: result) } else { tellCount() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(returning: false)
            tellCount()
        }
        if !hasSlept { throw CancellationError() }
    }

    /// Moves time forward and wakes everybody whose time has come.
    public func advance(by duration: Duration) { advance(to: now.advanced(by: duration)) }

    /// Moves time to `instant`; never back.
    public func advance(to instant: Instant) {
        let woken = state.withLock { state in
            state.now = max(state.now, instant)
            let now = state.now
            let woken = state.sleepers.filter { $0.deadline <= now }
            state.sleepers.removeAll { $0.deadline <= now }
            // Sorting keeps who came first ahead among equal deadlines.
            return woken.enumerated().sorted { ($0.element.deadline, $0.offset) < ($1.element.deadline, $1.offset) }
        }
        for sleeper in woken { sleeper.element.continuation.resume(returning: true) }
        tellCount()
    }

    /// Returns once so many tasks sleep, or this task is cancelled.
    public func waitForSleepers(_ count: Int) async {
        await sleeperCount.wait { $0 >= count }
    }

    /// Waits for a sleeper and moves time to the next deadline.
    public func advanceToNextDeadline() async {
        await waitForSleepers(1)
        if let nextDeadline { advance(to: nextDeadline) }
    }

    /// Runs `body` while time passes by itself, from one deadline to the next, as soon as somebody sleeps.
    ///
    /// For a body with one sleeper at a time: of several tasks, one that still works may find that time went past it.
    public func runningFreely<R: Sendable>(_ body: @Sendable @escaping () async throws -> R) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while !Task.isCancelled { await self.advanceToNextDeadline() }
                return nil
            }
            defer { group.cancelAll() }
            while let finished = try await group.next() {
                if let finished { return finished }
            }
            throw CancellationError()
        }
    }

    private func tellCount() {
        // Counted under the watcher's lock: of two that report at one time, the later must not report the older count, or
        // whoever waits for a sleeper that is there would never return.
        sleeperCount.update { count in count = state.withLock { $0.sleepers.count } }
    }
}
