import Dispatch
import LibC
import Synchronization

/// Signals as calls on a dispatch queue, where any code may run.
///
/// Ctrl-C does not end the program: it goes to the listeners registered at that moment, which are the line being edited
/// and the turn that runs.
final class SignalWatch: Sendable {
    enum Event: Hashable, Sendable {
        /// Ctrl-C.
        case interrupt
        /// The terminal has another size.
        case resize
        /// Ctrl-Z, before the program stops; and afterwards.
        case stop, go
        /// The program is asked to end, by this signal.
        case end(Int32)
    }

    private struct State {
        var listeners: [(id: Int, call: @Sendable (Event) -> Void)] = []
        var count = 0
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "hotline.signals")
    // Set once by init, and used again only by deinit, when there is no other reference.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    /// - Parameter signals: those that are taken from their usual effect from now on.
    init(_ signals: [Int32]) {
        sources = signals.map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for (number, source) in zip(signals, sources) {
            source.setEventHandler { [weak self] in self?.received(number) }
            source.resume()
        }
    }

    deinit { for source in sources { source.cancel() } }

    /// Calls `listener` for each event while `body` runs.
    func notifying<R>(
        _ listener: @escaping @Sendable (Event) -> Void, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
    ) async rethrows -> R {
        let id = state.withLock { state in
            state.count += 1
            state.listeners.append((state.count, listener))
            return state.count
        }
        defer { state.withLock { $0.listeners.removeAll { $0.id == id } } }
        return try await body()
    }

    private func received(_ number: Int32) {
        switch number {
        case SIGINT: notify(.interrupt)
        case SIGWINCH: notify(.resize)
        case SIGTSTP:
            notify(.stop)
            // Not SIGTSTP itself, which we handle now.
            kill(getpid(), SIGSTOP)
        case SIGCONT: notify(.go)
        default: notify(.end(number))
        }
    }

    private func notify(_ event: Event) {
        let listeners = state.withLock { $0.listeners }
        for listener in listeners { listener.call(event) }
    }
}
