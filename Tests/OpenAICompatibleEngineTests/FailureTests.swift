import ResponsesAPI
import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// What engines say went wrong, and what a client is told.
struct FailureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var status: Int
        var kind: EngineError.Kind
        var param: String?
        var says: String?
        var testDescription: String { file }

        init(_ file: String, _ status: Int, _ kind: EngineError.Kind, param: String? = nil, says: String? = nil) {
            (self.file, self.status, self.kind, self.param, self.says) = (file, status, kind, param, says)
        }
    }

    @Test(arguments: [
        Case("llamacpp/error_context", 400, .contextLengthExceeded, says: "36016 tokens, and the engine's context holds 16384"),
        Case("llamacpp/error_image", 500, .invalidRequest, param: "input", says: "image input is not supported"),
        Case("llamacpp/error_json", 400, .invalidRequest, says: "parse error at line 1"),
        Case("llamacpp/error_key", 401, .unauthorized, says: "Check the key"),
        Case("llamacpp/error_method", 404, .unavailable, says: "base URL"),
        Case("llamacpp/error_no_messages", 400, .invalidRequest),
        Case("llamacpp/error_path", 404, .unavailable, says: "base URL"),
        Case("llamacpp/error_role", 500, .failed),
        Case("llamacpp/error_schema", 400, .invalidRequest, says: "unrecognized type strange"),
        Case("llamacpp/error_temperature", 400, .invalidRequest, param: "temperature", says: "type must be number"),
        Case("llamacpp/error_tool_choice", 400, .invalidRequest, param: "tool_choice"),
        Case("llamacpp/error_type", 400, .invalidRequest, param: "max_output_tokens"),
        Case("vllm/engine_died_after", 500, .failed),
        Case("vllm/error_context", 400, .contextLengthExceeded),
        Case("vllm/error_json", 400, .invalidRequest, says: "JSON decode error"),
        Case("vllm/error_model", 404, .modelNotFound, param: "model"),
        Case("vllm/error_no_messages", 400, .invalidRequest, param: "input", says: "Field required"),
        Case("vllm/error_path", 404, .unavailable),
        Case("vllm/error_schema", 400, .invalidRequest, says: "Invalid type: strange"),
        Case("vllm/error_temperature", 400, .invalidRequest, param: "temperature", says: "Input should be a valid number"),
        Case("vllm/error_tool_choice", 400, .invalidRequest, param: "tool_choice"),
        Case("vllm/error_type", 400, .invalidRequest, param: "max_output_tokens"),
    ])
    func recordedErrorsAreToldInOurWords(_ expected: Case) throws {
        let error = EngineFailure(body: try Fixture.bytes("\(expected.file).json")).engineError(status: expected.status)
        #expect(error.kind == expected.kind)
        #expect(error.param == expected.param)
        if let says = expected.says { #expect(error.message.contains(says), "\(error.message)") }
        // Recorded input must not come back.
        for quoted in ["hot'", "'ten'", "\"content\"", "the sea"] { #expect(!error.message.contains(quoted)) }
    }

    @Test(arguments: [
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens",
        "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
        "`inputs` tokens + `max_new_tokens` must be <= 4096",
        "The number of tokens to keep from the initial prompt is greater than the context length.",
        "input length exceeds maximum context length", "prompt is too long: 210000 tokens > 200000 maximum",
        "The input token count (1050000) exceeds the maximum number of tokens allowed (1048576).",
        "Prompt contains 9000 tokens, too large for model with 8192 maximum context length",
        // Ollama, LM Studio, llama.cpp, KoboldCpp
        "the input length exceeds the context length", "prompt too long; exceeded max context length by 4 tokens",
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens",
        "the request exceeds the available context size, try increasing it", "input is too long to process in the context size",
        // vLLM, SGLang, TensorRT-LLM, TabbyAPI, MLC
        "The decoder prompt (length 9000) is longer than the maximum model length of 8192. Make sure that `max_model_len` is no smaller",
        "Input length (9000 tokens) exceeds the maximum allowed length (8186 tokens). Use a shorter input or enable --allow-auto-truncate",
        "Prompt length (9000) exceeds maximum input length (8192). Set log level to info", "Prompt length 9000 is greater than max_seq_len 4096",
        "Request prompt has 9000 tokens in total, larger than the model input length limit 8192",
        "`inputs` must have less than 1024 tokens. Given: 2000",
        // OpenAI, Azure, Groq, Cerebras, GitHub Models, Copilot
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
        "Request too large for model `x` in organization on tokens per minute (TPM): Limit 6000, Requested 9000, please reduce your message size and try again",
        "Request too large for gpt-4o on tokens per min (TPM): Limit 10000, Requested 12000. The input or output tokens must be reduced in order to run successfully.",
        "Request body too large for gpt-4o model. Max size: 8000 tokens.", "prompt token count of 140000 exceeds the limit of 128000",
        // xAI, Moonshot, MiniMax, Z.ai, DashScope, Volcengine
        "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
        "Invalid request: Your request exceeded model token limit: 262144", "invalid params, context window exceeds limit", "Prompt exceeds max length",
        "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]",
        "Total tokens of image and text exceed max message tokens", "Total message token length exceed model limit",
        // Anthropic, Bedrock, Cohere, watsonx, Cloudflare, Together
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", "Input is too long for requested model.",
        "too many tokens: size limit exceeded by 2000 tokens", "the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this model",
        "The estimated number of input and maximum output tokens (9000) exceeded this model context window limit (8192).",
        "Forbidden: input token count + max_tokens parameter must be less than the model's context length",
    ])
    func contextOverflowIsKnownInEveryWording(_ message: String) {
        let body = Array(#"{"error":{"message":"\#(message)","type":"x","code":400}}"#.utf8)
        #expect(EngineFailure(body: body).engineError(status: 400).kind == .contextLengthExceeded)
        #expect(EngineFailure(body: body).engineError(status: nil).kind == .contextLengthExceeded)
    }

    /// What sounds like it and is another thing.
    @Test(arguments: [
        (429, "Rate limit reached for model on tokens per minute (TPM): Limit 6000, Used 5900, Requested 200. Please try again in 10s.", EngineError.Kind.rateLimited),
        (429, "Tokens per minute limit exceeded - too many tokens processed.", .rateLimited),
        (429, "Quota exceeded for metric: generate_content_free_tier_input_token_count, limit: 250000. Please retry in 12s.", .rateLimited),
        (400, "The model does not support this length of name", .invalidRequest), (400, "max_tokens must be at least 1", .invalidRequest),
        (400, "Invalid 'tools[0].function.description': string too long. Expected a string with maximum length 1024", .invalidRequest),
        (413, "Request exceeds the maximum size", .invalidRequest), (500, "CUDA out of memory", .failed),
    ])
    func otherLimitsAreNotAFullContext(_ status: Int, _ message: String, _ kind: EngineError.Kind) {
        let body = Array(#"{"error":{"message":"\#(message)"}}"#.utf8)
        #expect(EngineFailure(body: body).engineError(status: status).kind == kind)
    }

    @Test(arguments: [
        "'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is 8192 tokens",
        "max_tokens must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context window` for this model",
        "max_tokens=9000 cannot be greater than max_model_len=8192. Please request fewer output tokens.",
    ])
    func anOutputThatIsTooLongIsNotAFullContext(_ message: String) {
        let error = EngineFailure(body: Array(#"{"error":{"message":"\#(message)"}}"#.utf8)).engineError(status: 400)
        #expect(error.kind == .invalidRequest && error.param == "max_output_tokens")
    }

    /// By how much clients have to shorten (chat-completions 7).
    @Test(arguments: [
        ("This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.", 9000, 8192),
        ("This model's maximum context length is 8192 tokens. However, you requested 9600 tokens (9500 in the messages, 100 in the completion).", 9500, 8192),
        ("This model's maximum context length is 8,192 tokens. However, your request has 12,345 input tokens.", 12345, 8192),
        ("You passed 9001 input tokens and requested 1 output tokens. However, the model's context length is only 8192 tokens.", 9001, 8192),
        ("The input (9000 tokens) is longer than the model's context length (8192 tokens).", 9000, 8192),
        ("Requested token count exceeds the model's maximum context length of 8192 tokens. You requested a total of 9100 tokens: 9000 tokens from the input messages and 100 tokens for the completion.", 9000, 8192),
        ("the request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it", 9000, 8192),
        ("prompt is too long: 9000 tokens > 8192 maximum", 9000, 8192),
        ("Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 8192 tokens", 9000, 8192),
        // Both together are too much; the conversation alone is not.
        ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the messages, 1000 in the completion).", nil, 8192),
        ("input is too long", nil, nil),
    ] as [(String, Int?, Int?)])
    func overflowsHaveTheirNumbers(_ message: String, _ tokens: Int?, _ limit: Int?) {
        let error = EngineFailure(body: Array(#"{"error":{"message":"\#(message)"}}"#.utf8)).engineError(status: 400)
        #expect(error.kind == .contextLengthExceeded)
        #expect(error.context?.tokens == tokens && error.context?.limit == limit)
    }

    @Test func contextOverflowByCode() {
        let body = Array(#"{"error":{"message":"no","code":"context_length_exceeded"}}"#.utf8)
        #expect(EngineFailure(body: body).engineError(status: 400).kind == .contextLengthExceeded)
    }

    @Test func tooManyTokensAskedForIsNoOverflow() {
        let message = "'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is 8192 tokens"
        let error = EngineFailure(body: Array(#"{"error":{"message":"\#(message)"}}"#.utf8)).engineError(status: 400)
        #expect(error.kind == .invalidRequest)
        #expect(error.param == "max_output_tokens")
    }

    @Test(arguments: [
        (400, EngineError.Kind.invalidRequest), (401, .unauthorized), (403, .unauthorized), (404, .unavailable), (405, .unavailable),
        (408, .timeout), (413, .invalidRequest), (422, .invalidRequest), (429, .rateLimited), (500, .failed), (502, .failed),
        (503, .overloaded), (504, .timeout), (529, .overloaded), (307, .unavailable),
    ])
    func statuses(_ status: Int, _ kind: EngineError.Kind) {
        for body in ["", "{}", "<html>", #"{"error":null}"#, #"{"error":"x"}"#, #"{"detail":"x"}"#, "[]", "\u{0}"] {
            #expect(EngineFailure(body: Array(body.utf8)).engineError(status: status).kind == kind)
        }
    }

    @Test func retryAfterIsPassedOn() {
        #expect(EngineFailure(body: []).engineError(status: 429, retryAfterSeconds: 7).retryAfterSeconds == 7)
        #expect(EngineFailure(body: []).engineError(status: 503, retryAfterSeconds: 8).apiError.retryAfterSeconds == 8)
        let loading = EngineFailure(body: Array(#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#.utf8))
        #expect(loading.engineError(status: 503).message.contains("still loading"))
    }

    @Test(arguments: [
        ("see http://10.0.0.1:8000/v1 now", "see … now"), ("open /home/me/model.gguf failed", "open … failed"),
        ("at 127.0.0.1:8080", "at …"), ("key sk-abcdef refused", "key … refused"), ("host localhost:11434 busy", "host … busy"),
        ("bad value in {\"secret\": 1}", "bad value in"), ("either/or is fine", "either/or is fine"), ("first line\nsecond", "first line"),
        (#"C:\models\x.gguf missing"#, "… missing"), ("file ~/x/y", "file …"), (String(repeating: "y", count: 70) + " z", "… z"),
    ])
    func addressesPathsAndKeysAreCleaned(_ message: String, _ expected: String) {
        #expect(EngineFailure.cleaned(message).trimmingSuffix(" ") == expected)
    }

    @Test func cleanedTextIsBounded() {
        #expect(EngineFailure.cleaned(String(repeating: "word ", count: 1000)).count <= 201)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        var text = self
        while text.last == suffix { text.removeLast() }
        return text
    }
}
