import ResponsesAPI

/// Heartbeats, the lifetime, shutdown, the end.
extension Connection {
    /// When `tick` should be called next; nil when nothing waits for time.
    public var nextDeadline: Duration? {
        var next: Duration?
        func consider(_ deadline: Duration) { next = min(next ?? deadline, deadline) }
        switch phase {
        case .open: if configuration.transport == .webSocket { consider(opened + limits.lifetime) }
        case .expiring(let until), .stopping(let until): consider(until)
        case .closed: return nil
        }
        if configuration.transport != .json {
            for turn in running.values where turn.isGenerating { consider(turn.lastEvent + limits.heartbeat) }
        }
        return next
    }

    /// Time went on. Calling it too early or too often does no harm.
    public mutating func tick(at now: Moment) {
        if configuration.transport != .json { beat(at: now) }
        switch phase {
        case .open:
            if configuration.transport == .webSocket, now.uptime >= opened + limits.lifetime {
                phase = .expiring(until: now.uptime + limits.lifetimeGrace)
                closeIfDone()
            }
        case .expiring(let until), .stopping(let until):
            if now.uptime >= until {
                endAllTurns(at: now)
                closeIfDone()
            }
        case .closed: break
        }
    }

    /// `response.in_progress` again after silence: clients count only text messages (section 13.2).
    private mutating func beat(at now: Moment) {
        for id in running.keys.sorted() {
            guard let turn = running[id], now.uptime >= turn.lastEvent + limits.heartbeat,
                case .generating(var generating) = turn.stage
            else { continue }
            generating.assembler.heartbeat(into: &output)
            running[id]?.stage = .generating(generating)
            running[id]?.lastEvent = now.uptime
        }
    }

    /// The server stops: no new turns, waiting ones are refused, running ones finish or meet the deadline.
    public mutating func shutDown(deadline: Duration, at now: Moment) {
        guard phase != .closed else { return }
        phase = .stopping(until: deadline)
        refuseWaitingTurns(.shuttingDown)
        closeIfDone()
    }

    /// The transport is gone: everything in flight and waiting stops, all memory is given back (sections 11, 13).
    public mutating func disconnected() {
        guard phase != .closed else { return }
        for id in running.keys.sorted() { effects.append(.stop(id)) }
        phase = .closed
        running = [:]
        lanes = [:]
        readyLanes = []
        memory.removeAll()
        lastTools = nil
        waitingCount = 0
        waitingBytes = 0
    }

    /// The grace is over: what still runs or waits is told so.
    private mutating func endAllTurns(at now: Moment) {
        let error: APIError =
            if case .stopping = phase { .shuttingDown } else { .connectionLimitReached }
        refuseWaitingTurns(error)
        for id in running.keys.sorted() {
            guard let turn = running[id] else { continue }
            effects.append(.stop(id))
            switch turn.stage {
            case .generating(var generating):
                running[id]?.stage = .writing
                let assembled = generating.assembler.fail(error, into: &output)
                effects.append(.finished(id, error, object: assembled.object))
            case .fetching: refuse(error, streamID: turn.streamID, turn: id)
            case .writing: break
            }
        }
        running = [:]
    }

    private mutating func refuseWaitingTurns(_ error: APIError) {
        let waiting = lanes.keys.flatMap { lanes[$0]?.removeAll() ?? [] }.sorted { $0.id < $1.id }
        for turn in waiting { refuse(error, streamID: turn.streamID, turn: turn.id) }
        waitingCount = 0
        waitingBytes = 0
        readyLanes = []
    }

    /// Closes once nothing runs or waits any more, when it is to close at all.
    mutating func closeIfDone() {
        guard running.isEmpty, waitingCount == 0 else { return }
        switch phase {
        case .open, .closed: return
        case .expiring:
            // "Send the error frame once without `stream_id` and close with 1001" (section 13.1).
            if configuration.transport == .webSocket {
                output.errorFrame(.connectionLimitReached, streamID: nil)
            }
            close(.lifetimeOver)
        case .stopping: close(.shutdown)
        }
    }

    private mutating func close(_ reason: CloseReason) {
        disconnected()
        effects.append(.close(reason))
    }
}

extension RunningTurn {
    fileprivate var isGenerating: Bool { if case .generating = stage { true } else { false } }
}
