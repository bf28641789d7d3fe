import ResponsesAPI

/// One connection, from being asked for until it closes or fails; the line forgets it then.
struct ConnectionState {
    enum Phase {
        /// TCP, TLS and the upgrade. Next: `open`.
        case opening
        /// Takes turns. Next: `retired`.
        case open(since: Duration, laneNames: Set<StreamID>)
        /// Takes no new turn; closes with the last one that its program waits for. Final.
        case retired
    }

    /// Whether a connection takes a turn.
    enum Offer {
        case now
        /// When it is open, or when one of its turns has ended.
        case later
        /// It is old, or has no room for another lane name.
        case never
    }

    private(set) var phase = Phase.opening
    private(set) var turns: Set<TurnNumber> = []
    /// Events on it name their lane: an event without a name belongs to the default lane.
    private(set) var namesLanes = false
    /// A cancel event was sent on it: its type is not in the standard, so an error may be the answer to it.
    private(set) var sentCancel = false

    var isOpen: Bool { if case .open = phase { true } else { false } }
    var isRetired: Bool { if case .retired = phase { true } else { false } }

    func offer(to lane: StreamID?, _ limits: ClientLimits, now: Duration) -> Offer {
        switch phase {
        case .opening: return .later
        case .open(let since, let laneNames):
            let isOld = now - since >= limits.connectionAgeMax
            let hasRoom = lane.map { laneNames.contains($0) } ?? true || laneNames.count < limits.laneNamesMax
            if isOld || !hasRoom { return .never }
            return turns.count < limits.turnsInFlightMax ? .now : .later
        case .retired: return .never
        }
    }

    mutating func opened(now: Duration) {
        if case .opening = phase { phase = .open(since: now, laneNames: []) }
    }

    mutating func retire() { phase = .retired }

    mutating func add(_ turn: TurnNumber, of lane: StreamID?) {
        turns.insert(turn)
        guard let lane, case .open(let since, var laneNames) = phase else { return }
        laneNames.insert(lane)
        phase = .open(since: since, laneNames: laneNames)
    }

    mutating func remove(_ turn: TurnNumber) { turns.remove(turn) }

    mutating func heard(_ event: ServerEvent) { if event.streamID != nil { namesLanes = true } }

    mutating func noteCancelSent() { sentCancel = true }
}
