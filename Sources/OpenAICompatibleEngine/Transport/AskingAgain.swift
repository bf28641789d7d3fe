/// Whether a turn asks an engine again that is away, and after which pause.
///
/// A value: times are passed in, from the turn's first request on.
struct AskingAgain: Sendable {
    private let firstByteMax: Duration
    private let unheardMax: Duration
    private let pauseMax: Duration
    /// The client hears signs of life meanwhile.
    private let isHeard: Bool
    /// The engine runs near us: it is started and stopped by hand, and there is only one of it.
    private let isLocal: Bool
    private var pause: Duration
    private var hungUp = false

    init(_ limits: OpenAICompatibleLimits, isHeard: Bool, isLocal: Bool) {
        firstByteMax = limits.firstByteTimeout
        unheardMax = min(limits.unheardWaitTimeout, firstByteMax)
        pauseMax = limits.askAgainMax
        self.isHeard = isHeard
        self.isLocal = isLocal
        pause = limits.askAgainFirst
    }

    /// - Parameters:
    ///   - hasAnswered: this engine has answered before, so it is at this address.
    ///   - elapsed: since the first request.
    /// - Returns: how long to wait before the next request; nil to give up.
    mutating func pause(after absence: EngineAbsence, hasAnswered: Bool, elapsed: Duration) -> Duration? {
        switch absence {
        case .loading: break
        case .unexplained: guard isLocal else { return nil }
        case .refused: guard isLocal, hasAnswered else { return nil }
        case .hungUp:
            // Once: a request that brings the engine down would do it again and again.
            guard isLocal, hasAnswered, !hungUp else { return nil }
            hungUp = true
        }
        let isSure = if case .unexplained = absence { false } else { true }
        let end = isHeard && isSure ? firstByteMax : unheardMax
        let wanted = absence.retryAfterSeconds.map { Duration.seconds(min($0, 3600)) } ?? .zero
        // It may be there sooner than it says.
        let next = max(pause, min(wanted, pauseMax))
        guard elapsed + next < end else { return nil }
        pause = min(pause * 2, pauseMax)
        return next
    }
}
