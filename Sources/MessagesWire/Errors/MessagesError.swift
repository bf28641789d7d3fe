import ResponsesAPI
import ResponsesCore

/// An error as Messages says it: the status, the type, and words on which clients act (anthropic-messages 8).
struct MessagesError: Sendable {
    private let error: APIError

    init(_ error: APIError) { self.error = error }

    /// - Parameter requestID: the one in the answer's header.
    func answer(requestID: String) -> WireError {
        var json = JSONWriter()
        write(requestID: requestID, to: &json)
        var headers: [(name: String, value: String)] = []
        // Without it Claude Code tries again for minutes (anthropic-messages 8).
        if isFinal { headers.append(("x-should-retry", "false")) }
        return WireError(status: status, headers: headers, body: json.bytes)
    }

    /// - Parameter requestID: nil in a stream, whose head has it.
    func write(requestID: String?, to json: inout JSONWriter) {
        json.beginObject()
        json.key("type")
        json.value(literal: "error")
        json.key("error")
        json.beginObject()
        json.key("type")
        json.value(type)
        json.key("message")
        json.value(message)
        if let code = error.code, let told = Self.toldCodes[code] {
            json.key("details")
            json.beginObject()
            json.key("error_code")
            json.value(literal: told)
            // The SDKs' threads go on without what is named.
            if code == .threadUnsupported {
                json.key("unsupported")
                json.beginArray()
                json.value(literal: "thread")
                json.endArray()
            }
            json.endObject()
        }
        json.endObject()
        json.member("request_id", ifSet: requestID)
        json.endObject()
    }

    /// Codes that clients of this wire know, by those of the core (anthropic-messages 2.2, anthropic-messages 10).
    private static let toldCodes: [ErrorCode: StaticString] = [
        .threadUnsupported: "thread_unsupported_request", "unsupported_content_encoding": "request_body_encoding_unsupported",
        "invalid_content_encoding": "request_body_encoding_invalid",
        "request_too_large_after_decoding": "request_body_too_large_after_decoding",
    ]

    private var isOverflow: Bool { error.code == .contextLengthExceeded }

    /// The status in Anthropic's table: an engine that is busy or loading is 529.
    private var status: Int {
        if isOverflow { return 400 }
        if error.code == .insufficientQuota { return 402 }
        // The SDKs know a coding that is not taken by this status.
        if error.status == 415, error.code == "unsupported_content_encoding" { return 400 }
        return error.status == 503 ? 529 : error.status
    }

    private var type: String {
        switch status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 408, 504: "timeout_error"
        case 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    /// Whether the same request fails again.
    private var isFinal: Bool { (400..<500).contains(status) && ![408, 409, 425, 429].contains(status) }

    // MARK: Words

    private var message: String {
        if isOverflow { return overflow }
        let words = field
        // A client that takes another error for a full context compacts for nothing; for another of its recoveries, it leaves out what was
        // not at fault.
        let told = words.lowercased()
        guard Self.matched.contains(where: { told.contains($0) }) else { return words }
        guard let path else { return "The request was refused." }
        return "The request was refused because of '\(path)'. Leave it out, or send another value."
    }

    /// On these words Claude Code compacts; with both numbers it says them to its user (anthropic-messages 8).
    private var overflow: String {
        switch (error.context?.tokens, error.context?.limit) {
        case (let tokens?, let limit?) where tokens > limit: "prompt is too long: \(tokens) tokens > \(limit) maximum"
        case (_, let limit?): "prompt is too long: it exceeds the context window of \(limit) tokens. Shorten the conversation."
        case (_, nil): "prompt is too long: it exceeds the context window of the model. Shorten the conversation."
        }
    }

    /// Words by which clients know a full context, and the refusals that they answer by leaving something out.
    private static let matched = [
        "prompt is too long", "maximum context length", "context window", "available context size", "context_length_exceeded",
        "input should be 'user' or 'assistant'", "invalid `signature`", "invalid signature", "thinking blocks",
    ]

    /// The message with the field in this wire's names.
    private var field: String {
        guard let param = error.param, let path else { return error.message }
        if error.code == .missingRequiredParameter { return "\(path): Field required" }
        return error.message.replacing("'\(param)'", with: "'\(path)'", maxReplacements: 1)
    }

    /// The field at fault as this wire's clients write it: `messages.3.content.0.text`.
    private var path: String? {
        guard let param = error.param else { return nil }
        return (Self.names[param] ?? param).replacing("[", with: ".").replacing("]", with: "")
    }

    /// What engines and the core know under another name.
    private static let names = [
        "max_output_tokens": "max_tokens", "instructions": "system", "input": "messages", "text": "output_config.format",
        "text.format": "output_config.format", "reasoning": "thinking", "reasoning.effort": "output_config.effort",
        "parallel_tool_calls": "tool_choice.disable_parallel_tool_use", "stop": "stop_sequences",
    ]
}
