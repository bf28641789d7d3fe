import ResponsesAPI

/// One turn from being asked to its end.
struct TurnState {
    enum Phase: Equatable {
        /// Another turn of its lane comes first.
        case queued
        /// Sent as soon as a connection takes it.
        case ready
        /// Refused for now; ready again at this time.
        case resting(until: Duration)
        case onSocket(ConnectionNumber)
        case onHTTP
    }

    let lane: StreamID?
    var request: TurnRequest
    var phase = Phase.queued

    // What is known from earlier tries.

    /// The parent must no longer be named: the server does not know it, or a try that named it may have run.
    var sendsFull = false
    /// Goes over HTTP whatever the line does: the message is too long for the socket.
    var needsHTTP = false
    /// Whether it was sent again after a connection broke, which happens once. After a lost parent it is sent in full, so it
    /// cannot lose one again.
    var wasResentAfterDrop = false
    /// How often it was moved off a connection that takes no more turns.
    var moves = 0
    var retries = 0
    var delivery: Delivery?

    // The try that runs.

    /// The chain it was sent from, and the items it brought.
    var base = Chain()
    var input: [Item] = []
    var settingsBytes: [UInt8] = []
    var wasIncrement = false
    /// An event of it came: from now on it is never repeated.
    var hasBegun = false
    /// An event came that says more than that the response was created.
    var hasSaid = false
    var responseID: ResponseID?
    /// Final items by their index: servers with large answers leave them out of the terminal event.
    var output: [Int: Item] = [:]
    var lastHeard = Duration.zero
    /// The program no longer waits for it, but its lane is taken until the server ends it.
    var isAbandoned = false
    var cancelledAt = Duration.zero

    init(lane: StreamID?, request: TurnRequest) {
        self.lane = lane
        self.request = request
    }

    mutating func beginTry(now: Duration) {
        hasBegun = false
        hasSaid = false
        responseID = nil
        output = [:]
        lastHeard = now
    }
}
