import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import Synchronization

/// Told what happens on the server, and decides what of it the log gets: not every refusal of a flood, and an engine's
/// health only when it changes.
///
/// Shared by all event loops. Time is passed in.
final class ServerObserver: Sendable {
    let log: ServerLog

    private struct State {
        /// When the server began to listen.
        var startedAt: Duration?
        var refusals = RefusalCounter()
        /// By engine; a server has few.
        var health: [String: EngineHealth] = [:]
        /// Whether a timer will log the refusals that were only counted.
        var isFlushScheduled = false
        /// When a line of an HTTP request said that this was left out.
        var leftOut: [OwnedLeftOut: Duration] = [:]
    }

    private struct OwnedLeftOut: Hashable {
        var owner: String?
        var leftOut: LeftOut
    }

    /// Owners and types whose lines are remembered; beyond them the oldest memory goes, and a line may come twice.
    private static let leftOutMax = 256

    private let state = Mutex(State())

    init(_ log: ServerLog) { self.log = log }

    // MARK: The server

    func started(_ address: String, engine: String, at now: Moment) {
        state.withLock { $0.startedAt = now.uptime }
        log.started(address: address, engine: engine)
    }

    /// The server stopped, or could not start: then there is nothing to say here.
    func stopped(at now: Moment) {
        flushRefusals(at: now, isFinal: true)
        if let startedAt = state.withLock({ $0.startedAt }) { log.stopped(uptime: now.uptime - startedAt) }
    }

    // MARK: Turns

    func turnEnded(_ ended: EndedTurn, _ ids: LogIDs, on loop: any EventLoop, at now: @autoclosure () -> Moment) {
        // A turn that went well leaves no line, unless there is an access log.
        guard ended.error != nil || ended.outcome?.limit != nil || log.hasAccessLog else { return }
        var ids = ids
        ids.lane = ended.streamID?.rawValue
        ids.response = ended.outcome?.responseID.rawValue
        if let error = ended.storeError {
            log.storeFailed(error, ids)
        } else if let error = ended.engineError {
            log.engineFailed(error, ids, engine: ended.outcome?.engine, model: ended.outcome?.model)
        } else if let limit = ended.outcome?.limit {
            refused(limit.rawValue, ids, on: loop, at: now())
        } else if let error = ended.error {
            if let code = Self.limitCode(error) { return refused(code, ids, on: loop, at: now()) }
            logOwn(error, ids, ended.outcome)
        }
        if log.hasAccessLog { log.turnEnded(TurnFacts(ended, ids)) }
    }

    /// A failure that this server found: its words are its own.
    private func logOwn(_ error: APIError, _ ids: LogIDs, _ outcome: EndedTurn.Outcome?) {
        switch error.status {
        case 500: log.internalError(error, ids)
        case 501...599 where error != .shuttingDown:
            let failure = EngineError(.failed, error.message, detail: error.message)
            log.engineFailed(failure, ids, engine: outcome?.engine, model: outcome?.model)
        default: break
        }
    }

    /// A connection of many turns says this once itself. Each HTTP request is a connection, so what they leave out is
    /// logged once a minute for each owner and type.
    func leftOut(_ leftOut: LeftOut, _ ids: LogIDs, isRequest: Bool, at now: Moment) {
        if isRequest, !isDue(OwnedLeftOut(owner: ids.owner, leftOut: leftOut), at: now.uptime) { return }
        log.leftOut(leftOut.kind, type: leftOut.type, ids)
    }

    private func isDue(_ leftOut: OwnedLeftOut, at now: Duration) -> Bool {
        state.withLock { state in
            if let last = state.leftOut[leftOut], now - last < RefusalCounter.period { return false }
            if state.leftOut.count >= Self.leftOutMax, let oldest = state.leftOut.min(by: { $0.value < $1.value }) {
                state.leftOut[oldest.key] = nil
            }
            state.leftOut[leftOut] = now
            return true
        }
    }

    // MARK: Limits

    /// A limit refused something. The first of a code is logged at once, those of the next minute as one line.
    func refused(_ code: String, _ ids: LogIDs, on loop: any EventLoop, at now: Moment) {
        let (count, mustSchedule) = state.withLock { state -> (Int?, Bool) in
            let count = state.refusals.refused(code, at: now.uptime)
            let mustSchedule = state.refusals.nextDeadline != nil && !state.isFlushScheduled
            if mustSchedule { state.isFlushScheduled = true }
            return (count, mustSchedule)
        }
        // A count stands for others as well, which had other ids.
        if let count { log.refused(code, count: count, count == 1 ? ids : LogIDs()) }
        if mustSchedule { scheduleFlush(on: loop, from: now) }
    }

    private func scheduleFlush(on loop: any EventLoop, from now: Moment) {
        guard let deadline = state.withLock({ $0.refusals.nextDeadline }) else { return }
        loop.scheduleTask(in: TimeAmount(max(.zero, deadline - now.uptime))) { [weak self] in
            guard let self else { return }
            let now = ConnectionDriver.now()
            if flushRefusals(at: now) { scheduleFlush(on: loop, from: now) }
        }
    }

    /// Logs the refusals that were only counted and whose minute is over.
    ///
    /// - Parameter isFinal: all that were only counted, as the server stops.
    /// - Returns: whether some are left.
    @discardableResult
    func flushRefusals(at now: Moment, isFinal: Bool = false) -> Bool {
        let (due, isAgain) = state.withLock { state in
            let due = state.refusals.due(at: now.uptime, isFinal: isFinal)
            state.isFlushScheduled = state.refusals.nextDeadline != nil
            return (due, state.isFlushScheduled)
        }
        for (code, count) in due { log.refused(code, count: count) }
        return isAgain
    }

    /// The code to count a refusal by, when a limit of this server is the reason.
    private static func limitCode(_ error: APIError) -> String? {
        switch error.code {
        case _ where error == .memoryOver: "memory_over"
        case .streamLimitReached?, .connectionLimitReached?, .responseQueueFull?: error.code?.rawValue
        default: error.status == 429 ? error.code?.rawValue ?? "429" : nil
        }
    }

    // MARK: Engines

    /// An engine did something, or failed to; nil means that it works.
    func engineEnded(_ engine: String, _ error: EngineError?) {
        let change = state.withLock { $0.health[engine, default: EngineHealth()].ended(error) }
        switch change {
        case nil: break
        case .up: log.engineUp(engine)
        case .down(let kind): log.engineDown(engine, kind: kind)
        }
    }
}

extension TurnFacts {
    init(_ ended: EndedTurn, _ ids: LogIDs) {
        self.init(status: ended.outcome?.status.description ?? "refused")
        code = ended.outcome?.limit?.rawValue ?? ended.error.map { $0.code?.rawValue ?? "\($0.status)" }
        (request, connection, lane, response, owner) = (ids.request, ids.connection, ids.lane, ids.response, ids.owner)
        guard let outcome = ended.outcome else { return }
        engine = outcome.engine
        model = outcome.model
        duration = outcome.duration
        inputTokens = outcome.usage?.inputTokens
        cachedTokens = outcome.usage?.cachedTokens
        outputTokens = outcome.usage?.outputTokens
        bytes = outcome.outputBytes
    }
}
