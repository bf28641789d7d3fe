import ResponsesAPI

/// What servers say.
extension LineState {
    /// An event came on a WebSocket.
    mutating func received(_ event: ServerEvent, on connection: ConnectionNumber, now: Duration) {
        guard connections[connection] != nil else { return }
        if case .error(let error) = event.body, error.code == .connectionLimitReached {
            return receivedConnectionLimit(event, error, on: connection, now: now)
        }
        if case .error(let error) = event.body, mayBeAboutCancel(event, error, on: connection) {
            return receivedErrorAfterCancel(event, error, on: connection, now: now)
        }
        if event.streamID != nil { connections[connection]?.namesLanes = true }
        // Events that belong to none of the turns are ignored, as unknown types are (websocket-mode 5.2).
        guard let number = turn(of: event, on: connection) else { return }
        received(event, for: number, now: now)
        startTurns(now: now)
    }

    /// Whether an error may be the answer to a cancel event, whose type is not in the standard.
    private func mayBeAboutCancel(_ event: ServerEvent, _ error: APIError, on connection: ConnectionNumber) -> Bool {
        guard let connection = connections[connection], connection.sentCancel else { return false }
        // It may come after the end of the turn that was to be cancelled; a create never gets this answer.
        if Self.isAboutType(error) { return true }
        return connection.turns.contains { number in
            guard let turn = turns[number], turn.isAbandoned else { return false }
            return event.streamID == nil || event.streamID == turn.lane
        }
    }

    private static func isAboutType(_ error: APIError) -> Bool { error.code == .unknownEventType || error.param == "type" }

    /// An error that may be about a cancel event; then the cancelled turn still runs. While there is such a turn, the events
    /// of the connection cannot be assigned to turns.
    private mutating func receivedErrorAfterCancel(
        _ event: ServerEvent, _ error: APIError, on connection: ConnectionNumber, now: Duration
    ) {
        let hasCancelled = connections[connection]?.turns.contains { turns[$0]?.isAbandoned ?? false } ?? false
        if hasCancelled, error.code != .responseCancelled { retire(connection) }
        if Self.isAboutType(error) {
            peerCancels = false
        } else if let number = turn(of: event, on: connection) {
            received(event, for: number, now: now)
        }
        startTurns(now: now)
    }

    /// An event came over HTTP.
    mutating func receivedOverHTTP(_ event: ServerEvent, for number: TurnNumber, now: Duration) {
        guard turns[number]?.phase == .onHTTP else { return }
        wasReached = true
        received(event, for: number, now: now)
        // The end of the exchange follows at once. A turn that is tried again must not take it for the new exchange's.
        if !event.isTerminal { startTurns(now: now) }
    }

    /// The turn that an event belongs to. "Route by `stream_id`; an error without one concerns the default lane or the
    /// whole connection" (websocket-mode 18). Servers that know no lanes leave the name out of everything: with one turn in
    /// flight it is clear whose it is. Servers that know them sometimes leave it out of errors.
    private func turn(of event: ServerEvent, on connection: ConnectionNumber) -> TurnNumber? {
        guard let connection = connections[connection] else { return nil }
        if let number = connection.turns.first(where: { turns[$0]?.lane == event.streamID }) { return number }
        guard event.streamID == nil else { return nil }
        if case .error = event.body {
            let silent = connection.turns.filter { !(turns[$0]?.hasBegun ?? true) }
            if silent.count == 1 { return silent.first }
        } else if connection.namesLanes {
            // Of a turn that was moved off this connection.
            return nil
        }
        return connection.turns.count == 1 ? connection.turns.first : nil
    }

    private mutating func received(_ event: ServerEvent, for number: TurnNumber, now: Duration) {
        turns[number]?.lastHeard = now
        guard let turn = turns[number] else { return }
        if turn.isAbandoned { return receivedAfterCancel(event, number) }
        switch event.body {
        case .error(let error): return refused(number, error, event, now: now)
        case .failed(let response) where Self.isLostParent(response): return lostParent(number, event)
        case .created(let response): turns[number]?.responseID = response.id
        case .outputItemDone(let index, let item): turns[number]?.output[index] = item
        default: break
        }
        turns[number]?.hasBegun = true
        if event.response == nil { turns[number]?.hasSaid = true }
        effects.append(.deliver(number, event))
        switch event.body {
        case .completed(let response), .incomplete(let response): ended(number, response)
        case .failed(let response): failed(number, APIError(failed: response))
        default: break
        }
    }

    /// The program no longer reads it; only the end matters, which frees the lane.
    private mutating func receivedAfterCancel(_ event: ServerEvent, _ number: TurnNumber) {
        if event.isTerminal { finish(number, .broken(.turnCancelled)) }
    }

    // MARK: Ends

    private mutating func ended(_ number: TurnNumber, _ response: ResponseObject) {
        guard let turn = turns[number] else { return }
        let response = Self.whole(response, turn)
        // A cancelled response is not kept by servers either (websocket-mode 11).
        if response.incompleteReason != "cancelled" {
            let added = lanes[turn.lane]?.chain.pending.dropFirst(turn.base.pending.count) ?? []
            let chain = turn.base.adding(turn.input, response.output, parent: parent(turn, response))
            lanes[turn.lane]?.chain = chain
            addPending(Array(added), to: turn.lane)
        }
        finish(number, .ended(response))
    }

    /// The response with all items that came: some servers leave them out of the terminal event.
    private static func whole(_ response: ResponseObject, _ turn: TurnState) -> ResponseObject {
        guard response.output.count < turn.output.count else { return response }
        var fields = response.fields
        fields.output = turn.output.sorted { $0.key < $1.key }.map(\.value)
        return ResponseObject(fields)
    }

    private func parent(_ turn: TurnState, _ response: ResponseObject) -> Chain.Parent {
        let connection: ConnectionNumber? = if case .onSocket(let number) = turn.phase { number } else { nil }
        return Chain.Parent(
            id: response.id, isStored: response.store && turn.request.settings.store ?? true, line: line,
            connection: connection, settings: turn.settingsBytes)
    }

    /// The turn failed at the server, which drops its parent then (websocket-mode 7.3): the next turn sends everything.
    private mutating func failed(_ number: TurnNumber, _ error: APIError) {
        if let turn = turns[number], turn.wasIncrement { lanes[turn.lane]?.chain.parent = nil }
        finish(number, .failed(error))
    }

    // MARK: Refusals

    private static func isLostParent(_ response: ResponseObject) -> Bool {
        response.error?.code == .previousResponseNotFound
    }

    /// An `error` instead of a response, or in the middle of one.
    private mutating func refused(_ number: TurnNumber, _ error: APIError, _ event: ServerEvent?, now: Duration) {
        guard let turn = turns[number] else { return }
        if error.code == .previousResponseNotFound, turn.wasIncrement { return lostParent(number, event) }
        if error.code == .streamLimitReached, !turn.hasBegun, case .onSocket(let connection) = turn.phase {
            return move(number, off: connection, orFail: error)
        }
        if !turn.hasBegun, turn.retries < limits.retriesMax, let wait = retryWait(error, turn.retries + 1) {
            turns[number]?.retries += 1
            sendAgain(number)
            turns[number]?.phase = .resting(until: now + wait)
            return
        }
        if let event { effects.append(.deliver(number, event)) }
        failed(number, error)
    }

    /// One full resend on the same connection (websocket-mode 18): nothing was generated, so nothing is repeated.
    private mutating func lostParent(_ number: TurnNumber, _ event: ServerEvent?) {
        guard let turn = turns[number] else { return }
        // Servers may report it after `response.created`, but not after any output.
        if turn.wasIncrement, !turn.hasSaid {
            sendAgain(number)
        } else {
            if let event { effects.append(.deliver(number, event)) }
            failed(number, event?.failure ?? .previousResponseNotFound(turn.base.newest ?? ""))
        }
    }

    /// How long to wait before a refused turn is tried again; nil when another try would not help.
    private mutating func retryWait(_ error: APIError, _ tries: Int) -> Duration? {
        let isPassing = [408, 429, 500, 502, 503, 504].contains(error.status)
        guard isPassing, error.code != "insufficient_quota" else { return nil }
        // A 500 with a specific code names a cause that stays.
        guard error.status != 500 || error.code == nil || error.code == .serverError else { return nil }
        guard let seconds = error.retryAfterSeconds else { return backoff(tries) }
        return .seconds(seconds) <= limits.retryAfterMax ? .seconds(seconds) : nil
    }

    /// The connection is over for new turns. May come unasked, on an idle socket (websocket-mode 6.3).
    private mutating func receivedConnectionLimit(
        _ event: ServerEvent, _ error: APIError, on connection: ConnectionNumber, now: Duration
    ) {
        let refused = turn(of: event, on: connection)
        retire(connection)
        // The lane says which create was refused; without a lane it may be any that has not begun.
        for number in (connections[connection]?.turns ?? []).sorted() {
            guard let turn = turns[number], !turn.isAbandoned, !turn.hasBegun else { continue }
            if number == refused || event.streamID == nil { move(number, off: connection, orFail: error) }
        }
        startTurns(now: now)
    }

    /// Takes a turn that was refused, and did not run, to another connection.
    private mutating func move(_ number: TurnNumber, off connection: ConnectionNumber, orFail error: APIError) {
        guard let turn = turns[number], turn.moves < Self.movesMax else { return failed(number, error) }
        turns[number]?.moves += 1
        sendAgain(number)
        retire(connection)
    }

    /// Without it, a server that refuses every new connection would be asked forever.
    private static var movesMax: Int { 3 }

    // MARK: HTTP

    /// An HTTP exchange is over.
    mutating func ended(_ number: TurnNumber, _ end: ExchangeEnd, now: Duration) {
        guard let turn = turns[number], turn.phase == .onHTTP else { return startTurns(now: now) }
        switch end {
        case .finished: interrupted(number, .interrupted(nil))
        case .refused(let error):
            wasReached = true
            refused(number, error, nil, now: now)
        case .unreachable(let reason):
            failedTries += 1
            if wasReached, failedTries < limits.connectTriesMax {
                let wait = backoff(failedTries)
                turns[number]?.phase = .resting(until: now + wait)
            } else {
                failedTries = 0
                finish(number, .broken(.unreachable(reason)))
            }
        case .broken: interrupted(number, .interrupted(nil))
        case .garbage(let reason): finish(number, .broken(.notTheProtocol(reason)))
        case .timedOut: finish(number, .broken(.silence(limits.silenceMax)))
        }
        startTurns(now: now)
    }

    private mutating func interrupted(_ number: TurnNumber, _ error: ClientError) {
        guard let turn = turns[number] else { return }
        if turn.hasBegun || turn.wasResentAfterDrop { return finish(number, .broken(error)) }
        turns[number]?.wasResentAfterDrop = true
        sendAgain(number)
    }

    /// Something came that is not an event, so nothing that follows can be trusted.
    mutating func receivedGarbage(on connection: ConnectionNumber, code: UInt16 = 1007, now: Duration) {
        guard connections[connection] != nil else { return }
        effects.append(.close(connection, code: code, reason: "not an event of the Responses API"))
        closed(connection, code: code, now: now)
    }
}

extension ServerEvent {
    /// The error in the event.
    fileprivate var failure: APIError? {
        switch body {
        case .error(let error): error
        case .failed(let response): APIError(failed: response)
        default: nil
        }
    }
}

extension APIError {
    /// The error of a failed response.
    init(failed response: ResponseObject) {
        let code = response.error?.code
        let isRateLimit = code == .rateLimitExceeded
        self.init(
            status: isRateLimit ? 429 : code == .previousResponseNotFound ? 400 : 500,
            type: isRateLimit ? "rate_limit_error" : "server_error", code: code,
            message: response.error?.message ?? "The response failed.")
    }
}
