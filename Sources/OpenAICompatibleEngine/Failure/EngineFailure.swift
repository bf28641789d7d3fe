import ResponsesAPI
import ResponsesEngine

/// What an engine says went wrong, in any of the forms engines use (`FailureReader`), and what a client reads of it.
struct EngineFailure: Sendable {
    var message = ""
    var type = ""
    var code = ""
    /// The field at fault, as the engine calls it.
    var param: String?
    var promptTokens: Int?
    var contextTokens: Int?
    /// The status that the error itself names.
    var status: Int?
    /// When to ask again, by what was said beside the message.
    var retryAfterSeconds: Int?
    /// Marked as input that a filter caught.
    var isFlagged = false
    /// Where a redirect leads.
    var location = ""
    /// What came was a page for people, not an answer of an API.
    private var isPage = false
    /// All that was said, where no message was found in it.
    private var rest = ""
    /// The message is the beginning of an object that was too long to be read.
    private var isBeginningOfObject = false

    /// What there is to clean, in bytes; more than `FailureWords` looks at counts no more.
    var size: Int {
        min(max(message.utf8.count, rest.utf8.count), FailureWords.textMax) + type.utf8.count + code.utf8.count + location.utf8.count
    }

    /// Nothing but what the status says: no reason, or a page.
    var saysOnlyUnavailable: Bool {
        let text = message.lowercased()
        return text.isEmpty && rest.isEmpty || text.utf8.count < 200 && text.contains("unavailable")
    }

    init() {}

    /// The value of `error`, or an object that is itself the error.
    init(error: RawJSON) { self = Self.reading(error) }

    /// A reason to stop that is the name of a failure.
    init(finishReason: String) { code = Self.bounded(finishReason) }

    /// The body of a failed HTTP request.
    ///
    /// - Parameter isCut: the engine sent more, which was not read.
    init(body: [UInt8], isCut: Bool = false) {
        // Some refuse in the form of the stream that was asked for.
        let body = Self.firstData(of: body) ?? body
        if let json = try? RawJSON(parsing: body) {
            self = Self.reading(json)
            return
        }
        // Where it was cut a key may have been cut too, and would not be known for one.
        isBeginningOfObject = isCut && body.first == UInt8(ascii: "{")
        let text = isCut ? Array(body.dropLast(1024)) : body
        isPage = text.contains(UInt8(ascii: "<"))
        message = String(decoding: isPage ? Self.withoutTags(text)[...] : text.prefix(Self.textMax), as: UTF8.self)
    }

    /// The data of the first event; nil when the body is no stream of events.
    private static func firstData(of body: [UInt8]) -> [UInt8]? {
        guard ["data:", "event:", ": "].contains(where: { body.starts(with: $0.utf8) }) else { return nil }
        var data: [UInt8]?
        func handle(_ event: SSEReader.Event) { data = data ?? (event.data.isEmpty ? nil : Array(event.data)) }
        var events = SSEReader(lengthMax: body.count)
        try? body.withUnsafeBufferPointer { try events.read($0, handle: handle) }
        try? events.end(handle: handle)
        return data
    }

    private static func reading(_ json: RawJSON) -> EngineFailure {
        var failure = FailureReader.read(json)
        if failure.message.isEmpty, json.bytes.count > 2, json.isObject || json.isArray { failure.rest = bounded(json.text) }
        return failure
    }

    /// An event of a stream may have megabytes.
    static func bounded(_ text: String) -> String {
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
    ///   - status: the HTTP status that says which failure it is; nil for an error inside a stream.
    ///   - hasOutput: the model has written something, which the engine may quote.
    ///   - retryAfterSeconds: what the answer's head said of it.
    ///   - words: cleans what the engine said, for the log and for the client.
    func engineError(
        status: Int?, hasOutput: Bool? = nil, retryAfterSeconds: Int? = nil, words: FailureWords = FailureWords()
    ) -> EngineError {
        let mayQuoteModel = hasOutput ?? (status == nil)
        let failureClass = FailureClass(self, httpStatus: status)
        func word(_ text: String) -> FailureWords.Said {
            .init(text: text, extent: mayQuoteModel ? .firstWords : .beforeInput, lengthMax: FailureWords.wordMax)
        }
        let said = words.cleaned([
            .init(text: message, extent: mayQuoteModel ? .firstWords : isBeginningOfObject ? .objectBeforeInput : .beforeInput), word(type),
            word(code), .init(text: rest, extent: mayQuoteModel ? .firstWords : .objectBeforeInput), word(location),
        ])
        let seconds = retryAfterSeconds ?? self.retryAfterSeconds ?? RetryDelay.seconds(inSentence: message)
        // Where nothing is said, the name of the failure is.
        let reason = [said[0], said[2], said[1]].first { !$0.isEmpty && $0 != "null" && Int($0) == nil } ?? ""
        var error = error(failureClass, seconds, saying: reason)
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
    private func error(_ failureClass: FailureClass, _ seconds: Int?, saying reason: String) -> EngineError {
        let says = Self.says(reason)
        switch failureClass {
        case .contextLength: return contextError()
        case .outputLimit:
            return EngineError(
                .invalidRequest, "'max_output_tokens' is larger than what the engine's context leaves. Ask for fewer.",
                param: "max_output_tokens")
        case .flagged:
            return EngineError(.invalidRequest, "The engine's filter refused this input.\(says.isEmpty ? " It was flagged." : says)", param: "input")
        case .key:
            return EngineError(
                .unauthorized,
                "The engine refused this server's key. Check the key that the server was given for the engine.\(Self.says(Self.beforeKey(reason)))")
        case .quota:
            return EngineError(
                .quotaExceeded, "The quota of this server's account at the engine is used up. Check its plan and billing.\(says)")
        case .model: return EngineError(.modelNotFound, "The engine has no such model. \(Self.cleaned(reason))", param: "model")
        case .address:
            return EngineError(
                .unavailable,
                "The engine's address answers, but not to chat completions. Check the engine's base URL.\(isPage ? "" : says)")
        case .timeout: return EngineError(.timeout, "The engine timed out. Try again.\(says)")
        case .rateLimit:
            return EngineError(
                .rateLimited, "The engine takes no more requests for now. \(Self.tryAgain(in: seconds))\(says)", retryAfterSeconds: seconds)
        case .loading:
            return EngineError(
                .overloaded, "The engine is still loading its model. \(Self.tryAgain(in: seconds, "Try again soon."))\(says)",
                retryAfterSeconds: seconds)
        case .overload:
            return EngineError(
                .overloaded, "The engine is overloaded. \(Self.tryAgain(in: seconds))\(says)", retryAfterSeconds: seconds)
        case .tooLarge:
            return EngineError(
                .invalidRequest, "The request is larger than the engine takes. Send less or smaller input.\(says)", param: "input")
        case .request: return requestError(saying: reason)
        case .failed:
            return EngineError(
                .failed, "The engine failed while it worked on this request.\(says.isEmpty ? " Try again." : says)")
        }
    }

    /// Clients read the seconds out of this sentence (websocket-mode 6.3).
    private static func tryAgain(in seconds: Int?, _ otherwise: String = "Try again later.") -> String {
        seconds.map { "Please try again in \($0) s." } ?? otherwise
    }

    private static func says(_ reason: String) -> String {
        let words = cleaned(reason)
        return words.isEmpty ? "" : " It says: \(words)"
    }

    /// Services repeat parts of a wrong key, with stars for the others: behind a colon, as a rule.
    private static func beforeKey(_ reason: String) -> String {
        let first = reason.prefix { !":\"'`([{<=".contains($0) }
        let words = first.split(separator: " ").filter { !$0.contains("*") && !$0.contains("…") && !$0.contains("...") }
        return words.count < 2 ? "" : words.joined(separator: " ")
    }

    private func contextError() -> EngineError {
        var message = "The conversation is longer than the engine's context."
        let said = ContextNumbers(self.message)
        let contextTokens = self.contextTokens ?? said.limit
        // Where the output counts with it, the conversation alone may be shorter.
        let promptTokens = self.promptTokens ?? said.tokens.flatMap { tokens in tokens > contextTokens ?? 0 ? tokens : nil }
        if let promptTokens, let contextTokens {
            message = "The conversation has \(promptTokens) tokens, and the engine's context holds \(contextTokens)."
        }
        var error = EngineError(
            .contextLengthExceeded, "\(message) Shorten or compact the input, or start the engine with a larger context.")
        if promptTokens != nil || contextTokens != nil { error.context = ContextOverflow(tokens: promptTokens, limit: contextTokens) }
        return error
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
