import NIOCore

/// The timer of a client's connection, which the requests of an HTTP connection use one after another.
///
/// To cancel a timer a loop looks through all it has, so a turn must not set and cancel one of its own. This one is moved only
/// when something is due earlier; who needs it no more leaves it as it is, and it rings for nobody.
final class Alarm: @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all mutable state is touched on `loop` only, which every method checks.

    private let loop: any EventLoop
    /// A callback of the loop: a scheduled task would come with a promise and a future.
    private var callback: NIOScheduledCallback?
    private var deadline = Duration.zero
    /// Held until it rang, or until the listener leaves.
    private var listener: (any AlarmListener)?

    init(_ loop: any EventLoop) { self.loop = loop }

    /// Rings at `deadline`, a time of the loop's clock, or earlier; the listener then looks at what is due, and sets it again.
    func ring(at deadline: Duration, for listener: any AlarmListener) {
        loop.preconditionInEventLoop()
        self.listener = listener
        if callback != nil, self.deadline <= deadline { return }
        callback?.cancel()
        self.deadline = deadline
        // What lies beyond the clock's years never comes.
        let (seconds, attoseconds) = min(max(deadline, .zero), .nanoseconds(Int64.max)).components
        let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
        // It fails only when the loop has ended, and with it the connection.
        callback = try? loop.scheduleCallback(at: .uptimeNanoseconds(nanoseconds), handler: self)
    }

    /// It rings for this listener no more.
    func leave(_ listener: any AlarmListener) {
        loop.preconditionInEventLoop()
        if self.listener === listener { self.listener = nil }
    }

    /// The connection is gone: it rings no more.
    func cancel() {
        loop.preconditionInEventLoop()
        listener = nil
        callback?.cancel()
        callback = nil
    }
}

extension Alarm: NIOScheduledCallbackHandler {
    func handleScheduledCallback(eventLoop: some EventLoop) {
        callback = nil
        let rung = listener
        listener = nil
        rung?.alarmRang()
    }
}
