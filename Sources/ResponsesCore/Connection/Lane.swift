import ResponsesAPI

/// The turns of one lane: first come, first served, one response at a time (websocket-mode 9).
struct Lane: Sendable {
    enum State: Sendable, Hashable {
        /// Nothing runs; a waiting turn may start. Next: `busy`.
        case idle
        /// A turn runs, or its last event is not written yet. Next: `idle`, once that turn is finished.
        case busy(TurnID)
    }

    private(set) var state = State.idle
    private(set) var waiting: [QueuedTurn] = []
    /// The newest response, which memory keeps for certain.
    var newest: ResponseID?

    var isIdle: Bool { state == .idle }
    /// Whether a turn could start.
    var isReady: Bool { isIdle && !waiting.isEmpty }

    mutating func receivedCreate(_ turn: QueuedTurn) { waiting.append(turn) }

    /// Takes the next turn; the lane is busy until `finished`. Nil when the lane is busy or nothing waits.
    mutating func startNext() -> QueuedTurn? {
        guard isReady else { return nil }
        let turn = waiting.removeFirst()
        state = .busy(turn.id)
        return turn
    }

    mutating func finished(_ id: TurnID) {
        if state == .busy(id) { state = .idle }
    }

    /// Takes the first waiting turn out.
    mutating func removeFirstWaiting() -> QueuedTurn? { waiting.isEmpty ? nil : waiting.removeFirst() }

    /// Takes all waiting turns out.
    mutating func removeAllWaiting() -> [QueuedTurn] {
        defer { waiting = [] }
        return waiting
    }
}
