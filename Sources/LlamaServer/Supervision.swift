/// When a process is started, asked, given up: decisions about the engine's life, without its process.
///
/// A value: times are passed in, from any beginning. What is to be done is returned, in order.
struct Supervision: Sendable {
    enum Event: Sendable, Hashable {
        /// It was started just now.
        case started
        /// It was asked whether it answers.
        case asked(answers: Bool)
        /// It is gone, or could not be started; how, for people.
        case ended(String)
    }

    enum Act: Sendable, Hashable {
        /// Ask whether it answers, after a pause.
        case ask(after: Duration)
        /// It loads still: say so.
        case tellLoading(Duration)
        /// It answers, so many seconds after its start.
        case serve(after: Duration)
        /// End the process: it has had its time.
        case stop
        /// Start it anew, after a pause.
        case start(after: Duration, because: String)
        /// It is lost for good.
        case giveUp(String)
    }

    private enum Phase: Hashable {
        case loading(since: Duration)
        /// It was told to end.
        case overdue
        case serving(since: Duration)
        case away
    }

    private let limits: LlamaLimits
    private var phase = Phase.away
    private var hasServed = false
    private var failedLoads = 0
    private var pause: Duration
    private var question: Duration
    private var told: Duration = .zero

    init(_ limits: LlamaLimits) {
        self.limits = limits
        pause = limits.pauseFirst
        question = limits.askFirst
    }

    mutating func received(_ event: Event, at now: Duration) -> [Act] {
        switch (event, phase) {
        case (.started, _):
            phase = .loading(since: now)
            told = now
            question = limits.askFirst
            return [.ask(after: question)]
        case (.asked(true), .loading(let since)):
            phase = .serving(since: now)
            hasServed = true
            failedLoads = 0
            return [.serve(after: now - since)]
        case (.asked(false), .loading(let since)):
            return asksAgain(at: now, since)
        case (.asked, _):
            return []
        case (.ended(let how), .serving(let since)):
            if now - since >= limits.steadyAfter { pause = limits.pauseFirst }
            return [again(how)]
        case (.ended(let how), .overdue):
            return [failedLoad("it did not answer within \(limits.loadTimeMax.components.seconds) s, and was ended (\(how))")]
        case (.ended(let how), _):
            return [failedLoad("it \(how) before it answered")]
        }
    }

    private mutating func asksAgain(at now: Duration, _ since: Duration) -> [Act] {
        guard now - since < limits.loadTimeMax else {
            phase = .overdue
            return [.stop]
        }
        question = min(question * 2, limits.askMax)
        guard now - told >= limits.tellEvery else { return [.ask(after: question)] }
        told = now
        return [.tellLoading(now - since), .ask(after: question)]
    }

    /// One that never served is wrong from its beginning: the file, or the program. One that did may be mended, for a while.
    private mutating func failedLoad(_ how: String) -> Act {
        failedLoads += 1
        guard hasServed, failedLoads < limits.failedLoadsMax else {
            phase = .away
            return .giveUp(failedLoads > 1 ? "\(how), \(failedLoads) times in a row" : how)
        }
        return again(how)
    }

    private mutating func again(_ how: String) -> Act {
        phase = .away
        defer { pause = min(pause * 2, limits.pauseMax) }
        return .start(after: pause, because: how)
    }
}
