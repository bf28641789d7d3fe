import ResponsesAPI

/// From a turn that is ready to bytes on a connection.
extension LineState {
    /// Sends every turn that is ready as far as connections take them, in the order in which they were asked.
    mutating func startTurns(now: Duration) {
        guard !isClosed else { return }
        for number in turns.keys.sorted() where turns[number]?.phase == .ready {
            start(number, now: now)
        }
    }

    private mutating func start(_ number: TurnNumber, now: Duration) {
        guard let turn = turns[number] else { return }
        if usesHTTPOnly || turn.needsHTTP { return startOverHTTP(number, now: now) }
        guard let connection = connectionTaking(turn.lane, now: now) else { return }
        prepare(number, on: connection, now: now)
        let message = encoded(number, as: .event)
        guard message.count <= messageBytesMax else {
            turns[number]?.needsHTTP = true
            return startOverHTTP(number, now: now)
        }
        if let lane = turn.lane { connections[connection]?.laneNames.insert(lane) }
        connections[connection]?.turns.insert(number)
        turns[number]?.phase = .onSocket(connection)
        noteSent(number, .webSocket, message.count)
        effects.append(.send(connection, message))
    }

    private mutating func startOverHTTP(_ number: TurnNumber, now: Duration) {
        // HTTP endpoints would generate an answer instead.
        if turns[number]?.request.isWarmup ?? false { return finish(number, .cannotWarmUp) }
        let running = turns.values.count { $0.phase == .onHTTP }
        guard running < limits.turnsInFlightMax else { return }
        prepare(number, on: nil, now: now)
        let body = encoded(number, as: .http)
        turns[number]?.phase = .onHTTP
        noteSent(number, .http, body.count)
        effects.append(.post(number, body))
    }

    private mutating func noteSent(_ number: TurnNumber, _ transport: Delivery.Transport, _ bytes: Int) {
        guard let turn = turns[number] else { return }
        let delivery = Delivery(
            transport: transport, isIncrement: turn.wasIncrement, bytes: bytes, tries: (turn.delivery?.tries ?? 0) + 1)
        turns[number]?.delivery = delivery
        effects.append(.sent(number, delivery))
    }

    // MARK: Which connection

    /// The connection that takes a turn of this lane now; starts to connect when there is none.
    private mutating func connectionTaking(_ lane: StreamID?, now: Duration) -> ConnectionNumber? {
        if let number = current, let connection = connections[number], connection.isOpen {
            let isOld = now - connection.openedAt >= limits.connectionAgeMax
            let hasRoom = lane.map { connection.laneNames.contains($0) } ?? true
                || connection.laneNames.count < limits.laneNamesMax
            if isOld || !hasRoom {
                retire(number)
            } else {
                return connection.turns.count < limits.turnsInFlightMax ? number : nil
            }
        }
        if current == nil, connectAt.map({ $0 <= now }) ?? true {
            connectAt = nil
            let number = makeConnection()
            connections[number] = ConnectionState()
            current = number
            effects.append(.connect(number))
        }
        return nil
    }

    // MARK: What is sent

    /// Decides between an increment and the whole history, and keeps what the try was sent from.
    private mutating func prepare(_ number: TurnNumber, on connection: ConnectionNumber?, now: Duration) {
        guard var turn = turns[number] else { return }
        turn.beginTry(now: now)
        turn.base = lanes[turn.lane]?.chain ?? Chain()
        turn.input = turn.base.pending + turn.request.items
        if turn.settingsBytes.isEmpty { turn.settingsBytes = Self.comparable(turn.request.settings) }
        turn.wasIncrement = !turn.sendsFull && holds(turn.base.parent, connection, turn.settingsBytes)
        turns[number] = turn
    }

    /// Whether the server on this connection, or over HTTP when nil, knows the parent of a request with these settings.
    private func holds(_ parent: Chain.Parent?, _ connection: ConnectionNumber?, _ settings: [UInt8]) -> Bool {
        guard let parent, parent.settings == settings else { return false }
        return parent.isStored || (connection != nil && parent.connection == connection && parent.line == line)
    }

    /// The fields that have to be equal for an increment. The warmup's `generate` does not count: what follows a warmup
    /// continues it.
    private static func comparable(_ settings: CreateRequest) -> [UInt8] {
        var settings = settings
        settings.generate = nil
        settings.stream = nil
        return settings.encoded(as: .http)
    }

    private func encoded(_ number: TurnNumber, as form: CreateRequest.Form) -> [UInt8] {
        guard let turn = turns[number] else { return [] }
        var request = turn.request.settings
        request.hasInput = true
        if turn.wasIncrement, let parent = turn.base.parent {
            request.previousResponseID = parent.id
            request.input = turn.input
        } else {
            request.input = turn.base.items + turn.input
        }
        request.streamID = turn.lane
        request.generate = turn.request.isWarmup ? false : nil
        request.stream = form == .http ? true : nil
        return request.encoded(as: form)
    }
}
