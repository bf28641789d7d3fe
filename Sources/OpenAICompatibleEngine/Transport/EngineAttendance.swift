import Logging
import Synchronization

/// Whether an engine is there, as its turns find: says in the log when it went away and when it is back, once for all turns that
/// wait for it.
final class EngineAttendance: Sendable {
    private struct State {
        /// Turns that wait for it.
        var waiting = 0
        /// Since when it is away.
        var awaySince: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    /// Apart, as every turn says it: it has answered at least once.
    private let answers = Atomic(false)
    private let logger: Logger
    private let address: String

    /// - Parameter address: for people, without secrets.
    init(_ address: String, logger: Logger) {
        self.address = address
        self.logger = logger
    }

    var hasAnswered: Bool { answers.load(ordering: .relaxed) }

    /// A turn begins to wait.
    func turnWaits(_ absence: EngineAbsence) {
        let isFirst = state.withLock { state in
            state.waiting += 1
            guard state.awaySince == nil else { return false }
            state.awaySince = .now
            return true
        }
        guard isFirst else { return }
        logger.warning("engine is away, turns wait", metadata: ["address": .string(address), "kind": .string(absence.word)])
    }

    /// A turn that waited does not any more: it was answered, or gave up.
    func turnWaitsNoMore(isAnswered: Bool) {
        let (since, isBack) = state.withLock { state -> (ContinuousClock.Instant?, Bool) in
            state.waiting -= 1
            guard isAnswered || state.waiting == 0, let since = state.awaySince else { return (nil, isAnswered) }
            state.awaySince = nil
            return (since, isAnswered)
        }
        guard let since else { return }
        let seconds = Logger.MetadataValue.stringConvertible(Int((ContinuousClock.now - since).components.seconds))
        let metadata: Logger.Metadata = ["address": .string(address), "seconds": seconds]
        if isBack {
            logger.info("engine is back", metadata: metadata)
        } else {
            logger.info("engine is still away, turns waited", metadata: metadata)
        }
    }

    /// The engine did what was asked.
    func answered() {
        if !hasAnswered { answers.store(true, ordering: .relaxed) }
    }
}
