import ResponsesAPI
import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// Errors as providers and engines write them, by whoever writes them so: their class, their words, and when to ask again.
struct ErrorBodyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var who: String
        var status: Int?
        var body: String
        var kind: EngineError.Kind
        var says: [String]
        var seconds: Int?
        var testDescription: String { "\(who) \(status.map(String.init) ?? "in a stream")" }

        init(_ who: String, _ status: Int?, _ body: String, _ kind: EngineError.Kind, _ says: String..., seconds: Int? = nil) {
            (self.who, self.status, self.body, self.kind, self.says, self.seconds) = (who, status, body, kind, says, seconds)
        }
    }

    static let refusals: [Row] = [
        Row(
            "OpenAI", 400, #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
            .invalidRequest, "max_output_tokens", "Use 'max_completion_tokens' instead"),
        Row(
            "OpenAI", 404, #"{"error":{"message":"The model `gpt-9` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
            .modelNotFound, "does not exist"),
        Row("Anthropic", 400, #"{"type":"error","error":{"type":"invalid_request_error","message":"messages: text content blocks must be non-empty"}}"#, .invalidRequest, "text content blocks must be non-empty"),
        Row(
            "Gemini", 400, #"[{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"strict\" at 'tools[0].function': Cannot find field.","status":"INVALID_ARGUMENT"}}]"#,
            .invalidRequest, "Unknown name \"strict\""),
        Row(
            "Mistral", 422, #"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{"include_usage":true}}]},"type":"invalid_request_error","param":null,"code":null}"#,
            .invalidRequest, "Extra inputs are not permitted (body.stream_options)"),
        Row("Mistral", 400, #"{"object":"error","message":"Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant","type":"invalid_request_message_order","param":null,"code":"3230"}"#, .invalidRequest, "Expected last role User or Tool"),
        Row("Mistral", 400, #"{"object":"error","message":"Invalid model: mistral-huge","type":"invalid_model","param":null,"code":"1500"}"#, .modelNotFound, "Invalid model"),
        Row("Cerebras", 400, #"{"message":"tools.0.function.strict: unsupported","type":"invalid_request_error","param":"tools","code":"wrong_api_format"}"#, .invalidRequest, "unsupported"),
        Row("xAI", 400, #"{"code":"Client specified an invalid argument","error":"Argument not supported on this model: presencePenalty"}"#, .invalidRequest, "Argument not supported on this model"),
        Row("Groq", 400, #"{"error":{"message":"'messages.2' : for 'role:assistant' the following must be satisfied[('messages.2' : property 'reasoning_content' is unsupported)]","type":"invalid_request_error"}}"#, .invalidRequest, "It says:"),
        Row("DeepSeek", 400, #"{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#, .modelNotFound, "Model Not Exist"),
        Row("DeepSeek", 422, #"{"error":{"message":"Failed to deserialize the JSON body into the target type: messages[1]: missing field `content` at line 1 column 90","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#, .invalidRequest, "missing field"),
        Row("OpenRouter", 400, #"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"The flux is too low\",\"type\":\"invalid_request_error\"}}","provider_name":"P"}},"user_id":"u"}"#, .invalidRequest, "The flux is too low"),
        Row("OpenRouter, raw text", 400, #"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"The flux is too low","provider_name":"P"}}}"#, .invalidRequest, "The flux is too low"),
        Row("OpenRouter", 404, #"{"error":{"message":"No endpoints found that support tool use. To learn more about provider routing, visit: https://openrouter.ai/docs","code":404}}"#, .invalidRequest, "No endpoints found that support tool use"),
        Row("OpenRouter", 400, #"{"error":{"message":"some/model is not a valid model ID","code":400}}"#, .modelNotFound, "not a valid model ID"),
        Row("Cloudflare", 400, #"{"errors":[{"message":"AiError: Bad input: The flux is too low","code":5006}],"success":false,"result":{},"messages":[]}"#, .invalidRequest, "The flux is too low"),
        Row("Together", 422, #"{"id":"x","error":{"message":"Input validation error: the flux is too low","type":"invalid_request_error","param":null,"code":null}}"#, .invalidRequest, "the flux is too low"),
        Row("Hugging Face", 422, #"{"error":"Input validation error: the flux is too low","error_type":"validation"}"#, .invalidRequest, "the flux is too low"),
        Row("Fireworks", 400, #"{"error":{"object":"error","type":"invalid_request_error","message":"Extra inputs are not permitted, field: 'parallel_tool_calls'"}}"#, .invalidRequest, "Extra inputs are not permitted"),
        Row("Azure", 404, #"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#, .modelNotFound, "does not exist"),
        Row("Azure", 404, #"{"error":{"code":"404","message":"Resource not found"}}"#, .unavailable, "base URL", "Resource not found"),
        Row("Ollama", 404, #"{"error":{"message":"model \"x\" not found, try pulling it first","type":"api_error","param":null,"code":null}}"#, .modelNotFound, "try pulling it first"),
        Row("Ollama", 400, #"{"error":{"message":"registry.ollama.ai/library/x does not support tools","type":"api_error","param":null,"code":null}}"#, .invalidRequest, "'tools'", "does not support tools"),
        Row("LM Studio", 400, #"{"error":"Invalid tool_choice type: 'object'. Supported string values: none, auto, required"}"#, .invalidRequest, "tool_choice", "Supported string values"),
        Row("LM Studio", 400, #"{"error":"Failed to load model \"x\". Error: The flux is too low"}"#, .invalidRequest, "Failed to load model"),
        Row("vLLM", 400, #"{"object":"error","message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","type":"BadRequestError","param":null,"code":400}"#, .invalidRequest, "enable-auto-tool-choice"),
        Row("vLLM, in a stream's form", 400, "data: " + #"{"error":{"message":"The flux is too low","type":"BadRequestError","code":400}}"# + "\n\ndata: [DONE]\n\n", .invalidRequest, "It says: The flux is too low"),
        Row("with a name and a ping", 429, ": ping\n\nevent: error\ndata: {\"message\":\"The flux is too low\"}\n\n", .rateLimited, "The flux is too low"),
        Row("SGLang", 400, #"{"object":"error","message":"The flux is too low","type":"BadRequest","param":null,"code":400}"#, .invalidRequest, "The flux is too low"),
        Row("FastAPI", 422, #"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{"model":"m"}}]}"#, .invalidRequest, "Field required (body.messages)"),
        Row("FastAPI", 400, #"{"detail":"The flux is too low"}"#, .invalidRequest, "The flux is too low"),
        Row("FastAPI, nested", 400, #"{"detail":{"error":{"message":"The flux is too low"}}}"#, .invalidRequest, "The flux is too low"),
        Row("Spring", 400, #"{"timestamp":"2026-01-01T00:00:00Z","status":400,"error":"Bad Request","message":"The flux is too low","path":"/x"}"#, .invalidRequest, "The flux is too low"),
        Row("problem details", 400, #"{"type":"about:blank","title":"Bad Request","status":400,"detail":"The flux is too low"}"#, .invalidRequest, "The flux is too low"),
        Row("a gateway", 400, #"{"error":{"errorMessage":"The flux is too low"}}"#, .invalidRequest, "The flux is too low"),
        Row("a gateway of its own", 400, #"{"fault":{"faultstring":"The flux is too low","detail":{"errorcode":"x.y"}}}"#, .invalidRequest, "The flux is too low"),
        Row("an object under another name", 400, #"{"result":{"problem":"The flux is too low"}}"#, .invalidRequest, "The flux is too low"),
        Row("plain text", 400, "The flux is too low", .invalidRequest, "The flux is too low"),
        Row("a text that is quoted", 400, #""The flux is too low""#, .invalidRequest, "The flux is too low"),
        Row("an error within a text", 400, #"{"error":"{\"message\":\"The flux is too low\",\"code\":400}"}"#, .invalidRequest, "The flux is too low"),
        Row("OpenAI", 403, #"{"error":{"message":"Project `p` does not have access to model `gpt-9`","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#, .modelNotFound, "does not have access"),
    ]

    static let failures: [Row] = [
        Row("llama.cpp", 500, #"{"error":{"code":500,"message":"tools param requires --jinja flag","type":"server_error"}}"#, .failed, "tools param requires --jinja flag"),
        Row("llama.cpp", 500, #"{"error":{"code":500,"message":"Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/...","type":"server_error"}}"#, .failed, "Conversation roles must alternate"),
        Row("llama.cpp", 503, #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, .overloaded, "loading its model"),
        Row("Ollama", 500, #"{"error":{"message":"llama runner process has terminated: exit status 2","type":"api_error"}}"#, .failed, "llama runner process has terminated"),
        Row("Ollama", 503, #"{"error":{"message":"server busy, please try again. maximum pending requests exceeded","type":"api_error"}}"#, .overloaded, "server busy"),
        Row("Hugging Face", 503, #"{"error":"Model x is currently loading","estimated_time":20.3}"#, .overloaded, "loading", seconds: 21),
        Row("Anthropic", 529, #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, .overloaded, "overloaded"),
        Row("Gemini", 503, #"[{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}]"#, .overloaded, "overloaded"),
        Row("Groq", 498, #"{"error":{"message":"flex tier capacity exceeded","type":"capacity_exceeded"}}"#, .overloaded, "flex tier capacity exceeded"),
        Row("Groq", 400, #"{"error":{"message":"Failed to call a function. Please adjust your prompt.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"how do I"}}"#, .failed, "Failed to call a function"),
        Row("Ollama", 500, #"{"error":{"message":"llm server loading model","type":"api_error"}}"#, .overloaded, "loading"),
        Row("a proxy", 502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>", .failed, "502 Bad Gateway"),
        Row("a proxy", 504, "<html><head><title>504 Gateway Time-out</title></head></html>", .timeout, "timed out"),
        Row("Cloudflare", 524, "error code: 524", .timeout, "timed out"),
    ]

    static let limits: [Row] = [
        Row("Z.ai", 429, #"{"error":{"code":"1113","message":"余额不足或无可用资源包,请充值。"}}"#, .quotaExceeded, "余额不足"),
        Row("xAI", 403, #"{"code":"The caller does not have permission","error":"Your newly created team doesn't have any credits yet."}"#, .quotaExceeded, "credits"),
        Row("OpenAI", 429, #"{"error":{"message":"Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2.4s. Visit https://platform.openai.com to learn more.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#, .rateLimited, "Please try again in 3 s.", "Rate limit reached", seconds: 3),
        Row("OpenAI", 429, #"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#, .quotaExceeded, "exceeded your current quota"),
        Row("Groq", 429, #"{"error":{"message":"Rate limit reached for model `x` on requests per day (RPD): Limit 1000, Used 1000. Please try again in 7m12.5s.","type":"requests","code":"rate_limit_exceeded"}}"#, .rateLimited, "Please try again in 433 s.", seconds: 433),
        Row("Azure", 429, #"{"error":{"code":"429","message":"Requests to the ChatCompletions operation have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 26 seconds."}}"#, .rateLimited, "Please try again in 26 s.", seconds: 26),
        Row("Gemini, a minute's quota", 429, #"[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. Please retry in 34.07s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}]"#, .rateLimited, "exceeded your current quota", seconds: 34),
        Row("Gemini, without a time", 429, #"[{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}]"#, .rateLimited, "Quota exceeded"),
        Row("OpenRouter", 429, #"{"error":{"message":"Rate limit exceeded: free-models-per-min.","code":429,"metadata":{"headers":{"X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0","Retry-After":"12"}}}}"#, .rateLimited, "Rate limit exceeded", seconds: 12),
        Row("OpenRouter", 402, #"{"error":{"message":"This request requires more credits, or fewer max_tokens.","code":402}}"#, .quotaExceeded, "requires more credits"),
        Row("DeepSeek", 402, #"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#, .quotaExceeded, "Insufficient Balance"),
        Row("Anthropic", 400, #"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API. Please go to Plans & Billing."}}"#, .quotaExceeded, "credit balance is too low"),
        Row("Anthropic", 429, #"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 50,000 input tokens per minute."}}"#, .rateLimited, "rate limit"),
        Row("Moonshot", 429, #"{"error":{"message":"Your account is suspended, please check your plan and billing details","type":"exceeded_current_quota_error"}}"#, .quotaExceeded, "suspended"),
        Row("Moonshot", 429, #"{"error":{"message":"Your account request reached max request: 3, please try again after 1 seconds","type":"rate_limit_reached_error"}}"#, .rateLimited, "Please try again in 1 s.", seconds: 1),
        Row("Moonshot", 429, #"{"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}"#, .overloaded, "overloaded"),
        Row("xAI", 429, #"{"code":"Some resource has been exhausted","error":"Your team has either used all available credits or reached its monthly spending limit."}"#, .quotaExceeded, "used all available credits"),
        Row("Mistral", 429, #"{"message":"Requests rate limit exceeded"}"#, .rateLimited, "Requests rate limit exceeded"),
        Row("Cerebras", 429, #"{"message":"Tokens per minute limit exceeded - too many tokens processed.","type":"too_many_tokens_error","param":"quota","code":"token_quota_exceeded"}"#, .rateLimited, "Tokens per minute limit exceeded"),
        Row("DashScope", 429, #"{"error":{"message":"Requests throttling triggered","code":"Throttling.RateQuota"}}"#, .rateLimited, "throttling"),
        Row("DashScope", 400, #"{"error":{"code":"Arrearage","message":"Access denied, please make sure your account is in good standing."}}"#, .quotaExceeded, "good standing"),
        Row("LiteLLM", 500, #"{"error":{"message":"litellm.RateLimitError: slow down","type":"rate_limit_error","code":"500"}}"#, .rateLimited, "slow down"),
        Row("a gateway", 429, #"{"error":{"message":"slow","retry_after":4.2}}"#, .rateLimited, "slow", seconds: 5),
    ]

    static let keysAndFilters: [Row] = [
        Row("OpenAI", 401, #"{"error":{"message":"Incorrect API key provided: abcd****wxyz. You can find your API key at https://platform.openai.com.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#, .unauthorized, "Check the key", "Incorrect API key provided"),
        Row("Gemini", 400, #"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#, .unauthorized, "Check the key"),
        Row("Azure", 401, #"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}"#, .unauthorized, "wrong API endpoint"),
        Row("Mistral", 401, #"{"detail":"Invalid API Key"}"#, .unauthorized, "Check the key"),
        Row("a proxy", 403, "<html><body>403 Forbidden</body></html>", .unauthorized, "Check the key"),
        Row("OpenRouter", 403, #"{"error":{"message":"some/model requires moderation. Your input was flagged","code":403,"metadata":{"reasons":["violence"],"flagged_input":"how do I"}}}"#, .invalidRequest, "flagged"),
        Row("Azure", 400, #"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400}}"#, .invalidRequest, "filtered"),
        Row("OpenAI", 400, #"{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","param":null,"code":"invalid_prompt"}}"#, .invalidRequest, "flagged"),
        Row("DeepSeek", 400, #"{"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}"#, .invalidRequest, "Content Exists Risk"),
        Row("DashScope", 400, #"{"error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content."}}"#, .invalidRequest, "inappropriate content"),
    ]

    static let inStreams: [Row] = [
        Row("OpenAI", nil, #"{"message":"The server had an error","type":"server_error","code":null}"#, .failed, "The server had an error"),
        Row("OpenRouter", nil, #"{"code":502,"message":"The flux is too low","metadata":{"provider_name":"P"}}"#, .failed, "The flux is too low"),
        Row("a limit by its number", nil, #"{"message":"slow","code":429}"#, .rateLimited, "slow"),
        Row("a limit by its name", nil, #"{"message":"slow","code":"rate_limit_exceeded","type":"rate_limit_error"}"#, .rateLimited, "slow"),
        Row("a limit and its end", nil, #"{"message":"Rate limit reached. Please try again in 250ms.","type":"tokens","code":"rate_limit_exceeded"}"#, .rateLimited, "Please try again in 1 s.", seconds: 1),
        Row("Anthropic", nil, #"{"type":"overloaded_error","message":"Overloaded"}"#, .overloaded, "overloaded"),
        Row("vLLM", nil, #"{"message":"The flux is too low","type":"BadRequestError","param":null,"code":400}"#, .invalidRequest, "The flux is too low"),
        Row("Gemini", nil, #"{"code":400,"message":"The flux is too low","status":"INVALID_ARGUMENT"}"#, .invalidRequest, "The flux is too low"),
        Row("a used-up quota", nil, #"{"message":"Insufficient credits","code":402}"#, .quotaExceeded, "Insufficient credits"),
        Row("a text", nil, #""The flux is too low""#, .failed, "The flux is too low"),
        Row("a name alone", nil, #"{"code":"backend_gone"}"#, .failed, "backend_gone"),
    ]

    @Test(arguments: refusals + failures + limits + keysAndFilters)
    func bodiesAreReadClassedAndTold(_ row: Row) {
        let error = EngineFailure(body: Array(row.body.utf8)).engineError(status: row.status)
        check(error, row)
    }

    @Test(arguments: inStreams)
    func errorsInStreamsAreReadClassedAndTold(_ row: Row) throws {
        check(EngineFailure(error: try RawJSON(parsing: row.body)).engineError(status: nil), row)
    }

    private func check(_ error: EngineError, _ row: Row) {
        #expect(error.kind == row.kind, "\(error.message)")
        for words in row.says { #expect(error.message.lowercased().contains(words.lowercased()), "\(error.message)") }
        #expect(error.retryAfterSeconds == row.seconds)
        for hidden in ["<html", "how do I", "wxyz", "include_usage", "https://"] { #expect(!error.message.contains(hidden), "\(error.message)") }
        #expect(error.detail != nil)
    }

    @Test func aFlaggedInputIsNotCalledAWrongKey() {
        let body = #"{"error":{"code":403,"message":"Input was flagged","metadata":{"reasons":["x"]}}}"#
        #expect(!EngineFailure(body: Array(body.utf8)).engineError(status: 403).message.contains("key"))
    }

    @Test(arguments: [
        #""""#, "{}", "[]", "null", "false", "0", #"[""]"#, #"[{}]"#, #"{"code":null,"message":null}"#, #"{"code":0,"message":""}"#,
    ])
    func anEmptyErrorIsNone(_ value: String) throws {
        #expect(!FailureReader.isFailure(try RawJSON(parsing: value)))
        let chunk = #"data: {"error":\#(value),"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"# + "\n\ndata: [DONE]\n\n"
        #expect(try hear(Array(chunk.utf8)).text == "a")
    }

    /// What is no error, though it is no answer either.
    @Test(arguments: [
        "{}", #"{"type":"ping"}"#, #"{"object":"ping"}"#, #"{"choices":[],"usage":{"prompt_tokens":1}}"#, #"{"prompt_progress":{"total":1}}"#,
        #"{"type":"status","message":"Working on it"}"#, #"{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#, #"{"message":"hello"}"#,
        #"{"error":null,"object":"x"}"#, #"{"detail":null}"#, #"{"base_resp":{"status_code":0,"status_msg":""}}"#, #"{"code":200,"msg":"ok"}"#,
    ])
    func signsOfLifeAreNotErrors(_ json: String) throws {
        #expect(!FailureReader.isError(try RawJSON(parsing: json)))
    }

    @Test(arguments: [
        (#"{"detail":"The flux is too low"}"#, EngineError.Kind.invalidRequest), (#"{"message":"The flux is too low","type":"Internal","code":500}"#, .failed),
        (#"{"choices":null,"error_type":"BadRequestError","error_message":"The flux is too low"}"#, .invalidRequest),
        (#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","error":{"code":502,"message":"The flux is too low"}}]}"#, .failed),
        (#"{"choices":[{"index":0,"delta":{},"finish_reason":"error"}],"error":{"code":429,"message":"The flux is too low"}}"#, .rateLimited),
        (#"{"base_resp":{"status_code":1002,"status_msg":"rate limit, The flux is too low"},"choices":null}"#, .rateLimited),
        (#"{"code":1301,"msg":"The flux is too low"}"#, .failed),
        (#"{"error":true,"message":"The flux is too low"}"#, .failed), (#"{"success":false,"errors":[{"message":"The flux is too low"}]}"#, .failed),
        (#"{"type":"error","error":{"type":"api_error","message":"The flux is too low"}}"#, .failed),
    ])
    func errorsThatAreChunksFailTheAnswer(_ chunk: String, _ kind: EngineError.Kind) {
        let error = #expect(throws: EngineError.self) { try hear(Array("data: \(chunk)\n\ndata: [DONE]\n\n".utf8)) }
        #expect(error?.kind == kind)
        #expect(error?.message.contains("The flux is too low") ?? false, "\(error?.message ?? "")")
    }

    @Test(arguments: ["error", "abort", "network_error", "insufficient_system_resource", "malformed_function_call", "timeout", "SERVER_ERROR"])
    func aReasonToStopThatNamesAFailureIsOne(_ word: String) {
        #expect(throws: EngineError.self) { try hear(stream([#"{"content":"a"}"#], finish: word)) }
    }
}
