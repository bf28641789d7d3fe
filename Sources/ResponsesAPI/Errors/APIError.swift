/// An error as clients see it: the standard's type and code, the field, the HTTP status, and what to do next.
///
/// One shape for all transports: the body of a failed HTTP request, the `error` event of a stream, and
/// `response.error` of a failed response. Messages never carry keys, prompts, outputs or addresses.
public struct APIError: Error, Hashable, Sendable {
    /// The HTTP status, 400 to 599. On the socket it is the `status` of the `error` frame.
    public var status: Int
    /// For example `invalid_request_error`, `authentication_error`, `rate_limit_error`, `server_error`.
    public var type: String
    public var code: ErrorCode?
    public var message: String
    /// The field at fault as a path, such as `input[2].call_id`.
    public var param: String?
    /// Whole seconds after which a new try may succeed; sent as `Retry-After`.
    public var retryAfterSeconds: Int?
    /// With `context_length_exceeded`: by how much. Not on the wire of Responses, whose message has it.
    public var context: ContextOverflow?

    public init(
        status: Int, type: String, code: ErrorCode?, message: String, param: String? = nil, retryAfterSeconds: Int? = nil
    ) {
        self.status = status
        self.type = type
        self.code = code
        self.message = message
        self.param = param
        self.retryAfterSeconds = retryAfterSeconds
    }

    public static func invalidRequest(_ code: ErrorCode?, _ message: String, param: String? = nil) -> APIError {
        APIError(status: 400, type: "invalid_request_error", code: code, message: message, param: param)
    }

    public static func missing(_ param: String) -> APIError {
        invalidRequest(.missingRequiredParameter, "Missing required parameter: '\(param)'.", param: param)
    }

    public static func wrongType(_ param: String, expected: String) -> APIError {
        invalidRequest(.invalidType, "Invalid type for '\(param)': expected \(expected).", param: param)
    }

    public static func wrongValue(_ param: String, _ reason: String) -> APIError {
        invalidRequest(.invalidValue, "Invalid value for '\(param)': \(reason)", param: param)
    }

    /// Official wording: some clients match the text (websocket-mode 6.3).
    public static func previousResponseNotFound(_ id: ResponseID) -> APIError {
        invalidRequest(
            .previousResponseNotFound, "Previous response with id '\(id.rawValue.prefix(128))' not found.", param: "previous_response_id")
    }

    public static func modelNotFound(_ model: String, offered: [String]) -> APIError {
        let names = offered.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
        let hint = names.isEmpty ? "" : " This server offers \(names)."
        return APIError(
            status: 404, type: "invalid_request_error", code: .modelNotFound,
            message: "The model '\(model.prefix(256))' does not exist.\(hint)", param: "model")
    }

    /// The same error with its field seen from one level further out: `call_id` under `input[2]`.
    ///
    /// Text that is not JSON has no fields; its error names the byte instead.
    package func under(_ outer: String) -> APIError {
        if code == .invalidJSON { return self }
        var error = self
        guard let inner = param else {
            error.param = outer
            return error
        }
        let path = inner.hasPrefix("[") ? outer + inner : "\(outer).\(inner)"
        error.param = path
        error.message = message.replacingFirst("'\(inner)'", with: "'\(path)'")
        return error
    }
}

extension String {
    fileprivate func replacingFirst(_ part: String, with replacement: String) -> String {
        guard let range = self.firstRange(of: part) else { return self }
        return replacingCharacters(in: range, with: replacement)
    }

    private func replacingCharacters(in range: Range<Index>, with replacement: String) -> String {
        String(self[..<range.lowerBound]) + replacement + String(self[range.upperBound...])
    }

    private func firstRange(of part: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension APIError {
    /// Writes `{"type", "code", "message", "param"}`, all four always present.
    ///
    /// - Parameter withHeaders: `headers` too, when there is something to say; for streams, whose own headers have left.
    package func writeObject(withHeaders: Bool = false, to json: inout JSONWriter) {
        json.beginObject()
        writeMembers(to: &json)
        if withHeaders { writeHeaders(to: &json) }
        json.endObject()
    }

    private func writeMembers(to json: inout JSONWriter) {
        json.key("type")
        json.value(type)
        json.key("code")
        json.value(code?.rawValue)
        json.key("message")
        json.value(message)
        json.key("param")
        json.value(param)
    }

    /// `{"retry-after": "…"}`, when there is something to say.
    package func writeHeaders(to json: inout JSONWriter) {
        guard let retryAfterSeconds else { return }
        json.key("headers")
        json.beginObject()
        json.key("retry-after")
        json.value(String(retryAfterSeconds))
        json.endObject()
    }

    /// The body of a failed HTTP request: `{"error": {…}}`.
    public var httpBody: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("error")
        writeObject(to: &json)
        json.endObject()
        return json.bytes
    }

    /// The `error` frame of the socket: nested, with `status`, and `stream_id` when a named lane failed
    /// (websocket-mode 6.2).
    package func writeFrame(streamID: StreamID?, to json: inout JSONWriter) {
        json.beginObject()
        json.key("type")
        json.value("error")
        json.key("status")
        json.value(status)
        if let streamID {
            json.key("stream_id")
            json.value(streamID.rawValue)
        }
        json.key("error")
        json.beginObject()
        writeMembers(to: &json)
        // SDKs read the headers inside the error, Codex beside it: both are sent (websocket-mode 6.2).
        writeHeaders(to: &json)
        json.endObject()
        writeHeaders(to: &json)
        json.endObject()
    }
}
