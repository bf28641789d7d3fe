/// The members of a client event that decide where it goes, read before the rest.
public struct ClientEventHead: Sendable {
    public var event: ClientEvent
    /// The lane, when a valid one was named.
    public var streamID: StreamID?
    /// The parent, needed when the rest of the event turns out to be wrong.
    public var previousResponseID: ResponseID?

    /// Reads the head of an event; all of the event is checked to be JSON.
    ///
    /// - Throws: `APIError` with `invalid_json`, `missing_required_parameter` for `type`, or `invalid_stream_id`.
    public init(parsing bytes: [UInt8]) throws(APIError) {
        var type: String?
        var streamID: StreamID?
        var streamProblem: APIError?
        var previous: String?
        var response: String?
        var input: Range<Int>?
        try bytes.scanned { (scanner) throws(APIError) in
            guard scanner.peek() == UInt8(ascii: "{") else {
                // A broken text may begin with anything; only whole JSON of another kind gets the message below.
                _ = try scanner.rawValue()
                throw APIError.invalidRequest(.invalidJSON, "An event must be one JSON object with a member 'type'.")
            }
            try scanner.members { (scanner, key) throws(APIError) in
                if scanner.matches(key, "type") {
                    type = try scanner.string(for: "type")
                } else if scanner.matches(key, "stream_id") {
                    let value = try scanner.rawValue()
                    guard !value.isNull else { return }
                    streamID = value.stringValue.flatMap { StreamID($0) }
                    if streamID == nil { streamProblem = .invalidStreamID }
                } else if scanner.matches(key, "previous_response_id") {
                    previous = try scanner.stringOrIgnored()
                } else if scanner.matches(key, "response_id") {
                    response = try scanner.stringOrIgnored()
                } else if scanner.matches(key, "input") {
                    // Copied below, when the event is one of the few whose head carries it.
                    input = try scanner.valueSpan()
                } else {
                    _ = try scanner.valueSpan()
                }
            }
            try scanner.orInvalid { (scanner) throws(JSONError) in try scanner.expectEnd() }
        }
        guard let type else { throw .missing("type") }
        previousResponseID = previous.map { ResponseID($0) }
        self.streamID = streamID
        switch type {
        case "response.create":
            if let streamProblem { throw streamProblem }
            event = .create
        case "response.steer":
            event = .steer(
                previousResponseID: previousResponseID, input: input.map { RawJSON(validated: Array(bytes[$0])) })
        case "response.cancel":
            if let streamProblem { throw streamProblem }
            event = .cancel(responseID: response.map { ResponseID($0) }, streamID: streamID)
        case "response.processed": event = .processed
        default: event = .unknown(type: type)
        }
    }
}

extension JSONScanner {
    /// The string that comes next; nil for a value of another kind, which is checked where it is needed.
    fileprivate mutating func stringOrIgnored() throws(APIError) -> String? {
        guard peek() == UInt8(ascii: "\"") else {
            _ = try valueSpan()
            return nil
        }
        return try string(for: "id")
    }
}
