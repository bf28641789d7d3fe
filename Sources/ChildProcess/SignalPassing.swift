import Dispatch
import LibC
import Synchronization

/// Hands signals that come to this process on to another. The caller has them ignored here.
final class SignalPassing: Sendable {
    private struct State {
        /// Nil as long as there is no process to pass them to.
        var process: pid_t?
        var early: [Int32] = []
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "hotline.foreground.signals")
    // Set once by init, and used again only by end, which comes last.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    /// Returns when signals are heard: those that come earlier are lost.
    ///
    /// - Parameter passing: those that are handed on; the others are heard and dropped.
    static func start(_ signals: [Int32], passing: Set<Int32>) async -> SignalPassing {
        let passer = SignalPassing()
        let group = DispatchGroup()
        passer.sources = signals.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: passer.queue)
            if passing.contains(number) { source.setEventHandler { [weak passer] in passer?.received(number) } }
            group.enter()
            source.setRegistrationHandler { group.leave() }
            source.resume()
            return source
        }
        await withCheckedContinuation { continuation in
            group.notify(queue: passer.queue) { continuation.resume() }
        }
        return passer
    }

    /// From now on, and what came before.
    func pass(to process: pid_t) {
        let early = state.withLock { state in
            state.process = process
            defer { state.early = [] }
            return state.early
        }
        for number in early { kill(process, number) }
    }

    func end() { for source in sources { source.cancel() } }

    private func received(_ number: Int32) {
        let process = state.withLock { state in
            // The same signal again says nothing new.
            if state.process == nil, !state.early.contains(number) { state.early.append(number) }
            return state.process
        }
        if let process { kill(process, number) }
    }
}
