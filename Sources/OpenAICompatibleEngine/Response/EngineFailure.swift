import ResponsesAPI
import ResponsesEngine

/// What an engine says went wrong, in any of the forms engines use, and what a client is told of it.
///
/// Forms seen: `{"error": {message, type, code, param}}`, `{"error": "text"}`, `{"object": "error", message, …}`,
/// `{"detail": …}`, plain text.
struct EngineFailure: Sendable {
    var message = ""
    var type = ""
    var code = ""
    var param: String?
    var promptTokens: Int?
    var contextTokens: Int?

    /// The value of `error`, or an object that is itself the error.
    init(error: RawJSON) { read(error) }

    /// The body of a failed HTTP request.
    init(body: [UInt8]) {
        guard let json = try? RawJSON(parsing: body) else {
            message = String(decoding: body.prefix(512), as: UTF8.self)
            return
        }
        read(json["error"] ?? json)
    }

    private mutating func read(_ json: RawJSON) {
        if let text = json.stringValue {
            message = text
            return
        }
        message = json["message"]?.stringValue ?? json["detail"]?.stringValue ?? ""
        type = json["type"]?.stringValue ?? ""
        code = json["code"].map { $0.stringValue ?? $0.text } ?? ""
        param = json["param"]?.stringValue
        promptTokens = json["n_prompt_tokens"]?.intValue
        contextTokens = json["n_ctx"]?.intValue
    }

    /// The error of our seam. Table: Responses API, section 14, "HTTP error".
    ///
    /// - Parameter status: the HTTP status; nil for an error inside a stream, whose `code` is a status as a rule.
    func engineError(status: Int?, retryAfterSeconds: Int? = nil) -> EngineError {
        let status = status ?? Int(code) ?? 500
        if let error = contextError() { return error }
        switch status {
        case 401, 403:
            return EngineError(
                .unauthorized, "The engine refused this server's key. Start the server with the right --engine-key.")
        case 404 where isAboutModel:
            return EngineError(.modelNotFound, "The engine has no such model. \(Self.cleaned(message))", param: "model")
        case 404, 405, 301, 302, 307, 308:
            return EngineError(
                .unavailable,
                "The engine's address answers, but not to chat completions. Correct the base URL given with --engine.")
        case 408, 504: return EngineError(.timeout, "The engine timed out. Try again.")
        case 429:
            return EngineError(
                .rateLimited, "The engine takes no more requests for now. Try again later.",
                retryAfterSeconds: retryAfterSeconds)
        case 503, 529:
            let isLoading = message.lowercased().contains("loading")
            return EngineError(
                .overloaded,
                isLoading ? "The engine is still loading its model. Try again soon." : "The engine is overloaded. Try again later.",
                retryAfterSeconds: retryAfterSeconds)
        case 413:
            return EngineError(
                .invalidRequest, "The request is larger than the engine takes. Send less or smaller input.", param: "input")
        case 400..<500: return requestError()
        default:
            // llama.cpp answers 500 for input that its model cannot take.
            if message.contains("input is not supported") { return requestError() }
            return EngineError(.failed, "The engine failed while it worked on this request. Try again.")
        }
    }

    // MARK: Kinds

    private var isAboutModel: Bool {
        param == "model" || code == "model_not_found" || message.lowercased().contains("model")
    }

    /// Wordings of an input that is longer than the model's context: llama.cpp, vLLM, OpenAI, SGLang, TGI, LM Studio,
    /// Ollama, Mistral, Anthropic, Gemini.
    private static let contextWordings = [
        "context length", "context size", "context window", "maximum context", "prompt is too long", "input is too long",
        "too many tokens", "maximum number of tokens", "max_model_len", "inputs tokens + max_new_tokens",
    ]

    private func contextError() -> EngineError? {
        let text = message.lowercased().filter { $0 != "`" }
        let isContext =
            type == "exceed_context_size_error" || code == "context_length_exceeded"
            || Self.contextWordings.contains { text.contains($0) }
        guard isContext else { return nil }
        if text.contains("max_tokens"), text.contains("too large") {
            return EngineError(
                .invalidRequest, "'max_output_tokens' is larger than what the engine's context leaves. Ask for fewer.",
                param: "max_output_tokens")
        }
        var message = "The conversation is longer than the engine's context."
        if let promptTokens, let contextTokens {
            message = "The conversation has \(promptTokens) tokens, and the engine's context holds \(contextTokens)."
        }
        return EngineError(
            .contextLengthExceeded, "\(message) Shorten or compact the input, or start the engine with a larger context.")
    }

    private func requestError() -> EngineError {
        let field = param.flatMap(Self.field) ?? Self.fieldNamed(in: message)
        let reason = Self.cleaned(message)
        return EngineError(
            .invalidRequest, "The engine refused the request\(field.map { " for '\($0)'" } ?? "").\(reason.isEmpty ? "" : " It says: \(reason)")",
            param: field)
    }

    // MARK: Fields

    /// Our name of a Chat Completions field.
    private static func field(_ path: String) -> String? {
        var path = path[...]
        if path.hasPrefix("body.") { path = path.dropFirst(5) }
        let root = path.prefix { $0.isLetter || $0 == "_" }
        switch root {
        case "messages": return "input"
        case "max_tokens", "max_completion_tokens": return "max_output_tokens"
        case "response_format": return "text.format"
        case "reasoning_effort": return "reasoning.effort"
        case "logprobs": return "top_logprobs"
        case "functions": return "tools"
        case "model", "tools", "tool_choice", "parallel_tool_calls", "temperature", "top_p", "presence_penalty",
            "frequency_penalty", "top_logprobs", "stop", "seed", "top_k", "min_p", "chat_template_kwargs", "logit_bias":
            return String(root)
        default: return nil
        }
    }

    private static func fieldNamed(in message: String) -> String? {
        // Quoted or backquoted words first: "Field 'temperature': …", "Invalid value for `tool_choice`".
        let words = message.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
        for word in words where word.contains("_") || word == "temperature" {
            if let field = field(String(word)) { return field }
        }
        if message.contains("does not support tools") { return "tools" }
        if message.contains("image input") || message.contains("audio input") { return "input" }
        return nil
    }

    // MARK: Text

    private static let lengthMax = 200

    /// The engine's own words, cut down to what may be shown: no addresses, paths, keys or quoted input.
    static func cleaned(_ message: String) -> String {
        var text = message
        // Python servers print the validation record; its `msg` is the sentence, its `input` is the client's data.
        if let start = text.firstRange(of: "'msg': '")?.upperBound {
            text = String(text[start...].prefix { $0 != "'" })
        }
        // Everything from the first piece of JSON on may be quoted input.
        text = String(text.prefix { $0 != "{" && $0 != "\n" })
        let words = text.split(separator: " ").map { word -> Substring in
            let isAddress = word.contains("://") || word.contains("\\") || isPath(word) || isHostAndPort(word)
            let isSecret = word.hasPrefix("sk-") || word.hasPrefix("Bearer") || word.utf8.count > 64
            return isAddress || isSecret ? "…" : word
        }
        text = words.joined(separator: " ")
        if text.count > lengthMax { text = text.prefix(lengthMax) + "…" }
        return text.filter { !$0.isNewline && ($0.asciiValue ?? 0x20) >= 0x20 }
    }

    private static func isPath(_ word: Substring) -> Bool {
        let bare = word.drop { !$0.isLetter && !$0.isNumber && $0 != "/" && $0 != "~" }
        return bare.hasPrefix("/") || bare.hasPrefix("~") || bare.filter { $0 == "/" }.count > 1
    }

    private static func isHostAndPort(_ word: Substring) -> Bool {
        let bare = word.drop { "([\"'`".contains($0) }
        let parts = bare.split(separator: ":")
        if parts.count >= 2, parts[1].first?.isNumber ?? false, parts[0].contains(where: { $0 == "." }) || parts[0] == "localhost" {
            return true
        }
        let numbers = bare.split(separator: ".").prefix(4)
        return numbers.count == 4 && numbers.allSatisfy { $0.first?.isNumber ?? false }
    }
}
