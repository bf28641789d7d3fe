import ChildProcess
import Dispatch
import LibC
import Synchronization

/// What signals do to a server that runs.
///
/// | signal | does |
/// | --- | --- |
/// | SIGTERM, SIGINT, SIGHUP | the first lets running turns finish within the grace; the next ends the process at once |
/// | SIGQUIT | ends the process at once |
/// | SIGPIPE | nothing |
///
/// SIGHUP does nothing to a program that was started to ignore it, as `nohup` does. A process that was ended at once leaves
/// with 128 and the signal's number, one whose turns could finish with 0.
final class ServeSignals: Sendable {
    /// Beyond the grace and what connections have after it, something hangs that cannot be waited for.
    private static let overrunMax: Duration = .seconds(1)

    private let shutdowns: AsyncStream<Void>
    private let shutdown: AsyncStream<Void>.Continuation
    private let queue = DispatchQueue(label: "hotline.serve.signals")
    private let timeMax: Duration
    private let endAtOnce: @Sendable (_ signal: Int32) -> Void
    private let isEnding = Atomic<Bool>(false)
    // Set once by init, and used again only by deinit, when there is no other reference.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    /// Takes the signals from their usual effect from now on.
    ///
    /// - Parameters:
    ///   - timeMax: how long the server's own shutdown takes at most.
    ///   - endAtOnce: ends the process because of a signal, on a queue of this object's own: whatever the server waits for does
    ///     not hold it up.
    init(timeMax: Duration, endAtOnce: @escaping @Sendable (_ signal: Int32) -> Void) {
        self.timeMax = timeMax
        self.endAtOnce = endAtOnce
        (shutdowns, shutdown) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        signal(SIGPIPE, SIG_IGN)
        let numbers = [SIGTERM, SIGINT, SIGQUIT] + (IgnoredSignal.contains(SIGHUP) ? [] : [SIGHUP])
        sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [weak self] in self?.received(number) }
            return source
        }
        for source in sources { source.resume() }
    }

    deinit { for source in sources { source.cancel() } }

    /// Returns when the server is to shut down, or the task is cancelled.
    func shutdownRequested() async { for await _ in shutdowns { return } }

    private func received(_ number: Int32) {
        guard number != SIGQUIT, !isEnding.exchange(true, ordering: .relaxed) else { return endAtOnce(number) }
        shutdown.yield()
        let (seconds, attoseconds) = (timeMax + Self.overrunMax).components
        let wait = DispatchTimeInterval.nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
        queue.asyncAfter(deadline: .now() + wait) { [weak self] in self?.endAtOnce(number) }
    }
}
