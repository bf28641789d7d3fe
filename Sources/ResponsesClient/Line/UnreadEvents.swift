import Synchronization

/// What the turns of a line hold unread, in bytes; tells the line when to stop reading and when to go on.
final class UnreadEvents: Sendable {
    private struct State {
        var bytes = 0
        var isAbove = false
        var tell: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Whether more is held than the limit, or was and less than half of it is free.
    var isAbove: Bool { state.withLock { $0.isAbove } }

    /// - Parameter tell: called, on any thread, after `isAbove` changed. Two calls may overtake each other, so it has to look.
    func onChange(_ tell: @escaping @Sendable () -> Void) { state.withLock { $0.tell = tell } }

    func add(_ bytes: Int) { change(bytes) }
    func remove(_ bytes: Int) { change(-bytes) }

    private func change(_ difference: Int) {
        let call = state.withLock { state -> (@Sendable () -> Void)? in
            state.bytes += difference
            let wasAbove = state.isAbove
            if state.bytes > bytesMax { state.isAbove = true } else if state.bytes <= bytesMax / 2 { state.isAbove = false }
            return wasAbove != state.isAbove ? state.tell : nil
        }
        call?()
    }
}
