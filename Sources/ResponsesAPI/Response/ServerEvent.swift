/// What a server says while it answers: one event of a stream, the same over SSE and WebSocket.
///
/// ```swift
/// switch try ServerEvent(parsing: frame).body {
/// case .outputTextDelta(_, let delta): print(delta.string, terminator: "")
/// case .completed(let response): use(response)
/// case .error(let error): throw error
/// default: break
/// }
/// ```
/// An event of a type this build does not know is `.other`: "a client must ignore unknown event types"
/// (websocket-mode 5.2). Its bytes stay in `json`, as do the members of known events that have no place in `body`.
public struct ServerEvent: Sendable, Hashable {
    /// The wire's `type`, such as `response.output_text.delta`.
    public let type: String
    /// Counts the events of one response; absent on some events of the socket.
    public let sequenceNumber: Int?
    /// The lane; nil for the default lane and over HTTP.
    public let streamID: StreamID?
    /// The event as it came.
    public let json: RawJSON
    public let body: Body

    /// Where an item is: by `output_index`, as some servers leave `item_id` out.
    public struct ItemPlace: Sendable, Hashable {
        public var itemID: String?
        public var outputIndex: Int

        public init(itemID: String?, outputIndex: Int) {
            self.itemID = itemID
            self.outputIndex = outputIndex
        }
    }

    /// Where a part of an item is.
    public struct PartPlace: Sendable, Hashable {
        public var itemID: String?
        public var outputIndex: Int
        /// `content_index`, or `summary_index` for a part of a reasoning item's summary.
        public var index: Int

        public init(itemID: String?, outputIndex: Int, index: Int) {
            self.itemID = itemID
            self.outputIndex = outputIndex
            self.index = index
        }
    }

    /// A user input handed to a running response (websocket-mode 10).
    public struct Steer: Sendable, Hashable {
        /// Nil when it was refused before it was accepted.
        public var id: String?
        public var previousResponseID: ResponseID?
        /// Given back by a failure.
        public var input: RawJSON?

        public init(id: String? = nil, previousResponseID: ResponseID?, input: RawJSON? = nil) {
            self.id = id
            self.previousResponseID = previousResponseID
            self.input = input
        }
    }

    public enum Body: Sendable, Hashable {
        // The response
        case created(ResponseObject)
        case queued(ResponseObject)
        case inProgress(ResponseObject)
        case completed(ResponseObject)
        case incomplete(ResponseObject)
        case failed(ResponseObject)

        // Items and parts
        case outputItemAdded(index: Int, Item)
        case outputItemDone(index: Int, Item)
        case contentPartAdded(PartPlace, ContentPart)
        case contentPartDone(PartPlace, ContentPart)

        // Text
        case outputTextDelta(PartPlace, JSONText)
        case outputTextDone(PartPlace, JSONText)
        case annotationAdded(PartPlace, annotationIndex: Int, RawJSON)
        case refusalDelta(PartPlace, JSONText)
        case refusalDone(PartPlace, JSONText)
        /// `response.reasoning_text.delta`, or `response.reasoning.delta` as Open Responses calls it.
        case reasoningTextDelta(PartPlace, JSONText)
        case reasoningTextDone(PartPlace, JSONText)
        case reasoningSummaryPartAdded(PartPlace, ContentPart)
        case reasoningSummaryPartDone(PartPlace, ContentPart)
        case reasoningSummaryTextDelta(PartPlace, JSONText)
        case reasoningSummaryTextDone(PartPlace, JSONText)

        // Calls that the client runs
        case functionCallArgumentsDelta(ItemPlace, JSONText)
        /// Newer servers leave `name` out.
        case functionCallArgumentsDone(ItemPlace, arguments: JSONText, name: String?)
        case customToolCallInputDelta(ItemPlace, JSONText)
        case customToolCallInputDone(ItemPlace, JSONText)

        // Tools that the server runs
        /// A step of a built-in tool: `web_search_call` and `searching`, for example.
        case toolProgress(ItemPlace, tool: String, stage: String)
        case mcpCallArgumentsDelta(ItemPlace, JSONText)
        case mcpCallArgumentsDone(ItemPlace, JSONText)
        case codeInterpreterCodeDelta(ItemPlace, JSONText)
        case codeInterpreterCodeDone(ItemPlace, JSONText)
        /// A picture on its way, in base64.
        case partialImage(ItemPlace, partialImageIndex: Int, JSONText)
        case shellCommandAdded(ItemPlace, commandIndex: Int, JSONText)
        case shellCommandDelta(ItemPlace, commandIndex: Int, JSONText)
        case shellCommandDone(ItemPlace, commandIndex: Int, JSONText)
        /// `delta` is an object of `stdout` and `stderr`; `output` an array.
        case shellOutputDelta(ItemPlace, commandIndex: Int, RawJSON)
        case shellOutputDone(ItemPlace, commandIndex: Int, RawJSON)
        /// The server compacts what was said so far.
        case compacting(ItemPlace)

        // Sound, in base64, and what it says
        case audioDelta(JSONText)
        case audioDone
        case audioTranscriptDelta(JSONText)
        case audioTranscriptDone

        // The socket (websocket-mode 5.2)
        /// In every shape: nested with `status` or `status_code`, flat, and `response.error`.
        case error(APIError)
        case steerAccepted(Steer)
        case steerPending(Steer, reason: String?, requiredInput: [RawJSON])
        case steerFailed(Steer, APIError)
        case injectCreated(responseID: ResponseID?)
        case injectFailed(responseID: ResponseID?, input: RawJSON?, APIError)

        /// An event of another type; see `ServerEvent.json`.
        case other
    }

    /// Whether a turn is over with this event.
    public var isTerminal: Bool {
        switch body {
        case .completed, .incomplete, .failed, .error: true
        default: false
        }
    }

    /// The response that the event carries.
    public var response: ResponseObject? {
        switch body {
        case .created(let response), .queued(let response), .inProgress(let response), .completed(let response),
            .incomplete(let response), .failed(let response):
            response
        default: nil
        }
    }
}

extension ServerEvent: WireValue {
    public init(wire: RawJSON) throws(APIError) { try self.init(wire) }
    public var wire: RawJSON { json }
}
