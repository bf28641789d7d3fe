import ResponsesEngine

/// The tries of one turn: which further ones it has, and what the log and later turns learn of them.
struct EngineTries: ~Copyable {
    private let attendance: EngineAttendance
    private let firstByteMax: Duration
    private let begun = ContinuousClock.now
    private var asking: AskingAgain
    private var hasReplacedConnection = false
    private var isWaiting = false
    private var isAnswered = false

    init(_ limits: OpenAICompatibleLimits, _ attendance: EngineAttendance, isHeard: Bool, isLocal: Bool) {
        self.attendance = attendance
        firstByteMax = limits.firstByteTimeout
        asking = AskingAgain(limits, isHeard: isHeard, isLocal: isLocal)
    }

    /// How long the next try waits for a first byte: all of them together wait as long as one.
    var firstContentMax: Duration {
        isWaiting ? max(firstByteMax - (ContinuousClock.now - begun), .milliseconds(1)) : firstByteMax
    }

    /// Whether a try on another connection is due for one that was dead: once.
    mutating func replacesConnection() -> Bool {
        defer { hasReplacedConnection = true }
        return !hasReplacedConnection
    }

    /// - Returns: how long to wait before the engine is asked again; nil when it is not.
    mutating func pause(after failure: ExchangeFailure) -> Duration? {
        let absence = failure.absence
        if let absence,
            let pause = asking.pause(after: absence, hasAnswered: attendance.hasAnswered, elapsed: ContinuousClock.now - begun)
        {
            if !isWaiting { attendance.turnWaits(absence) }
            isWaiting = true
            return pause
        }
        // A failure of another kind: the engine is there.
        isAnswered = failure.kind != .cancelled && absence == nil
        return nil
    }

    mutating func answered() {
        isAnswered = true
        attendance.answered()
    }

    /// To be called once, when there are no more.
    func end() {
        if isWaiting { attendance.turnWaitsNoMore(isAnswered: isAnswered) }
    }
}
