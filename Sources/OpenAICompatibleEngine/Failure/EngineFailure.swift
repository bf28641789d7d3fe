import ResponsesAPI
import ResponsesEngine

/// What an engine says went wrong, in any of the forms engines use, and what a client reads of it.
///
/// Forms seen: `{"error": {message, type, code, param}}`, `{"error": "text"}`, `{"object": "error", message, …}`,
/// `{"detail": …}`, plain text, a page of HTML, a redirect.
struct EngineFailure: Sendable {
    var message = ""
    var type = ""
    var code = ""
    var param: String?
    var promptTokens: Int?
    var contextTokens: Int?
    /// Where a redirect leads.
    var location = ""
    /// All that was said, where no message was found in it.
    private var rest = ""
    /// The message is the beginning of an object that was too long to be read.
    private var isBeginningOfObject = false

    /// What there is to clean, in bytes; more than `FailureWords` looks at counts no more.
    var size: Int {
        min(max(message.utf8.count, rest.utf8.count), FailureWords.textMax) + type.utf8.count + code.utf8.count + location.utf8.count
    }

    /// The value of `error`, or an object that is itself the error.
    init(error: RawJSON) { read(error) }

    /// The body of a failed HTTP request.
    ///
    /// - Parameter isCut: the engine sent more, which was not read.
    init(body: [UInt8], isCut: Bool = false) {
        guard let json = try? RawJSON(parsing: body) else {
            // Where it was cut a key may have been cut too, and would not be known for one.
            isBeginningOfObject = isCut && body.first == UInt8(ascii: "{")
            let text = isCut ? Array(body.dropLast(1024)) : body
            message = String(decoding: text.contains(UInt8(ascii: "<")) ? Self.withoutTags(text)[...] : text.prefix(Self.textMax), as: UTF8.self)
            return
        }
        read(json["error"] ?? json)
        if message.isEmpty, body.count > 2 { rest = Self.bounded(json.text) }
    }

    private mutating func read(_ json: RawJSON) {
        if let text = json.stringValue {
            message = Self.bounded(text)
            return
        }
        message = Self.bounded(json["message"]?.stringValue ?? json["detail"]?.stringValue ?? "")
        type = Self.bounded(json["type"]?.stringValue ?? "")
        code = Self.bounded(json["code"].map { $0.stringValue ?? $0.text } ?? "")
        param = json["param"]?.stringValue
        promptTokens = json["n_prompt_tokens"]?.intValue
        contextTokens = json["n_ctx"]?.intValue
        if message.isEmpty, json.isObject { rest = Self.bounded(json.text) }
    }

    /// An event of a stream may have megabytes.
    private static func bounded(_ text: String) -> String {
        text.utf8.count <= textMax ? text : String(decoding: text.utf8.prefix(textMax), as: UTF8.self)
    }

    /// The text of a page: what stands between its tags, with entities as the characters they stand for.
    ///
    /// No more of it than is ever looked at: a page may be long, and this runs on an event loop.
    private static func withoutTags(_ page: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var index = 0
        while index < page.count, text.count < textMax {
            let byte = page[index]
            if byte == UInt8(ascii: "<") {
                text.append(UInt8(ascii: " "))
                let name = page[index...].prefix(7).map { $0 | 0x20 }
                let isStyle = name.starts(with: "<style".utf8) || name.elementsEqual("<script".utf8)
                index = (page[index...].firstIndex(of: UInt8(ascii: ">")) ?? page.count - 1) + 1
                if isStyle { index = page[index...].firstIndex(of: UInt8(ascii: "<")) ?? page.count }
            } else if byte == UInt8(ascii: "&"), let entity = HTMLEntity.read(page, at: index) {
                text.append(contentsOf: UTF8.encode(entity.scalar).unsafelyUnwrapped)
                index = entity.end
            } else {
                text.append(byte)
                index += 1
            }
        }
        return text
    }

    /// More than `FailureWords` looks at, so that it sees that there was more; in bytes.
    private static let textMax = 2 * FailureWords.textMax

    /// The error of the seam (table: responses-api 14, "HTTP error").
    ///
    /// - Parameters:
    ///   - status: the HTTP status; nil for an error inside a stream, whose `code` is a status as a rule.
    ///   - words: cleans what the engine said, for the log and for the client.
    func engineError(
        status: Int?, retryAfterSeconds: Int? = nil, words: FailureWords = FailureWords()
    ) -> EngineError {
        // An error inside a stream: the model may have written, and be quoted.
        let hasBegun = status == nil
        func word(_ text: String) -> FailureWords.Said {
            .init(text: text, extent: hasBegun ? .firstWords : .beforeInput, lengthMax: FailureWords.wordMax)
        }
        let said = words.cleaned([
            .init(text: message, extent: hasBegun ? .firstWords : isBeginningOfObject ? .objectBeforeInput : .beforeInput), word(type), word(code),
            .init(text: rest, extent: hasBegun ? .firstWords : .objectBeforeInput), word(location),
        ])
        var error = error(status: status ?? Int(code) ?? 500, retryAfterSeconds, saying: said[0])
        error.detail = FailureWords.detail(Self.detail(said))
        error.httpStatus = status
        return error
    }

    /// One line of what was said: the message or all there is, then the type and the code, then where it leads.
    private static func detail(_ said: [String]) -> String {
        let (message, type, code, rest, location) = (said[0], said[1], said[2], said[3], said[4])
        var parts = [message.isEmpty ? rest : message]
        let marks = [("type", type), ("code", code)].filter { !$0.1.isEmpty && $0.1 != "null" }.map { "\($0.0) \($0.1)" }
        if !marks.isEmpty, !message.isEmpty || rest.isEmpty { parts.append("(\(marks.joined(separator: ", ")))") }
        if !location.isEmpty { parts.append("Location: \(location)") }
        return parts.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// - Parameter reason: the message, cleaned.
    private func error(status: Int, _ retryAfterSeconds: Int?, saying reason: String) -> EngineError {
        if let error = contextError() { return error }
        switch status {
        case 401, 403:
            return EngineError(
                .unauthorized, "The engine refused this server's key. Check the key that the server was given for the engine.")
        case 404 where isAboutModel:
            return EngineError(.modelNotFound, "The engine has no such model. \(Self.cleaned(reason))", param: "model")
        case 404, 405, 301, 302, 307, 308:
            return EngineError(
                .unavailable, "The engine's address answers, but not to chat completions. Check the engine's base URL.")
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
        case 400..<500: return requestError(saying: reason)
        default:
            // llama.cpp answers 500 for input that its model cannot take.
            if message.contains("input is not supported") { return requestError(saying: reason) }
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

    private func requestError(saying reason: String) -> EngineError {
        let field = param.flatMap(Self.field) ?? Self.fieldNamed(in: message)
        let reason = Self.cleaned(reason)
        return EngineError(
            .invalidRequest, "The engine refused the request\(field.map { " for '\($0)'" } ?? "").\(reason.isEmpty ? "" : " It says: \(reason)")",
            param: field)
    }

    // MARK: Fields

    /// What the Responses API calls a field of Chat Completions.
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

    /// An engine's words after `FailureWords`, cut down to what clients may see: no addresses and paths of the engine's
    /// machine, and nothing of records that may hold input.
    static func cleaned(_ message: String) -> String {
        var text = message
        // Python servers print the validation record; its `msg` is the sentence, its `input` is the client's data.
        for quote in ["'", "\""] {
            guard let start = text.firstRange(of: "'msg': \(quote)")?.upperBound else { continue }
            text = String(text[start...].prefix { String($0) != quote })
            break
        }
        // `QuotedInput` has cut where input begins; clients do not see a brace at all, nor what follows the first line.
        text = String(text.prefix { $0 != "{" && !$0.isNewline })
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
