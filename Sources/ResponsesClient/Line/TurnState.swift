import ResponsesAPI

/// One turn from being asked to its end; the line forgets it then, in whatever phase it is.
struct TurnState {
    enum Phase {
        /// Another turn of its lane comes first. Next: `ready`.
        case queued
        /// Sent as soon as a connection takes it. Next: `running`.
        case ready
        /// Refused for now. Next: `ready`, at this time.
        case resting(until: Duration)
        /// It was sent. Next: `ready` or `resting`, to be sent again; `leaving`, when it is given up on a WebSocket.
        case running(RunningTry)
        /// It was given up: its program no longer waits for it, but its lane is taken until the server ends it. Final.
        /// `wasSilent`: no event of it had come by then, so an error that names no lane may be about it.
        case leaving(ConnectionNumber, since: Duration, wasSilent: Bool)
    }

    let lane: StreamID?
    let request: TurnRequest
    private(set) var phase = Phase.queued
    var tries = TurnTries()

    init(lane: StreamID?, request: TurnRequest) {
        self.lane = lane
        self.request = request
    }

    var isQueued: Bool { if case .queued = phase { true } else { false } }
    var isReady: Bool { if case .ready = phase { true } else { false } }
    var isLeaving: Bool { if case .leaving = phase { true } else { false } }
    var running: RunningTry? { if case .running(let attempt) = phase { attempt } else { nil } }
    var isOnHTTP: Bool { if case .running(let attempt) = phase { attempt.way == .http } else { false } }

    /// The connection that its events come on.
    var connection: ConnectionNumber? {
        switch phase {
        case .running(let attempt): if case .webSocket(let connection) = attempt.way { connection } else { nil }
        case .leaving(let connection, _, _): connection
        case .queued, .ready, .resting: nil
        }
    }

    /// It was sent, and no event of it was seen by its program.
    var isSilent: Bool {
        switch phase {
        case .running(let attempt): attempt.progress == .silent
        case .leaving(_, _, let wasSilent): wasSilent
        case .queued, .ready, .resting: false
        }
    }

    mutating func becomeReady() { phase = .ready }

    mutating func rest(until: Duration) { phase = .resting(until: until) }

    mutating func run(_ attempt: RunningTry, bytes: Int) -> Delivery {
        let delivery = Delivery(
            transport: attempt.way == .http ? .http : .webSocket, isIncrement: attempt.isIncrement, bytes: bytes,
            tries: (tries.delivery?.tries ?? 0) + 1)
        tries.delivery = delivery
        phase = .running(attempt)
        return delivery
    }

    mutating func leave(_ connection: ConnectionNumber, now: Duration) {
        phase = .leaving(connection, since: now, wasSilent: isSilent)
    }

    /// An event of the try came. The try is changed in place: a copy would copy its items with it.
    mutating func hear(_ event: ServerEvent, now: Duration) {
        phase.change { $0.hear(event, now: now) }
    }

    /// The line reads again, so silence counts from now on.
    mutating func restartSilence(now: Duration) {
        phase.change { $0.lastHeard = now }
    }
}

extension TurnState.Phase {
    fileprivate mutating func change(_ body: (inout RunningTry) -> Void) {
        switch consume self {
        case .running(var attempt):
            body(&attempt)
            self = .running(attempt)
        case let other: self = other
        }
    }
}
