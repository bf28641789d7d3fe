import Synchronization

/// Counts what runs, for `/health` and tests.
final class Activity: Sendable {
    private let generations = Atomic<Int>(0)
    private let sockets = Atomic<Int>(0)

    var generationCount: Int { generations.load(ordering: .relaxed) }
    var socketCount: Int { sockets.load(ordering: .relaxed) }

    func began() { generations.add(1, ordering: .relaxed) }
    func ended() { generations.subtract(1, ordering: .relaxed) }

    /// Counts a socket when fewer than `max` are open.
    func openedSocket(max: Int) -> Bool {
        let (old, _) = sockets.add(1, ordering: .relaxed)
        if old < max { return true }
        closedSocket()
        return false
    }

    func closedSocket() { sockets.subtract(1, ordering: .relaxed) }
}
