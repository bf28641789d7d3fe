/// When freed memory is given back to the system: after large releases, together, and not often.
///
/// Giving back takes the allocator's locks for milliseconds, and pages that are needed again cost a fault each. So it is worth
/// it for much only.
struct TrimSchedule {
    /// From so many freed bytes on, as less is what a server needs again soon.
    static var bytesMin: Int { 32 << 20 }
    /// What is freed now is mostly a part of more: a client closes all its connections, a chain is freed elsewhere.
    static var gathering: Duration { .milliseconds(250) }
    /// From the end of one to the next, at least.
    static var pause: Duration { .seconds(1) }
    /// And so many times as long as it took: a heap that is full of holes takes tens of milliseconds each time, and whoever
    /// allocates there meanwhile waits. So that is one turn in a thousand.
    static var pauseFactor: Int { 1000 }

    private enum State {
        case idle
        /// Somebody will trim, or is at it.
        case planned
    }

    private var state = State.idle
    private var released = 0
    /// Not before this.
    private var next: Duration?
    private var begun: Duration?

    /// So many bytes were freed.
    ///
    /// - Parameter now: of a clock that only goes forward.
    /// - Returns: how long to wait until a trim, when one is to be planned for these.
    mutating func released(_ bytes: Int, at now: Duration) -> Duration? {
        released += bytes
        guard case .idle = state, released >= Self.bytesMin else { return nil }
        state = .planned
        return wait(at: now)
    }

    /// A planned trim begins: what is freed from now on is for the next.
    mutating func begins(at now: Duration) {
        released = 0
        begun = now
    }

    /// A planned trim is over.
    ///
    /// - Returns: how long to wait until the next, when enough was freed meanwhile.
    mutating func ended(at now: Duration) -> Duration? {
        next = now + max(Self.pause, (now - (begun ?? now)) * Self.pauseFactor)
        guard released >= Self.bytesMin else {
            state = .idle
            return nil
        }
        return wait(at: now)
    }

    /// Nobody could be found for a planned trim; the next release plans one again.
    mutating func failed() { state = .idle }

    private func wait(at now: Duration) -> Duration {
        guard let next else { return Self.gathering }
        return max(Self.gathering, next - now)
    }
}
