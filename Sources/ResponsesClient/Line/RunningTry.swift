import ResponsesAPI

/// A turn as it was sent, and what was heard of it since.
struct RunningTry {
    enum Way: Hashable {
        case webSocket(ConnectionNumber)
        case http
    }

    enum Progress {
        /// Nothing came of it. Next: `begun`, `said`.
        case silent
        /// Only events that repeat the response came. From now on a drop or a refusal ends the turn. Next: `said`.
        case begun
        /// An event came that says more than that the response was created. Now even a lost parent ends the turn. Final.
        case said
    }

    let way: Way
    /// The chain it was sent from, and the items it brought.
    let base: Chain
    let input: [Item]
    /// The fields that have to be equal for an increment.
    let settings: [UInt8]
    let isIncrement: Bool

    private(set) var progress = Progress.silent
    private(set) var responseID: ResponseID?
    /// Final items by their index: servers with large answers leave them out of the terminal event.
    private var output: [Int: Item] = [:]
    /// When an event of it came last, or the line last began to read again: silence is counted from here.
    var lastHeard: Duration

    /// Decides between an increment and the whole history.
    init(_ turn: TurnState, continuing base: Chain, of line: LineNumber, on way: Way, now: Duration) {
        self.way = way
        self.base = base
        input = base.pending + turn.request.items
        settings = Self.comparable(turn.request.settings)
        isIncrement = !turn.tries.sendsFull && Self.isHeld(base.parent, way, line, settings)
        lastHeard = now
    }

    /// The warmup's `generate` does not count: what follows a warmup continues it.
    private static func comparable(_ settings: CreateRequest) -> [UInt8] {
        var settings = settings
        settings.generate = nil
        settings.stream = nil
        return settings.encoded(as: .http)
    }

    /// Whether the server knows the parent of a request with these settings.
    private static func isHeld(_ parent: Chain.Parent?, _ way: Way, _ line: LineNumber, _ settings: [UInt8]) -> Bool {
        guard let parent, parent.settings == settings else { return false }
        if parent.isStored { return true }
        guard case .webSocket(let connection) = way else { return false }
        return parent.connection == connection && parent.line == line
    }

    /// The message or the body.
    func encoded(_ asked: TurnRequest, on lane: StreamID?) -> [UInt8] {
        var request = asked.settings
        request.hasInput = true
        if isIncrement, let parent = base.parent {
            request.previousResponseID = parent.id
            request.input = input
        } else {
            request.input = base.items + input
        }
        request.streamID = lane
        request.generate = asked.isWarmup ? false : nil
        request.stream = way == .http ? true : nil
        return request.encoded(as: way == .http ? .http : .event)
    }

    mutating func hear(_ event: ServerEvent, now: Duration) {
        lastHeard = now
        switch event.body {
        case .created(let response): responseID = response.id
        case .outputItemDone(let index, let item): output[index] = item
        default: break
        }
        switch progress {
        case .silent, .begun: progress = event.response == nil ? .said : .begun
        case .said: break
        }
    }

    /// The response with all items that came: some servers leave them out of the terminal event.
    func whole(_ response: ResponseObject) -> ResponseObject {
        guard response.output.count < output.count else { return response }
        var fields = response.fields
        fields.output = output.sorted { $0.key < $1.key }.map(\.value)
        return ResponseObject(fields)
    }

    /// What the next turn of the lane continues, when the try ends with this response.
    func parent(_ response: ResponseObject, storeWanted: Bool?, on line: LineNumber) -> Chain.Parent {
        let connection: ConnectionNumber? = if case .webSocket(let number) = way { number } else { nil }
        return Chain.Parent(
            id: response.id, isStored: response.store && storeWanted ?? true, line: line, connection: connection,
            settings: settings)
    }
}
