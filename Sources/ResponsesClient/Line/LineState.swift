import ResponsesAPI

/// One line: its lanes, their chains, the turns that wait and run, and the connections that carry them.
///
/// A value: its methods say what happened, and leave effects. It holds no socket, clock or task; time is passed in as the
/// duration since the line began. The rules are the client's (websocket-mode 18):
/// - The full history is kept here. A turn goes as an increment when the server still holds its parent and no field but
///   the input changed; otherwise everything is sent, without a parent.
/// - A turn is sent again at most once after its connection broke, and only if no event of it was seen; at most once after
///   `previous_response_not_found`. What is sent again is sent in full.
/// - A connection that reached its age takes no new turn; those that run on it end there, while the next go to a new one.
/// - 426 and repeated refusals of the upgrade leave the line with HTTP for good.
struct LineState {
    let limits: ClientLimits
    /// Identifies the line, as a chain may be moved from one line to another.
    let line = LineNumber.next()
    var lanes: [StreamID?: LaneState] = [nil: LaneState()]
    var turns: [TurnNumber: TurnState] = [:]
    var connections: [ConnectionNumber: ConnectionState] = [:]
    /// The connection that takes turns, or is being opened.
    var current: ConnectionNumber?
    /// What to do, in order; taken by `takeEffects`.
    var effects: [LineEffect] = []

    // How the server is reached.

    /// WebSocket was refused for good, or is not wanted.
    var usesHTTPOnly: Bool
    var upgradeRefusals = 0
    /// The longest message that the peer is known to take.
    var messageBytesMax: Int
    /// Whether the peer knows `response.cancel`: true until it refuses one.
    var peerCancels = true
    /// Tries since the server was last reached.
    var failedTries = 0
    /// No try before this.
    var connectAt: Duration?
    /// Whether the server was ever reached: if not, a refusal ends the waiting turns at once.
    var wasReached = false
    var isReadingPaused = false
    var isClosed = false
    var random: JitterSource

    private var nextTurn = 0
    private var nextConnection = 0

    struct LaneState {
        var chain = Chain()
        /// The turns that are not over, in order; the first may run.
        var turns: [TurnNumber] = []
    }

    struct ConnectionState {
        var isOpen = false
        var openedAt = Duration.zero
        /// Takes no new turn; closes with its last one.
        var isRetired = false
        var laneNames: Set<StreamID> = []
        /// Events on it name their lane: an event without a name belongs to the default lane.
        var namesLanes = false
        var sentCancel = false
        var turns: Set<TurnNumber> = []
    }

    /// - Parameter seed: decides the waits between tries.
    init(limits: ClientLimits = ClientLimits(), usesHTTPOnly: Bool = false, seed: UInt64 = 0) {
        self.limits = limits
        self.usesHTTPOnly = usesHTTPOnly
        messageBytesMax = limits.messageBytesMax
        random = JitterSource(seed: seed)
    }

    mutating func takeEffects() -> [LineEffect] {
        defer { effects.removeAll(keepingCapacity: true) }
        return effects
    }

    mutating func makeConnection() -> ConnectionNumber {
        nextConnection += 1
        return ConnectionNumber(rawValue: nextConnection)
    }

    /// Connections asked for so far.
    var connectionCount: Int { nextConnection }

    // MARK: What programs do

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
        lanes[lane, default: LaneState()].turns.append(number)
        advance(lane)
        startTurns(now: now)
        return number
    }

    /// The program no longer wants the turn.
    mutating func cancelled(_ number: TurnNumber, now: Duration) {
        guard let turn = turns[number], !turn.isAbandoned else { return }
        abandon(number, as: .broken(.turnCancelled), now: now)
        startTurns(now: now)
    }

    /// The program puts a chain on a lane, or makes a lane with it.
    ///
    /// - Returns: false when turns run or wait on the lane: they would end on another chain than they began on.
    mutating func put(_ chain: Chain, on lane: StreamID?) -> Bool {
        guard lanes[lane]?.turns.isEmpty ?? true else { return false }
        // A named lane without a chain is like one that was never named: a program that names one for each task leaves nothing.
        lanes[lane] = lane != nil && chain.isEmpty ? nil : LaneState(chain: chain)
        return true
    }

    /// Items that go before the lane's next turn.
    mutating func addPending(_ items: [Item], to lane: StreamID?) {
        lanes[lane, default: LaneState()].chain.pending += items
    }

    /// The program leaves the line: what runs and waits ends, sockets close.
    mutating func close() {
        guard !isClosed else { return }
        isClosed = true
        for number in turns.keys.sorted() {
            guard let turn = turns[number] else { continue }
            if turn.phase == .onHTTP { effects.append(.abortPost(number)) }
            if !turn.isAbandoned { effects.append(.finish(number, .broken(.lineClosed))) }
        }
        turns = [:]
        for lane in lanes.keys { lanes[lane]?.turns = [] }
        for number in connections.keys { effects.append(.close(number, code: 1000, reason: "")) }
        connections = [:]
        current = nil
        connectAt = nil
    }

    // MARK: Time

    /// When `wokeUp` wants to be called; nil for never.
    var wakeUpTime: Duration? {
        var times: [Duration] = []
        if let connectAt, current == nil, turns.values.contains(where: { $0.phase == .ready }) { times.append(connectAt) }
        for turn in turns.values {
            switch turn.phase {
            case .resting(let until): times.append(until)
            case .onSocket(let connection) where turn.isAbandoned:
                // A retired connection waits for its other turns only.
                if !(connections[connection]?.isRetired ?? true) { times.append(turn.cancelledAt + limits.cancelTimeout) }
            case .onSocket:
                if !isReadingPaused { times.append(turn.lastHeard + limits.silenceMax) }
            // Exchanges over HTTP measure silence themselves.
            case .queued, .ready, .onHTTP: break
            }
        }
        return times.min()
    }

    mutating func wokeUp(now: Duration) {
        if let at = connectAt, at <= now { connectAt = nil }
        for number in turns.keys.sorted() {
            guard let turn = turns[number] else { continue }
            switch turn.phase {
            case .resting(let until) where until <= now: turns[number]?.phase = .ready
            case .onSocket(let connection) where turn.isAbandoned:
                if turn.cancelledAt + limits.cancelTimeout <= now { retire(connection) }
            case .onSocket:
                if !isReadingPaused, turn.lastHeard + limits.silenceMax <= now {
                    abandon(number, as: .broken(.silence(limits.silenceMax)), now: now, sendsCancel: false)
                }
            default: break
            }
        }
        startTurns(now: now)
    }

    /// The program is behind with its reading, so nothing is read from the server; its silence then means nothing.
    mutating func readingPaused(_ isPaused: Bool, now: Duration) {
        isReadingPaused = isPaused
        guard !isPaused else { return }
        for number in turns.keys { turns[number]?.lastHeard = now }
    }

    // MARK: Ends

    /// Abandons a turn that has not ended at the server.
    mutating func abandon(_ number: TurnNumber, as end: TurnEnd, now: Duration, sendsCancel: Bool = true) {
        guard let turn = turns[number] else { return }
        effects.append(.finish(number, end))
        switch turn.phase {
        case .queued, .ready, .resting: remove(number)
        case .onHTTP:
            effects.append(.abortPost(number))
            remove(number)
        case .onSocket(let connection):
            // Its lane is free when the server says so; a server that does not know the event loses the connection.
            turns[number]?.isAbandoned = true
            turns[number]?.cancelledAt = now
            if sendsCancel, peerCancels, connections[connection] != nil {
                connections[connection]?.sentCancel = true
                effects.append(.send(connection, cancelEvent(turn)))
                freeLanes(leftOn: connection)
            } else {
                retire(connection)
            }
        }
    }

    /// The standard has no cancel event; clients send this form (websocket-mode 4.4, websocket-mode 11).
    private func cancelEvent(_ turn: TurnState) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value(literal: "response.cancel")
        json.member("response_id", ifSet: turn.responseID?.rawValue)
        json.member("stream_id", ifSet: turn.lane?.rawValue)
        json.endObject()
        return json.bytes
    }

    /// On a connection that takes no more turns nothing can follow a cancelled one, so its lane continues elsewhere at once.
    /// The turn itself stays, so that what the server still says of it is not taken for another's.
    mutating func freeLanes(leftOn connection: ConnectionNumber) {
        guard let left = connections[connection], left.isRetired else { return }
        for number in left.turns.sorted() {
            guard let turn = turns[number], turn.isAbandoned else { continue }
            lanes[turn.lane]?.turns.removeAll { $0 == number }
            advance(turn.lane)
        }
    }

    /// Ends a turn for its program and frees its lane.
    mutating func finish(_ number: TurnNumber, _ end: TurnEnd) {
        guard let turn = turns[number] else { return }
        if !turn.isAbandoned { effects.append(.finish(number, end)) }
        remove(number)
    }

    /// Takes a turn off its connection and lane; the lane's next becomes ready.
    mutating func remove(_ number: TurnNumber) {
        guard let turn = turns.removeValue(forKey: number) else { return }
        lanes[turn.lane]?.turns.removeAll { $0 == number }
        advance(turn.lane)
        if case .onSocket(let connection) = turn.phase { left(connection, number) }
    }

    /// The first turn of a lane is ready when it waited behind another.
    private mutating func advance(_ lane: StreamID?) {
        guard let first = lanes[lane]?.turns.first, turns[first]?.phase == .queued else { return }
        turns[first]?.phase = .ready
    }
}
