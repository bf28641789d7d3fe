import AgentBench
import Synchronization

/// The progress bar on standard error: written over itself, and gone at the end.
final class ProgressLine: Sendable {
    private let isShown: Bool
    private let start = ContinuousClock.now
    private let newest = Mutex<ContinuousClock.Instant?>(nil)

    /// Often enough to look alive, rarely enough to cost nothing.
    private static let interval = Duration.milliseconds(100)

    init(isShown: Bool) { self.isShown = isShown }

    func show(_ progress: BenchProgress) {
        guard isShown else { return }
        let now = ContinuousClock.now
        let isDue = newest.withLock { newest in
            if let shown = newest, now - shown < Self.interval { return false }
            newest = now
            return true
        }
        // To the beginning of the line; what follows it is erased.
        if isDue { Standard.error("\r\(ProgressBar().line(progress, elapsed: now - start))\u{1B}[K") }
    }

    func clear() {
        if isShown { Standard.error("\r\u{1B}[K") }
    }
}
