import ResponsesAPI
import ResponsesEngine

/// One client's line: its lanes, its turns, its memory. The decisions of the protocol, without a socket, clock or task.
///
/// Told what happened, it writes events into `output` and leaves effects in `effects`; the driver sends the first, then
/// performs the second, in order. An HTTP request is a connection with a single turn. Source: WebSocket guide, sections
/// 4 to 13.
public struct Connection: Sendable {
    /// What the driver must do. Events in `output` go out first.
    public enum Effect: Sendable {
        /// Look for a stored response of this connection's owner; answer with `fetched`.
        case fetch(TurnID, ResponseID)
        /// Run the engine; answer with `generated` as it works and `ended` once.
        case generate(TurnID, GenerationRequest, Route)
        /// Warm the engine up; answer with `prefilled` once.
        case prefill(TurnID, GenerationRequest, Route)
        /// Stop the engine's work on a turn; no answer is needed.
        case stop(TurnID)
        /// Keep a finished response for this owner.
        case store(ChainNode)
        /// The turn's last event was just put out: tell `written` when the transport took it.
        case confirmWrite(TurnID)
        /// The turn is over, for transports that answer with one object. `object` is its place in `output`.
        case finished(TurnID, APIError?, object: Range<Int>?)
        /// Close the transport; nothing more comes.
        case close(CloseReason)
    }

    /// Why the connection closes; the WebSocket says 1001 for all of them (section 13.3).
    public enum CloseReason: Sendable, Hashable { case lifetimeOver, shutdown }

    /// Events to send, in order. The driver empties it after each step.
    public var output = EventBuffer()
    /// What to do, in order. The driver empties it after each step.
    public var effects: [Effect] = []

    let configuration: Configuration
    var lanes: [StreamID?: Lane] = [:]
    /// Lanes with a turn that could start, in the order in which they became so.
    var readyLanes: [StreamID?] = []
    var running: [TurnID: RunningTurn] = [:]
    var memory = ConnectionMemory()
    var waitingCount = 0
    var waitingBytes = 0
    var lastTools: ToolSet?
    var phase: Phase = .open
    /// Counts what this connection's stored responses take.
    let storedMeter: MemoryMeter
    let opened: Duration
    private var nextTurn = 0

    enum Phase: Sendable, Hashable {
        case open
        /// The lifetime is over; accepted turns go on until the moment given.
        case expiring(until: Duration)
        /// The server stops; running turns go on until the moment given.
        case stopping(until: Duration)
        case closed
    }

    /// What a connection is given at birth.
    public struct Configuration: Sendable {
        public var limits = Limits()
        public var engines: any EngineDirectory
        public var sealer: (any ContentSealer)?
        /// Counts what this connection's chains take that are not stored.
        public var meter: MemoryMeter
        /// Counts what stored responses take.
        public var storeMeter: MemoryMeter?
        /// Bytes of all connections together, against `processMemoryBytesMax`.
        public var processMeter: MemoryMeter
        /// Unguessable and never repeated.
        public var makeResponseID: @Sendable () -> ResponseID
        public var reasoningEvents: ReasoningEvents = .openAI
        public var transport: Transport = .webSocket

        public init(
            engines: any EngineDirectory, meter: MemoryMeter, processMeter: MemoryMeter,
            makeResponseID: @escaping @Sendable () -> ResponseID
        ) {
            self.engines = engines
            self.meter = meter
            self.processMeter = processMeter
            self.makeResponseID = makeResponseID
        }
    }

    /// What the edges differ in (ARCHITECTURE, decision 1).
    public enum Transport: Sendable, Hashable { case webSocket, sse, json }

    public init(_ configuration: Configuration, at now: Moment) {
        self.configuration = configuration
        storedMeter = MemoryMeter(within: configuration.processMeter)
        opened = now.uptime
    }

    var limits: Limits { configuration.limits }

    /// Turns that run or wait.
    public var turnCount: Int { running.count + waitingCount }
    public var isClosed: Bool { phase == .closed }

    // MARK: What clients say

    /// One whole message, known to be UTF-8 when it came by WebSocket.
    public mutating func received(_ message: [UInt8], at now: Moment) {
        guard phase != .closed else { return }
        do throws(APIError) {
            if ClientEventHead.isPlainlyCreate(message), let request = try? CreateRequest(parsing: message, reusing: lastTools) {
                // The common case is read in one pass.
                receivedCreate(
                    .success(request), streamID: request.streamID, parent: request.previousResponseID, bytes: message.count,
                    at: now)
                return
            }
            let head = try ClientEventHead(parsing: message)
            switch head.event {
            case .create:
                let request = Result { () throws(APIError) in try CreateRequest(parsing: message, reusing: lastTools) }
                receivedCreate(
                    request, streamID: head.streamID, parent: head.previousResponseID, bytes: message.count, at: now)
            case .cancel(let responseID, let streamID): receivedCancel(responseID, streamID: streamID, at: now)
            case .steer(let previous, let input): receivedSteer(previous, input: input)
            case .processed: break  // "Answer nothing" (section 4.5).
            case .unknown(let type):
                throw .invalidRequest(
                    .unknownEventType,
                    "Unknown event type '\(type.prefix(64))'. This server knows response.create, response.cancel, "
                        + "response.steer and response.processed.", param: "type")
            }
        } catch {
            output.errorFrame(error, streamID: nil)
        }
    }

    /// One create, already read: the way in for HTTP.
    public mutating func received(_ request: CreateRequest, at now: Moment) {
        receivedCreate(.success(request), streamID: nil, parent: request.previousResponseID, bytes: 0, at: now)
    }

    private mutating func receivedCreate(
        _ request: Result<CreateRequest, APIError>, streamID: StreamID?, parent: ResponseID?, bytes: Int, at now: Moment
    ) {
        if let refusal = refusal(streamID: streamID, bytes: bytes) {
            // Nothing was attempted, so the parent stays (section 7.3).
            return refuse(refusal, streamID: streamID, turn: nil)
        }
        if case .success(let request) = request {
            lastTools = request.tools.json.bytes.count <= limits.toolsKeptBytesMax ? request.tools : nil
        }
        let turn = Turn(
            id: TurnID(nextTurn), streamID: streamID, request: request, previousResponseID: parent,
            parent: parent.flatMap { memory[$0] }, bytes: bytes)
        nextTurn += 1
        waitingCount += 1
        waitingBytes += bytes
        lanes[streamID, default: Lane()].receivedCreate(turn)
        noteReady(streamID)
        startReadyTurns(at: now)
    }

    /// Why a create is not accepted, before it touches its lane.
    private func refusal(streamID: StreamID?, bytes: Int) -> APIError? {
        switch phase {
        case .open: break
        case .expiring: return .connectionLimitReached
        case .stopping, .closed: return .shuttingDown
        }
        if let streamID, lanes[streamID] == nil, namedLaneCount >= limits.laneNamesMax {
            return .invalidRequest(
                .streamLimitReached,
                "This connection has used \(limits.laneNamesMax) lane names. Reuse one of them or open another connection.",
                param: "stream_id")
        }
        // A turn that can start at once does not wait, whatever its size and whoever waits on other lanes.
        let startsAtOnce = running.count < limits.turnsInFlightMax && lanes[streamID]?.running == nil
        let isFull = waitingCount >= limits.turnsWaitingMax || waitingBytes + bytes > limits.bytesWaitingMax
        if isFull, !startsAtOnce {
            return APIError(
                status: 429, type: "rate_limit_error", code: .responseQueueFull,
                message: "\(waitingCount) turns wait on this connection already. Send the turn again when a response has ended.",
                retryAfterSeconds: 1)
        }
        return nil
    }

    private var namedLaneCount: Int { lanes.count - (lanes[nil] == nil ? 0 : 1) }

    /// Steering is not done by this server yet: answered as the guide says (section 10), never with `error`.
    private mutating func receivedSteer(_ previous: ResponseID?, input: RawJSON?) {
        var number = 0
        var lane: StreamID?
        for (id, turn) in running {
            guard case .generating(var generating) = turn.stage, generating.assembler.id == previous else { continue }
            number = generating.assembler.takeNumber()
            lane = turn.streamID
            running[id]?.stage = .generating(generating)
        }
        output.event(.steerFailed, number: number, lane: LaneTag(lane)) { json in
            json.key("steer")
            json.beginObject()
            json.key("previous_response_id")
            json.value(previous?.rawValue)
            json.key("input")
            json.value(input)
            json.endObject()
            json.key("error")
            json.beginObject()
            json.key("type")
            json.value("invalid_request_error")
            json.key("code")
            json.value(ErrorCode.steeringNotSupported.rawValue)
            json.key("message")
            json.value("This server does not steer running responses. Send the input with the next turn.")
            json.endObject()
        }
    }
}

extension ClientEventHead {
    /// Whether a message begins as nearly all do: with the type of a create.
    static func isPlainlyCreate(_ message: [UInt8]) -> Bool {
        message.scanned { (scanner) -> Bool in
            guard (try? scanner.beginObject()) != nil, let key = try? scanner.nextKey(), scanner.matches(key, "type"),
                scanner.peek() == UInt8(ascii: "\""), let type = try? scanner.scanString()
            else { return false }
            return scanner.matches(type, "response.create")
        }
    }
}

extension APIError {
    /// Official wording, whatever lifetime is set: some clients match the text (section 6.3).
    static let connectionLimitReached = invalidRequest(
        .connectionLimitReached,
        "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.")

    static let shuttingDown = APIError(
        status: 503, type: "server_error", code: .serverIsOverloaded,
        message: "The server is shutting down. Connect again and send the turn with its full input.", retryAfterSeconds: 1)
}
