extension APIError: WireValue {
    /// Reads an error in any shape that servers send: the body of a failed HTTP request, the nested and the flat `error`
    /// event, `response.error`, the `error` of a failed response (websocket-mode 6.2). Never fails: what is missing is
    /// filled in, so that a broken error is still an error.
    ///
    /// - Parameter status: the HTTP status, when there is one; otherwise what the error itself says, or what its type
    ///   stands for.
    public init(reading json: RawJSON, status: Int? = nil) {
        // The `type` of an event is not that of its error.
        let isEvent = json["type"]?.stringValue.map { $0 == "error" || $0.hasPrefix("response.") } ?? false
        // Some servers send a bare string instead of an object.
        let bare = json["error"]?.stringValue ?? json["detail"]?.stringValue
        let nested = [json["error"], json["response"]?["error"]].compactMap { $0 }.first { $0.isObject }
        func member(_ name: String) -> RawJSON? {
            [nested?[name], json[name]].compactMap { $0 }.first { !$0.isNull }
        }
        let flatType = isEvent ? json["error_type"]?.stringValue : json["type"]?.stringValue
        let type = nested?["type"]?.stringValue ?? flatType
        var code = member("code")?.stringValue.map { ErrorCode(rawValue: $0) }
        let message = member("message")?.stringValue ?? bare ?? "The server sent an error without a message."
        let param = member("param")?.stringValue
        // A variant without a code; recognised by its text only (websocket-mode 6.2).
        if code == nil, param == nil, message.hasPrefix("Invalid previous_response_id") { code = .previousResponseNotFound }
        // Engines put their HTTP status into `code`.
        let given = member("status") ?? member("status_code") ?? member("code")
        let known = [status, given?.intValue].compactMap { $0 }.first { (400...599).contains($0) }
        self.init(
            status: known ?? Self.status(type: type, code: code),
            type: type ?? Self.type(status: known ?? Self.status(type: nil, code: code)), code: code, message: message,
            param: param, retryAfterSeconds: Self.retryAfter(nested?["headers"]) ?? Self.retryAfter(json["headers"]))
    }

    public init(wire: RawJSON) { self.init(reading: wire) }

    /// The `error` frame of the socket, which says everything but the lane.
    public var wire: RawJSON {
        var json = JSONWriter()
        writeFrame(streamID: nil, to: &json)
        return json.raw
    }

    /// The status that goes with a type and code (responses-api 13, websocket-mode 6.3).
    private static func status(type: String?, code: ErrorCode?) -> Int {
        switch code?.rawValue {
        case "rate_limit_exceeded", "insufficient_quota", "response_queue_full": return 429
        case "server_is_overloaded": return 503
        case "invalid_api_key": return 401
        case "model_not_found": return 404
        case "previous_response_not_found", "websocket_connection_limit_reached": return 400
        default: break
        }
        return switch type {
        case "invalid_request_error", "invalid_request": 400
        case "authentication_error": 401
        case "permission_error": 403
        case "not_found_error", "not_found": 404
        case "conflict_error": 409
        case "rate_limit_error", "too_many_requests", "insufficient_quota": 429
        default: 500
        }
    }

    private static func type(status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 400..<500: "invalid_request_error"
        default: "server_error"
        }
    }

    /// Whole seconds of a `retry-after` header, rounded up; its name in any case, its value a string or a number.
    private static func retryAfter(_ headers: RawJSON?) -> Int? {
        var seconds: Int?
        headers?.forEachMember { name, value in
            guard name.lowercased() == "retry-after",
                let number = value.stringValue.flatMap({ Double($0) }) ?? value.doubleValue,
                number >= 0, number < 1e9
            else { return }
            seconds = Int(number) + (Double(Int(number)) < number ? 1 : 0)
        }
        return seconds
    }
}
