import ResponsesAPI
import ResponsesEngine
import ResponsesStore

/// The end of a turn, which an `EventBuffer` carries with the turn's last event.
public struct EndedTurn: Sendable {
    /// Nil for a create that was refused before it became a turn.
    public var turn: TurnID?
    /// The lane; nil is the default one.
    public var streamID: StreamID?
    /// Why the turn failed or was refused; nil when it did not.
    public var error: APIError?
    /// What the engine said, when it was the engine that failed.
    public var engineError: EngineError?
    /// Why the store failed, when it was the store that failed.
    public var storeError: StoreError?
    /// What came of a turn that began; nil when it was refused before `response.created`.
    public var outcome: Outcome?

    /// What came of a turn that began.
    public struct Outcome: Sendable {
        public var responseID: ResponseID
        /// `completed`, `incomplete` or `failed`; `abandoned` when the client went away first.
        public var status: StaticString
        /// The model's name as the client said it, and the engine behind it.
        public var model: String
        public var engine: String
        public var usage: Usage?
        /// Time from the turn's start to its end.
        public var duration: Duration
        /// Bytes of the answer's items.
        public var outputBytes = 0
        /// The limit that ended the response early; nil when none did.
        public var limit: ResponseLimit?
        /// Where the response object stands in the buffer: the body of a JSON answer.
        public var object = 0..<0
    }

    /// Whether the count that was asked for is this server's estimate, as the engine does not count.
    public var isEstimate = false

    /// Whether the client went away first: nothing was written, and nothing is to be done but to say so to the operator.
    public var isAbandoned = false

    /// Whether the response is in the store.
    public var isStored = false

    init(turn: TurnID?, streamID: StreamID?, error: APIError?) {
        self.turn = turn
        self.streamID = streamID
        self.error = error
    }
}
