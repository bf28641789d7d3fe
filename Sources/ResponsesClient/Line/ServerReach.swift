/// How the server is reached: over WebSocket or HTTP, when the next try is due, and when tries have been enough.
struct ServerReach {
    private enum Way {
        /// A connection is opened when a turn wants one. Next: `resting`, `http`.
        case webSocket
        /// The last try failed, and none is made before this time. Next: `webSocket`.
        case resting(until: Duration)
        /// A WebSocket was refused for good, or is not wanted. Final.
        case http
    }

    /// What becomes of the turns that wait for a connection that could not be made.
    enum Outcome {
        /// They wait for the next try, or go over HTTP.
        case goesOn
        case gaveUp(TurnEnd)
    }

    private let limits: ClientLimits
    private var way: Way
    private var upgradeRefusals = 0
    /// Tries since the server was last reached.
    private var failedTries = 0
    /// Whether the server was ever reached: if not, an address where nothing listens is wrong, and is not tried again.
    private var wasReached = false
    private var random: JitterSource

    init(_ limits: ClientLimits, usesHTTPOnly: Bool, seed: UInt64) {
        self.limits = limits
        way = usesHTTPOnly ? .http : .webSocket
        random = JitterSource(seed: seed)
    }

    var usesHTTPOnly: Bool { if case .http = way { true } else { false } }

    /// Before this time no connection may be opened; nil when one may be opened now, or none ever.
    var restsUntil: Duration? { if case .resting(let until) = way { until } else { nil } }

    /// Whether a connection may be opened. A rest that is over is over for good.
    mutating func mayConnect(now: Duration) -> Bool {
        wokeUp(now: now)
        return if case .webSocket = way { true } else { false }
    }

    // MARK: What happened

    mutating func wokeUp(now: Duration) {
        if case .resting(let until) = way, until <= now { way = .webSocket }
    }

    /// A connection opened.
    mutating func opened() {
        wasReached = true
        failedTries = 0
        upgradeRefusals = 0
    }

    /// The server answered over HTTP.
    mutating func answered() { wasReached = true }

    /// A connection could not be made.
    mutating func failed(_ failure: ConnectFailure, now: Duration) -> Outcome {
        failedTries += 1
        switch failure {
        case .refusedUpgrade(426, _, _): return stayWithHTTP()
        case .refusedUpgrade(let status, let error, let seconds):
            let end = error.map { TurnEnd.failed($0) } ?? .broken(.upgradeRefused(status))
            switch status {
            case 401, 403: return giveUp(end)
            case 429, 503:
                let wait = seconds.map { Duration.seconds($0) }
                if let wait, wait > limits.retryAfterMax { return giveUp(end) }
                return tryAgain(after: wait, orFail: end, now: now)
            default: return refusedUpgrade(orFail: .broken(.upgradeRefused(status)), now: now)
            }
        // Some proxies swallow an upgrade and answer nothing.
        case .timedOut: return refusedUpgrade(orFail: .broken(.connectTimedOut), now: now)
        case .brokenUpgrade(let reason): return refusedUpgrade(orFail: .broken(.notTheProtocol(reason)), now: now)
        case .dropped: return tryAgain(orFail: .broken(.droppedBeforeAnswer), now: now)
        case .unreachable(let reason):
            let end = TurnEnd.broken(.unreachable(reason))
            return wasReached ? tryAgain(orFail: end, now: now) : giveUp(end)
        case .tls(let reason): return giveUp(.broken(.unreachable(reason)))
        }
    }

    /// An exchange over HTTP did not reach the server.
    ///
    /// - Returns: how long its turn waits before it is tried again; nil when tries have been enough.
    mutating func failedOverHTTP() -> Duration? {
        failedTries += 1
        if wasReached, failedTries < limits.connectTriesMax { return backoff(failedTries) }
        failedTries = 0
        return nil
    }

    // MARK: What follows

    private mutating func refusedUpgrade(orFail end: TurnEnd, now: Duration) -> Outcome {
        upgradeRefusals += 1
        return upgradeRefusals >= limits.upgradeRefusalsMax ? stayWithHTTP() : tryAgain(orFail: end, now: now)
    }

    /// "Keep 426 and repeated upgrade failures sticky: HTTP for the rest" (websocket-mode 18).
    private mutating func stayWithHTTP() -> Outcome {
        failedTries = 0
        way = .http
        return .goesOn
    }

    private mutating func tryAgain(after wait: Duration? = nil, orFail end: TurnEnd, now: Duration) -> Outcome {
        guard failedTries < limits.connectTriesMax else { return giveUp(end) }
        way = .resting(until: now + (wait ?? backoff(failedTries)))
        return .goesOn
    }

    private mutating func giveUp(_ end: TurnEnd) -> Outcome {
        failedTries = 0
        way = .webSocket
        return .gaveUp(end)
    }

    /// The wait after so many tries: doubles from the first to the last, less up to half of it.
    mutating func backoff(_ tries: Int) -> Duration {
        let doubled = limits.backoffFirst * (1 << min(max(tries - 1, 0), 20))
        return min(doubled, limits.backoffLast) * (1 - random.next() / 2)
    }
}
