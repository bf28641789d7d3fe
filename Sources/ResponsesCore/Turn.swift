import ResponsesAPI
import ResponsesEngine

/// Numbers the turns of one connection, in the order in which they came.
public struct TurnID: Hashable, Sendable, Comparable {
    public let rawValue: Int
    public init(_ rawValue: Int) { self.rawValue = rawValue }
    public static func < (left: TurnID, right: TurnID) -> Bool { left.rawValue < right.rawValue }
}

/// One `response.create` that was accepted and has not begun.
struct Turn: Sendable {
    let id: TurnID
    /// The lane; nil is the default one.
    let streamID: StreamID?
    /// The request, or why it is wrong: told in the lane's order, as it is a turn of the lane that fails.
    let request: Result<CreateRequest, APIError>
    let previousResponseID: ResponseID?
    /// The parent, held from acceptance on, so that the source lane's progress cannot take it away (section 7.4).
    let parent: ConnectionMemory.Entry?
    /// Bytes of the message, for the queue's budget.
    let bytes: Int
}

/// One turn that has begun.
struct RunningTurn: Sendable {
    let streamID: StreamID?
    var request: CreateRequest
    let parent: ConnectionMemory.Entry?
    var stage: Stage
    /// When the client last heard of it.
    var lastEvent: Duration
    /// Set when the client cancelled; the engine's end is then no failure.
    var isCancelled = false

    enum Stage: Sendable {
        /// Waits for the store to find its parent.
        case fetching
        /// `response.created` was sent; the engine works.
        case generating(Generating)
        /// The terminal event was handed to the transport; the slot is held until it was written (section 9).
        case writing
    }

    struct Generating: Sendable {
        var assembler: ResponseAssembler
        let resolved: ResolvedTurn
        let route: Route
        let isWarmup: Bool
    }
}

/// The turns of one lane: first come, first served, one response at a time (WebSocket guide, section 9).
struct Lane: Sendable {
    private(set) var waiting: [Turn] = []
    private(set) var running: TurnID?
    /// The newest response, which memory keeps for certain.
    var newest: ResponseID?

    var isReady: Bool { running == nil && !waiting.isEmpty }

    mutating func receivedCreate(_ turn: Turn) { waiting.append(turn) }

    /// Takes the next turn; the lane is busy until `finished`.
    mutating func startNext() -> Turn? {
        guard isReady else { return nil }
        let turn = waiting.removeFirst()
        running = turn.id
        return turn
    }

    mutating func finished(_ id: TurnID) {
        if running == id { running = nil }
    }

    /// Takes a waiting turn out, cancelled.
    mutating func remove(where matches: (Turn) -> Bool) -> Turn? {
        guard let index = waiting.firstIndex(where: matches) else { return nil }
        return waiting.remove(at: index)
    }

    mutating func removeAll() -> [Turn] {
        defer { waiting = [] }
        return waiting
    }
}
