import Synchronization

/// What the turns of a line hold unread, in bytes; says when the line must stop reading and when it may continue.
final class UnreadEvents: Sendable {
    private struct State {
        var bytes = 0
        var isAbove = false
        var changed: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// True once more is held than the limit, until no more than half of the limit is held.
    var isAbove: Bool { state.withLock { $0.isAbove } }

    /// - Parameter changed: called, on any thread, after `isAbove` changed. Calls may overtake each other, so read `isAbove`.
    func onChange(_ changed: @escaping @Sendable () -> Void) { state.withLock { $0.changed = changed } }

    func add(_ bytes: Int) { change(bytes) }
    func remove(_ bytes: Int) { change(-bytes) }

    private func change(_ difference: Int) {
        let call = state.withLock { state -> (@Sendable () -> Void)? in
            state.bytes += difference
            let wasAbove = state.isAbove
            if state.bytes > bytesMax { state.isAbove = true } else if state.bytes <= bytesMax / 2 { state.isAbove = false }
            return wasAbove != state.isAbove ? state.changed : nil
        }
        call?()
    }
}
