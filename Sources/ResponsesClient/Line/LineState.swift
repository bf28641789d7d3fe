import ResponsesAPI

/// One line: its lanes, their chains, the turns that wait and run, and the connections that carry them.
///
/// A value: its methods say what happened, and leave effects. It holds no socket, clock or task; time is passed in as the
/// duration since the line began. Its parts are values with their own states: a `TurnState` and its `RunningTry`, a
/// `LaneState`, a `ConnectionState`, and `ServerReach`, which knows when to connect. What concerns several of them is
/// decided here. The rules are the client's (websocket-mode 18):
/// - The full history is kept here. A turn goes as an increment when the server still holds its parent and no field but
///   the input changed; otherwise everything is sent, without a parent.
/// - A turn is sent again at most once after its connection broke, and only if no event of it was seen; at most once after
///   `previous_response_not_found`. What is sent again is sent in full.
/// - A connection that reached its age takes no new turn; those that run on it end there, while the next go to a new one.
/// - 426 and repeated refusals of the upgrade leave the line with HTTP for good.
///
/// One long file, so that its state can be private. Its order: programs, time, sending, receiving, ends, connections.
struct LineState {
    private let limits: ClientLimits
    /// Identifies the line, as a chain may be moved from one line to another.
    private let line = LineNumber.next()
    private(set) var lanes: [StreamID?: LaneState] = [nil: LaneState()]
    /// The turns that are not over.
    private(set) var turns: [TurnNumber: TurnState] = [:]
    private(set) var connections: [ConnectionNumber: ConnectionState] = [:]
    private var reach: ServerReach
    /// The longest message that the peer is known to take.
    private var messageBytesMax: Int
    /// Whether the peer knows `response.cancel`: true until it refuses one.
    private var peerCancels = true
    /// The program is behind with its reading.
    private(set) var isReadingPaused = false
    private var isClosed = false
    /// What to do, in order; taken by `takeEffects`.
    private var effects: [LineEffect] = []
    private var nextTurn = 0
    private var nextConnection = 0

    /// - Parameter seed: decides the waits between tries.
    init(limits: ClientLimits = ClientLimits(), usesHTTPOnly: Bool = false, seed: UInt64 = 0) {
        self.limits = limits
        reach = ServerReach(limits, usesHTTPOnly: usesHTTPOnly, seed: seed)
        messageBytesMax = limits.messageBytesMax
    }

    mutating func takeEffects() -> [LineEffect] {
        defer { effects.removeAll(keepingCapacity: true) }
        return effects
    }

    var status: LineStatus {
        LineStatus(
            transport: reach.usesHTTPOnly ? .http : .webSocket, connections: nextConnection,
            isConnected: connections.values.contains { $0.isOpen })
    }

    // MARK: - What programs do

    /// A program asks for a turn. It runs when those before it on its lane are over.
    mutating func asked(_ request: TurnRequest, on lane: StreamID?, now: Duration) -> TurnNumber {
        nextTurn += 1
        let number = TurnNumber(rawValue: nextTurn)
        if isClosed {
            effects.append(.finish(number, .broken(.lineClosed)))
            return number
        }
        if turns.count >= limits.turnsWaitingMax {
            effects.append(.finish(number, .broken(.tooManyTurns(limits.turnsWaitingMax))))
            return number
        }
        turns[number] = TurnState(lane: lane, request: request)
        lanes[lane, default: LaneState()].add(number)
        advance(lane)
        startTurns(now: now)
        return number
    }

    /// The program no longer wants the turn.
    mutating func cancelled(_ number: TurnNumber, now: Duration) {
        guard let turn = turns[number], !turn.isLeaving else { return }
        giveUp(number, as: .broken(.turnCancelled), now: now)
        startTurns(now: now)
    }

    func chain(of lane: StreamID?) -> Chain { lanes[lane]?.chain ?? Chain() }

    /// The program puts a chain on a lane, or makes a lane with it.
    ///
    /// - Returns: false when turns run or wait on the lane: they would end on another chain than they began on.
    mutating func put(_ chain: Chain, on lane: StreamID?) -> Bool {
        guard lanes[lane]?.turns.isEmpty ?? true else { return false }
        // A named lane without a chain is like one that was never named: a program with one for each task leaves nothing.
        lanes[lane] = lane != nil && chain.isEmpty ? nil : LaneState(chain)
        return true
    }

    /// Items that go before the lane's next turn.
    mutating func addPending(_ items: [Item], to lane: StreamID?) {
        lanes[lane, default: LaneState()].addPending(items)
    }

    /// The program leaves the line: what runs and waits ends, sockets close.
    mutating func close() {
        guard !isClosed else { return }
        isClosed = true
        for number in turns.keys.sorted() {
            guard let turn = turns[number] else { continue }
            if turn.isOnHTTP { effects.append(.abortPost(number)) }
            if !turn.isLeaving { effects.append(.finish(number, .broken(.lineClosed))) }
        }
        turns = [:]
        for lane in lanes.keys { lanes[lane]?.removeAllTurns() }
        for number in connections.keys { effects.append(.close(number, code: 1000, reason: "")) }
        connections = [:]
    }

    // MARK: - Time

    /// When `wokeUp` wants to be called; nil for never.
    var wakeUpTime: Duration? {
        var times: [Duration] = []
        if let until = reach.restsUntil, current == nil, turns.values.contains(where: \.isReady) { times.append(until) }
        for turn in turns.values {
            switch turn.phase {
            case .resting(let until): times.append(until)
            case .leaving(let connection, let since, _):
                // A retired connection waits for its other turns only.
                if connections[connection]?.isRetired == false { times.append(since + limits.cancelTimeout) }
            case .running(let attempt):
                if let end = endOfSilence(attempt) { times.append(end) }
            case .queued, .ready: break
            }
        }
        return times.min()
    }

    mutating func wokeUp(now: Duration) {
        reach.wokeUp(now: now)
        for number in turns.keys.sorted() {
            switch turns[number]?.phase {
            case .resting(let until) where until <= now: turns[number]?.becomeReady()
            case .leaving(let connection, let since, _) where since + limits.cancelTimeout <= now: retire(connection)
            case .running(let attempt):
                if let end = endOfSilence(attempt), end <= now {
                    giveUp(number, as: .broken(.silence(limits.silenceMax)), now: now, sendsCancel: false)
                }
            default: break
            }
        }
        startTurns(now: now)
    }

    /// When a try fails if nothing more comes of it.
    private func endOfSilence(_ attempt: RunningTry) -> Duration? {
        // Exchanges over HTTP measure silence themselves.
        if isReadingPaused || attempt.way == .http { return nil }
        return attempt.lastHeard + limits.silenceMax
    }

    /// The program is behind with its reading, so nothing is read from the server; its silence then means nothing.
    mutating func readingPaused(_ isPaused: Bool, now: Duration) {
        isReadingPaused = isPaused
        guard !isPaused else { return }
        for number in turns.keys { turns[number]?.restartSilence(now: now) }
    }

    // MARK: - Sending

    /// Sends every turn that is ready as far as connections take them, in the order in which they were asked.
    private mutating func startTurns(now: Duration) {
        guard !isClosed else { return }
        for number in turns.keys.sorted() where turns[number]?.isReady ?? false {
            start(number, now: now)
        }
    }

    private mutating func start(_ number: TurnNumber, now: Duration) {
        guard let turn = turns[number] else { return }
        if reach.usesHTTPOnly || turn.tries.needsHTTP { return startOverHTTP(number, now: now) }
        guard let connection = connectionTaking(turn.lane, now: now) else { return }
        let attempt = RunningTry(turn, continuing: chain(of: turn.lane), of: line, on: .webSocket(connection), now: now)
        let message = attempt.encoded(turn.request, on: turn.lane)
        guard message.count <= messageBytesMax else {
            turns[number]?.tries.needsHTTP = true
            return startOverHTTP(number, now: now)
        }
        connections[connection]?.add(number, of: turn.lane)
        run(number, attempt, bytes: message.count)
        effects.append(.send(connection, message))
    }

    private mutating func startOverHTTP(_ number: TurnNumber, now: Duration) {
        guard let turn = turns[number] else { return }
        // HTTP endpoints would generate an answer instead.
        if turn.request.isWarmup { return finish(number, .cannotWarmUp) }
        guard turns.values.count(where: \.isOnHTTP) < limits.turnsInFlightMax else { return }
        let attempt = RunningTry(turn, continuing: chain(of: turn.lane), of: line, on: .http, now: now)
        let body = attempt.encoded(turn.request, on: turn.lane)
        run(number, attempt, bytes: body.count)
        effects.append(.post(number, body))
    }

    private mutating func run(_ number: TurnNumber, _ attempt: RunningTry, bytes: Int) {
        guard let delivery = turns[number]?.run(attempt, bytes: bytes) else { return }
        effects.append(.sent(number, delivery))
    }

    /// The connection that takes turns, or is being opened: all others are retired.
    private var current: ConnectionNumber? { connections.first { !$0.value.isRetired }?.key }

    /// The connection that takes a turn of this lane now; starts to connect when there is none.
    private mutating func connectionTaking(_ lane: StreamID?, now: Duration) -> ConnectionNumber? {
        if let number = current, let connection = connections[number] {
            switch connection.offer(to: lane, limits, now: now) {
            case .now: return number
            case .later: return nil
            case .never: retire(number)
            }
        }
        if reach.mayConnect(now: now) {
            nextConnection += 1
            let number = ConnectionNumber(rawValue: nextConnection)
            connections[number] = ConnectionState()
            effects.append(.connect(number))
        }
        return nil
    }

    /// Makes a turn ready again, to be sent in full: one that carries a parent is not repeated (websocket-mode 18).
    private mutating func sendAgain(_ number: TurnNumber) {
        let connection = turns[number]?.connection
        turns[number]?.becomeReady()
        turns[number]?.tries.sendsFull = true
        if let connection { left(connection, number) }
    }

    // MARK: - Receiving

    /// An event came on a WebSocket.
    mutating func received(_ event: ServerEvent, on connection: ConnectionNumber, now: Duration) {
        guard connections[connection] != nil else { return }
        if case .error(let error) = event.body, error.code == .connectionLimitReached {
            return receivedConnectionLimit(event, error, on: connection, now: now)
        }
        if case .error(let error) = event.body, mayBeAboutCancel(event, error, on: connection) {
            return receivedErrorAfterCancel(event, error, on: connection, now: now)
        }
        connections[connection]?.heard(event)
        // Events that belong to none of the turns are ignored, as unknown types are (websocket-mode 5.2).
        guard let number = turn(of: event, on: connection) else { return }
        received(event, for: number, now: now)
        startTurns(now: now)
    }

    /// An event came over HTTP.
    mutating func receivedOverHTTP(_ event: ServerEvent, for number: TurnNumber, now: Duration) {
        guard turns[number]?.isOnHTTP ?? false else { return }
        reach.answered()
        received(event, for: number, now: now)
        // The end of the exchange follows at once. A turn that is tried again must not take it for the new exchange's.
        if !event.isTerminal { startTurns(now: now) }
    }

    /// Something came that is not an event, so nothing that follows can be trusted.
    mutating func receivedGarbage(on connection: ConnectionNumber, code: UInt16 = 1007, now: Duration) {
        guard connections[connection] != nil else { return }
        effects.append(.close(connection, code: code, reason: "not an event of the Responses API"))
        closed(connection, code: code, now: now)
    }

    /// The turn that an event belongs to. "Route by `stream_id`; an error without one concerns the default lane or the
    /// whole connection" (websocket-mode 18). Servers that know no lanes leave the name out of everything: with one turn in
    /// flight it is clear whose it is. Servers that know them sometimes leave it out of errors.
    private func turn(of event: ServerEvent, on connection: ConnectionNumber) -> TurnNumber? {
        guard let connection = connections[connection] else { return nil }
        if let number = connection.turns.first(where: { turns[$0]?.lane == event.streamID }) { return number }
        guard event.streamID == nil else { return nil }
        if case .error = event.body {
            let silent = connection.turns.filter { turns[$0]?.isSilent ?? false }
            if silent.count == 1 { return silent.first }
        } else if connection.namesLanes {
            // Of a turn that was moved off this connection.
            return nil
        }
        return connection.turns.count == 1 ? connection.turns.first : nil
    }

    private mutating func received(_ event: ServerEvent, for number: TurnNumber, now: Duration) {
        if turns[number]?.isLeaving ?? false {
            // The program no longer reads it; only the end matters, which frees the lane.
            if event.isTerminal { remove(number) }
            return
        }
        switch event.body {
        case .error(let error): return refused(number, error, event, now: now)
        case .failed(let response) where response.error?.code == .previousResponseNotFound: return lostParent(number, event)
        default: break
        }
        turns[number]?.hear(event, now: now)
        effects.append(.deliver(number, event))
        switch event.body {
        case .completed(let response), .incomplete(let response): ended(number, response)
        case .failed(let response): failed(number, APIError(failed: response))
        default: break
        }
    }

    // MARK: Errors that may be about a cancel event

    /// Whether an error may be the answer to a cancel event, whose type is not in the standard.
    private func mayBeAboutCancel(_ event: ServerEvent, _ error: APIError, on connection: ConnectionNumber) -> Bool {
        guard let connection = connections[connection], connection.sentCancel else { return false }
        // It may come after the end of the turn that was to be cancelled; a create never gets this answer.
        if Self.isAboutType(error) { return true }
        return connection.turns.contains { number in
            guard let turn = turns[number], turn.isLeaving else { return false }
            return event.streamID == nil || event.streamID == turn.lane
        }
    }

    private static func isAboutType(_ error: APIError) -> Bool { error.code == .unknownEventType || error.param == "type" }

    /// An error that may be about a cancel event; then the cancelled turn still runs. While there is such a turn, the events
    /// of the connection cannot be assigned to turns.
    private mutating func receivedErrorAfterCancel(
        _ event: ServerEvent, _ error: APIError, on connection: ConnectionNumber, now: Duration
    ) {
        let hasCancelled = connections[connection]?.turns.contains { turns[$0]?.isLeaving ?? false } ?? false
        if hasCancelled, error.code != .responseCancelled { retire(connection) }
        if Self.isAboutType(error) {
            peerCancels = false
        } else if let number = turn(of: event, on: connection) {
            received(event, for: number, now: now)
        }
        startTurns(now: now)
    }

    // MARK: Refusals

    /// An `error` instead of a response, or in the middle of one.
    private mutating func refused(_ number: TurnNumber, _ error: APIError, _ event: ServerEvent?, now: Duration) {
        guard let turn = turns[number], let attempt = turn.running else { return }
        if error.code == .previousResponseNotFound, attempt.isIncrement { return lostParent(number, event) }
        if turn.isSilent {
            if error.code == .streamLimitReached, let connection = turn.connection {
                return move(number, off: connection, orFail: error)
            }
            if turn.tries.retries < limits.retriesMax, let wait = retryWait(error, turn.tries.retries + 1) {
                turns[number]?.tries.retries += 1
                sendAgain(number)
                turns[number]?.rest(until: now + wait)
                return
            }
        }
        if let event { effects.append(.deliver(number, event)) }
        failed(number, error)
    }

    /// One full resend on the same connection (websocket-mode 18): nothing was generated, so nothing is repeated.
    private mutating func lostParent(_ number: TurnNumber, _ event: ServerEvent?) {
        guard let attempt = turns[number]?.running else { return }
        // Servers may report it after `response.created`, but not after any output.
        if attempt.isIncrement, attempt.progress != .said {
            sendAgain(number)
        } else {
            if let event { effects.append(.deliver(number, event)) }
            failed(number, event?.failure ?? .previousResponseNotFound(attempt.base.newest ?? ""))
        }
    }

    /// How long to wait before a refused turn is tried again; nil when another try would not help.
    private mutating func retryWait(_ error: APIError, _ tries: Int) -> Duration? {
        let isPassing = [408, 429, 500, 502, 503, 504].contains(error.status)
        guard isPassing, error.code != "insufficient_quota" else { return nil }
        // A 500 with a specific code names a cause that stays.
        guard error.status != 500 || error.code == nil || error.code == .serverError else { return nil }
        guard let seconds = error.retryAfterSeconds else { return reach.backoff(tries) }
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
            guard let turn = turns[number], !turn.isLeaving, turn.isSilent else { continue }
            if number == refused || event.streamID == nil { move(number, off: connection, orFail: error) }
        }
        startTurns(now: now)
    }

    /// Takes a turn that was refused, and did not run, to another connection.
    private mutating func move(_ number: TurnNumber, off connection: ConnectionNumber, orFail error: APIError) {
        guard let turn = turns[number], turn.tries.moves < Self.movesMax else { return failed(number, error) }
        turns[number]?.tries.moves += 1
        sendAgain(number)
        retire(connection)
    }

    /// Without it, a server that refuses every new connection would be asked forever.
    private static var movesMax: Int { 3 }

    // MARK: The end of an exchange over HTTP

    mutating func ended(_ number: TurnNumber, _ end: ExchangeEnd, now: Duration) {
        if let turn = turns[number], turn.isOnHTTP { ended(number, turn, end, now: now) }
        startTurns(now: now)
    }

    private mutating func ended(_ number: TurnNumber, _ turn: TurnState, _ end: ExchangeEnd, now: Duration) {
        switch end {
        case .finished, .broken:
            if turn.isSilent, !turn.tries.wasResentAfterDrop {
                turns[number]?.tries.wasResentAfterDrop = true
                sendAgain(number)
            } else {
                finish(number, .broken(.interrupted(nil)))
            }
        case .refused(let error):
            reach.answered()
            refused(number, error, nil, now: now)
        case .unreachable(let reason):
            if let wait = reach.failedOverHTTP() {
                turns[number]?.rest(until: now + wait)
            } else {
                finish(number, .broken(.unreachable(reason)))
            }
        case .garbage(let reason): finish(number, .broken(.notTheProtocol(reason)))
        case .timedOut: finish(number, .broken(.silence(limits.silenceMax)))
        }
    }

    // MARK: - Ends of turns

    private mutating func ended(_ number: TurnNumber, _ response: ResponseObject) {
        guard let turn = turns[number], let attempt = turn.running else { return }
        let response = attempt.whole(response)
        // A cancelled response is not kept by servers either (websocket-mode 11).
        if response.incompleteReason != "cancelled" {
            let parent = attempt.parent(response, storeWanted: turn.request.settings.store, on: line)
            lanes[turn.lane]?.advance(from: attempt.base, by: attempt.input, response.output, parent: parent)
        }
        finish(number, .ended(response))
    }

    /// The turn failed at the server, which drops its parent then (websocket-mode 7.3): the next turn sends everything.
    private mutating func failed(_ number: TurnNumber, _ error: APIError) {
        if let turn = turns[number], turn.running?.isIncrement ?? false { lanes[turn.lane]?.forgetParent() }
        finish(number, .failed(error))
    }

    /// The program stops waiting for a turn, which may still run at the server.
    private mutating func giveUp(_ number: TurnNumber, as end: TurnEnd, now: Duration, sendsCancel: Bool = true) {
        guard let turn = turns[number] else { return }
        switch turn.phase {
        case .leaving: return
        case .queued, .ready, .resting: finish(number, end)
        case .running(let attempt):
            guard case .webSocket(let connection) = attempt.way else {
                effects.append(.finish(number, end))
                effects.append(.abortPost(number))
                return remove(number)
            }
            effects.append(.finish(number, end))
            // Its lane is free when the server says so; a server that does not know the event loses the connection.
            turns[number]?.leave(connection, now: now)
            if sendsCancel, peerCancels {
                connections[connection]?.noteCancelSent()
                effects.append(.send(connection, Self.cancelEvent(attempt.responseID, turn.lane)))
                freeLanes(leftOn: connection)
            } else {
                retire(connection)
            }
        }
    }

    /// The standard has no cancel event; clients send this form (websocket-mode 4.4, websocket-mode 11).
    private static func cancelEvent(_ response: ResponseID?, _ lane: StreamID?) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value(literal: "response.cancel")
        json.member("response_id", ifSet: response?.rawValue)
        json.member("stream_id", ifSet: lane?.rawValue)
        json.endObject()
        return json.bytes
    }

    /// On a connection that takes no more turns nothing can follow a cancelled one, so its lane continues elsewhere at once.
    /// The turn itself stays, so that what the server still says of it is not taken for another's.
    private mutating func freeLanes(leftOn connection: ConnectionNumber) {
        guard let left = connections[connection], left.isRetired else { return }
        for number in left.turns.sorted() {
            guard let turn = turns[number], turn.isLeaving else { continue }
            lanes[turn.lane]?.remove(number)
            advance(turn.lane)
        }
    }

    /// Ends a turn for its program, which waits for it, and frees its lane.
    private mutating func finish(_ number: TurnNumber, _ end: TurnEnd) {
        effects.append(.finish(number, end))
        remove(number)
    }

    /// Takes a turn off its connection and lane; the lane's next becomes ready.
    private mutating func remove(_ number: TurnNumber) {
        guard let turn = turns.removeValue(forKey: number) else { return }
        lanes[turn.lane]?.remove(number)
        advance(turn.lane)
        if let connection = turn.connection { left(connection, number) }
    }

    /// The first turn of a lane is ready when it waited behind another.
    private mutating func advance(_ lane: StreamID?) {
        guard let first = lanes[lane]?.turns.first, turns[first]?.isQueued ?? false else { return }
        turns[first]?.becomeReady()
    }

    // MARK: - Connections

    mutating func opened(_ number: ConnectionNumber, now: Duration) {
        guard connections[number] != nil else {
            // Nobody waits for it now.
            effects.append(.close(number, code: 1000, reason: ""))
            return
        }
        connections[number]?.opened(now: now)
        reach.opened()
        startTurns(now: now)
    }

    /// A connection could not be made.
    mutating func failed(_ number: ConnectionNumber, _ failure: ConnectFailure, now: Duration) {
        guard connections.removeValue(forKey: number) != nil else { return }
        if case .gaveUp(let end) = reach.failed(failure, now: now) {
            // Ends the turns that wait for a connection.
            for number in turns.keys.sorted() {
                if let turn = turns[number], turn.isReady, !turn.tries.needsHTTP { finish(number, end) }
            }
        }
        startTurns(now: now)
    }

    /// A connection is over: closed by the peer, broken, or closed by us.
    mutating func closed(_ number: ConnectionNumber, code: UInt16, now: Duration) {
        guard let connection = connections.removeValue(forKey: number) else { return }
        // The peer does not say which message was too big (1009).
        let silent = connection.turns.compactMap { turns[$0] }.filter(\.isSilent)
        let bytesMax = silent.compactMap { $0.tries.delivery?.bytes }.max() ?? 0
        for turn in connection.turns.sorted() { dropped(turn, code: code, tooBig: bytesMax) }
        startTurns(now: now)
    }

    private mutating func dropped(_ number: TurnNumber, code: UInt16, tooBig: Int) {
        guard let turn = turns[number] else { return }
        if turn.isLeaving {
            remove(number)
        } else if !turn.isSilent {
            // Its effects may have been seen: only its program can say whether it may be asked again.
            finish(number, .broken(.interrupted(code)))
        } else if code == 1008 {
            finish(number, .broken(.policyClosed))
        } else if code == 1009, let bytes = turn.tries.delivery?.bytes, bytes >= tooBig {
            messageBytesMax = min(messageBytesMax, max(0, bytes - 1))
            turns[number]?.tries.needsHTTP = true
            sendAgain(number)
        } else if turn.tries.wasResentAfterDrop {
            finish(number, .broken(.interrupted(code)))
        } else {
            turns[number]?.tries.wasResentAfterDrop = true
            sendAgain(number)
        }
    }

    /// Gives a connection no more turns; it closes with the last one that its program waits for.
    private mutating func retire(_ number: ConnectionNumber) {
        connections[number]?.retire()
        freeLanes(leftOn: number)
        closeIfDone(number)
    }

    /// A turn is no longer on the connection.
    private mutating func left(_ number: ConnectionNumber, _ turn: TurnNumber) {
        connections[number]?.remove(turn)
        closeIfDone(number)
    }

    private mutating func closeIfDone(_ number: ConnectionNumber) {
        guard let connection = connections[number], connection.isRetired else { return }
        guard connection.turns.allSatisfy({ turns[$0]?.isLeaving ?? true }) else { return }
        connections[number] = nil
        effects.append(.close(number, code: 1000, reason: ""))
        for turn in connection.turns.sorted() { remove(turn) }
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
    fileprivate init(failed response: ResponseObject) {
        let code = response.error?.code
        let isRateLimit = code == .rateLimitExceeded
        self.init(
            status: isRateLimit ? 429 : code == .previousResponseNotFound ? 400 : 500,
            type: isRateLimit ? "rate_limit_error" : "server_error", code: code,
            message: response.error?.message ?? "The response failed.")
    }
}
