import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import Testing

@testable import MessagesWire

/// Errors in the words on which clients act (anthropic-messages 8).
@Suite("Messages: errors") struct ErrorTests {
    private static func error(_ status: Int, _ code: ErrorCode? = nil, _ message: String = "So.") -> APIError {
        APIError(status: status, type: "x", code: code, message: message)
    }

    /// Status, code; the status, the type and whether it is worth another try on this wire.
    @Test(arguments: [
        (400, nil, 400, "invalid_request_error", false), (401, .invalidAPIKey, 401, "authentication_error", false),
        (403, nil, 403, "permission_error", false), (404, .modelNotFound, 404, "not_found_error", false),
        (405, nil, 405, "invalid_request_error", false), (413, nil, 413, "request_too_large", false),
        (429, .rateLimitExceeded, 429, "rate_limit_error", true), (429, .insufficientQuota, 402, "billing_error", false),
        (500, .serverError, 500, "api_error", true), (502, .engineUnavailable, 502, "api_error", true),
        (503, .serverIsOverloaded, 529, "overloaded_error", true), (504, .engineTimeout, 504, "timeout_error", true),
        (408, nil, 408, "timeout_error", true), (409, nil, 409, "invalid_request_error", true),
    ] as [(Int, ErrorCode?, Int, String, Bool)])
    func statuses(_ status: Int, _ code: ErrorCode?, _ onWire: Int, _ type: String, _ isWorthARetry: Bool) throws {
        let answer = MessagesWire().answer(to: Self.error(status, code), requestID: "req_9")
        #expect(answer.status == onWire)
        #expect(String(decoding: answer.body, as: UTF8.self) == #"{"type":"error","error":{"type":"\#(type)","message":"So."},"request_id":"req_9"}"#)
        #expect(answer.headers.map { "\($0.name): \($0.value)" } == (isWorthARetry ? [] : ["x-should-retry: false"]))
    }

    /// On these words Claude Code compacts.
    @Test(arguments: [
        (ContextOverflow(tokens: 40_123, limit: 32_768), "prompt is too long: 40123 tokens > 32768 maximum"),
        (ContextOverflow(tokens: nil, limit: 32_768), "prompt is too long: it exceeds the context window of 32768 tokens. Shorten the conversation."),
        // A count that fits contradicts itself.
        (ContextOverflow(tokens: 100, limit: 32_768), "prompt is too long: it exceeds the context window of 32768 tokens. Shorten the conversation."),
        (nil, "prompt is too long: it exceeds the context window of the model. Shorten the conversation."),
    ] as [(ContextOverflow?, String)])
    func aFullContext(_ context: ContextOverflow?, _ words: String) throws {
        var error = Self.error(400, .contextLengthExceeded, "The request is longer than the model's context.")
        error.context = context
        error.param = "input"
        let answer = try said(error)
        #expect(answer.status == 400 && answer.type == "invalid_request_error" && answer.message == words)
    }

    /// A client that takes another error for a full context compacts for nothing.
    @Test(arguments: [
        "The model's maximum context length is 4096 tokens.", "It exceeds the Context Window.", "prompt is too long", "context_length_exceeded",
        "messages.1.role: Input should be 'user' or 'assistant'", "Invalid `signature` in `thinking` block",
    ])
    func noOtherErrorHasThoseWords(_ words: String) throws {
        #expect(try said(Self.error(400, .invalidValue, words)).message == "The request was refused.")
        var error = Self.error(400, .invalidValue, words)
        error.param = "max_output_tokens"
        #expect(try said(error).message == "The request was refused because of 'max_tokens'. Leave it out, or send another value.")
    }

    @Test func fieldsHaveTheNamesOfThisWire() throws {
        #expect(try said(.wrongValue("max_output_tokens", "too much.")).message == "Invalid value for 'max_tokens': too much.")
        #expect(try said(.missing("input")).message == "messages: Field required")
    }

    @Test func aThreadIsRefusedByItsCode() throws {
        let thread = try #require(refusal(body(#"[{"role":"user","content":"a"}]"#, #""thread":{"type":"continue","previous_message_id":"msg_1"}"#)))
        let json = try RawJSON(parsing: MessagesWire().answer(to: thread, requestID: "req_1").body)
        #expect(json["error"]?["details"]?.text == #"{"error_code":"thread_unsupported_request","unsupported":["thread"]}"#)
    }

    /// A history that lost something, in the words that clients know (anthropic-messages 4).
    @Test(arguments: [
        (HistoryProblem.outputWithoutCall(id: "t1", message: 1), "messages.11: unexpected `tool_use_id` found in `tool_result` blocks: t1."),
        (.secondOutput(id: "t1", message: 1), "messages.11: each `tool_use` must have a single result."),
        (.callsWithoutOutput(ids: ["t1", "t2"], message: 0),
            "messages.10: `tool_use` ids were found without `tool_result` blocks immediately after: t1, t2."),
        (.endsWithAssistant(message: 1), "messages.11: this model does not support assistant message prefill."),
    ])
    func histories(_ problem: HistoryProblem, _ words: String) throws {
        let answer = try said(problem.words { $0 + 10 })
        #expect(answer.status == 400 && answer.message?.hasPrefix(words) == true, "\(answer.message ?? "")")
    }
}
