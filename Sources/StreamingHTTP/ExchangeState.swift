/// One request and its answer as decisions: what to read, when to wait, what has lasted too long, and one end.
///
/// A value without socket, clock or bytes: it is told what happened and returns what to do. Times count from the request.
struct ExchangeState: Sendable {
    private enum State {
        /// Nothing of the answer has come. Next: `undecided`, `streaming`, `gathering`, `ending`, `abandoned`, `over`.
        case waiting
        /// The head did not say what follows. Next: `streaming`, `gathering`, `ending`, `abandoned`, `over`.
        case undecided
        /// Events come. Next: `lingering`, `ending`, `abandoned`, `over`.
        case streaming
        /// A body is kept until it is whole. Next: `ending`, `abandoned`, `over`.
        case gathering(Gathering)
        /// The outcome is reported; the server still has to end its answer, so that the connection can be used again.
        /// Next: `ending`, `over`.
        case lingering(until: Duration)
        /// The outcome is reported; the carrier is coming to its end. Next: `over`.
        case ending
        /// Nobody wants the answer: nothing more is read. The outcome is reported with the end. Next: `ending`, `over`.
        case abandoned
        /// The carrier is done. Final.
        case over
    }

    private struct Gathering {
        var isRefusal: Bool
        var bytesMax: Int
        var count = 0
    }

    /// Who waits for whom.
    private enum Flow {
        /// Parts are read as they come. Next: `paused`.
        case open
        /// No more is wanted; the carrier does not know it yet. Next: `open`, `held`.
        case paused
        /// No more is wanted, and the carrier waits with the next part. Next: `resuming`, `open`.
        case held
        /// More is wanted again; the carrier hears it in a tick to come. Next: `open`, `held`.
        case resuming
    }

    private let limits: ExchangeLimits
    private var state = State.waiting
    private var flow = Flow.open
    private(set) var hasBegun = false
    /// Something came that is of use: a head, or signs of life before it, may come long before.
    private(set) var hasContent = false
    private var lastHeard = Duration.zero
    /// When the answer counts as whole, unless more comes.
    private var endDue: Duration?

    init(_ limits: ExchangeLimits) { self.limits = limits }

    /// Whether the reader still gets what comes. False once it has its outcome, or nobody wants it.
    var isReading: Bool {
        switch state {
        case .waiting, .undecided, .streaming, .gathering: true
        case .lingering, .ending, .abandoned, .over: false
        }
    }

    private var isReported: Bool {
        switch state {
        case .lingering, .ending, .over: true
        case .waiting, .undecided, .streaming, .gathering, .abandoned: false
        }
    }

    var isAbandoned: Bool { if case .abandoned = state { true } else { false } }

    private var isPaused: Bool { flow == .paused || flow == .held }

    // MARK: The answer

    /// The head came.
    mutating func receivedHead(_ form: AnswerForm, at now: Duration) {
        guard case .waiting = state else { return }
        hasBegun = true
        lastHeard = now
        enter(form)
    }

    /// The first byte of the body showed what an undecided answer is.
    mutating func decided(_ form: AnswerForm) {
        guard case .undecided = state else { return }
        enter(form)
    }

    private mutating func enter(_ form: AnswerForm) {
        switch form {
        case .undecided: state = .undecided
        case .stream: state = .streaming
        case .object(let bytesMax): state = .gathering(Gathering(isRefusal: false, bytesMax: bytesMax))
        case .refusal(let bytesMax): state = .gathering(Gathering(isRefusal: true, bytesMax: bytesMax))
        }
    }

    enum PartAction: Equatable {
        /// Too late: nobody reads it.
        case skip
        /// Find the first byte that is not white space; when there is one, `decided`, and `receivedPart` once more.
        case decide
        case readEvents
        /// Add so many of the part's bytes to the body.
        case keep(Int)
        /// Add so many, and take the body as whole: what follows may never end.
        case keepLast(Int)
        /// More than is taken.
        case refuse
    }

    /// The first part with something of use in it was read: from now on silence has a limit of its own.
    mutating func contentBegan() { hasContent = true }

    /// So many bytes of the body came.
    mutating func receivedPart(_ count: Int, at now: Duration) -> PartAction {
        switch state {
        case .waiting, .lingering, .ending, .abandoned, .over: return .skip
        case .undecided:
            lastHeard = now
            return .decide
        case .streaming:
            lastHeard = now
            return .readEvents
        case .gathering(var gathering):
            lastHeard = now
            let room = gathering.bytesMax - gathering.count
            if gathering.isRefusal, count >= room { return .keepLast(room) }
            if count > room { return .refuse }
            gathering.count += count
            hasContent = true
            state = .gathering(gathering)
            return .keep(count)
        }
    }

    /// The part that came was dealt with.
    ///
    /// - Returns: whether the next may come at once; if not, `reading` says later that it may.
    mutating func finishedPart() -> Bool {
        guard isReading else { return true }
        switch flow {
        case .open, .resuming: return true
        case .paused, .held:
            flow = .held
            return false
        }
    }

    enum EndAction: Equatable {
        /// The outcome is known, or nobody wants it.
        case none
        /// The body ended before there was anything to read.
        case reportEmpty
        case endStream
        case readObject
        case readRefusal
    }

    /// The body is whole.
    func receivedEnd() -> EndAction {
        switch state {
        case .lingering, .ending, .abandoned, .over: .none
        case .waiting, .undecided: .reportEmpty
        case .streaming: .endStream
        case .gathering(let gathering): gathering.isRefusal ? .readRefusal : .readObject
        }
    }

    // MARK: The end

    /// The reader has its outcome, and the server is about to end its answer.
    ///
    /// - Returns: whether to report the outcome; it is the first then, and the last.
    mutating func completed(at now: Duration) -> Bool {
        if isReported { return false }
        state = isAbandoned ? .ending : .lingering(until: now + limits.lingerMax)
        return true
    }

    /// There is an outcome, and nothing more to read: the body is whole, or the connection must be closed.
    ///
    /// - Returns: whether to report the outcome.
    mutating func concluded() -> Bool {
        if isReported { return false }
        state = .ending
        return true
    }

    /// Only an end mark may be missing: the answer counts as whole after this time.
    ///
    /// - Returns: when to wake the exchange; nil when it is to be woken for this already.
    mutating func expectEnd(within time: Duration, at now: Duration) -> Duration? {
        guard case .streaming = state else { return nil }
        defer { endDue = now + time }
        return endDue == nil ? min(time, Self.endLook) : nil
    }

    /// The answer goes on.
    mutating func expectMore() { endDue = nil }

    /// The carrier came to its end, in whatever way.
    ///
    /// - Returns: whether an outcome must still be reported.
    mutating func finished() -> Bool {
        defer { state = .over }
        return !isReported
    }

    /// Nobody wants the answer. The connection must be closed in a tick to come, with `reading` afterwards.
    ///
    /// - Returns: whether that is still to be done.
    mutating func abandoned() -> Bool {
        switch state {
        case .waiting, .undecided, .streaming, .gathering: state = .abandoned
        case .lingering: state = .ending
        case .ending, .abandoned, .over: return false
        }
        return true
    }

    // MARK: Back-pressure

    /// No more is wanted for now. What was read already still comes.
    mutating func paused() {
        switch flow {
        case .open: flow = .paused
        case .resuming: flow = .held
        case .paused, .held: break
        }
    }

    /// More is wanted. The silence was that of the pause.
    ///
    /// - Returns: whether `reading` must be asked in a tick to come.
    mutating func resumed(at now: Duration) -> Bool {
        guard isPaused else { return false }
        lastHeard = now
        let isHeld = flow == .held
        flow = isHeld ? .resuming : .open
        return isHeld
    }

    /// Whether the carrier, which waits with the next part, must go on now: true once for each time it was held.
    mutating func reading() -> Bool {
        switch flow {
        case .open, .paused: return false
        case .held where isReading: return false
        case .held, .resuming:
            flow = .open
            return true
        }
    }

    // MARK: Time

    /// When to wake the exchange first: never later than the shorter limit, as the head changes which one holds.
    var firstLook: Duration { min(limits.firstByteMax, limits.silenceMax) }

    /// How long to linger.
    var lingerMax: Duration { limits.lingerMax }

    enum TimeAction: Equatable {
        case none
        /// Wake it again after this time.
        case sleep(Duration)
        case failNoFirstByte
        case failSilence
        /// The end mark does not come: take the answer as whole.
        case complete
        /// The server does not end its answer: close the connection.
        case close
    }

    /// One timer for the whole exchange: it looks when something was last heard and sleeps for the rest.
    mutating func wokeUp(at now: Duration) -> TimeAction {
        switch state {
        case .ending, .abandoned, .over: return .none
        case .lingering(let until):
            if now < until { return .sleep(until - now) }
            state = .ending
            return .close
        case .waiting, .undecided, .streaming, .gathering:
            let isWaiting = !hasContent && !isRefused
            let limit = isWaiting ? limits.firstByteMax : limits.silenceMax
            // While nobody reads here, nothing can be heard. Before the first content, signs of life prolong nothing.
            let silence = isPaused ? .zero : isWaiting ? now : now - lastHeard
            if let endDue {
                // In a pause the end mark may wait.
                if now >= endDue, !isPaused { return .complete }
                return .sleep(isPaused ? Self.endLook : min(endDue - now, Self.endLook))
            }
            if silence < limit { return .sleep(min(limit - silence, limits.silenceMax)) }
            return isWaiting ? .failNoFirstByte : .failSilence
        }
    }

    /// How soon to look whether an end is due: when that is may change, and a timer costs more than a look.
    private static let endLook = Duration.seconds(1)

    private var isRefused: Bool { if case .gathering(let gathering) = state { gathering.isRefusal } else { false } }
}
