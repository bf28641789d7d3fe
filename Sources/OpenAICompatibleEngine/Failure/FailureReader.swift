import ResponsesAPI

/// Reads an error out of whatever object, list or text an engine made of it.
///
/// Forms seen: `{"error": {message, type, code, param}}`; the same in a list (Gemini); `{"error": "text"}`, with the code beside
/// it (xAI); the members without `error` (Cerebras, SGLang); `{"detail": …}` as a text, an object or a list of what a validator
/// found (FastAPI), also under `message` (Mistral); `{"errors": […]}` (Cloudflare); `{"type": "error", "error": {…}}` (Anthropic);
/// `error_message` with `error_type`; `base_resp` (MiniMax); another provider's error as text within `metadata.raw` (OpenRouter).
struct FailureReader {
    private(set) var failure = EngineFailure()
    /// Errors within errors; more is no error that anybody wrote.
    private static let depthMax = 6

    static func read(_ json: RawJSON) -> EngineFailure {
        var reader = FailureReader()
        reader.read(json, depth: 0)
        return reader.failure
    }

    /// Whether a member that stands for a failure says that there is one: an empty one means that there is none.
    static func isFailure(_ value: RawJSON) -> Bool {
        if let text = value.stringValue { return !text.isEmpty }
        // Some write one whose code and message are null into every chunk.
        if value.isObject {
            var isThere = false
            value.forEachMember { _, member in isThere = isThere || isFailure(member) }
            return isThere
        }
        if value.isArray { return value.elements.contains { isFailure($0) } }
        return value.boolValue ?? (value.intValue ?? 0 != 0)
    }

    /// Whether an object without an answer is an error all the same, under whatever name.
    ///
    /// A sign of life is not: `{}`, `{"type": "ping"}`, counts.
    static func isError(_ json: RawJSON) -> Bool {
        guard json.isObject else { return json.isArray && json.elements.first.map { isError($0) } ?? false }
        let names = ["error", "errors", "error_message", "errorMessage", "error_msg", "detail"]
        if names.contains(where: { name in json[name].map { isFailure($0) } ?? false }) { return true }
        if json["object"]?.stringValue == "error" || json["type"]?.stringValue == "error" || json["success"]?.boolValue == false { return true }
        if let code = json["base_resp"]?["status_code"]?.intValue, code != 0 { return true }
        if let code = json["code"]?.intValue, code != 0, code != 200, json["msg"]?.stringValue.map({ !$0.isEmpty }) ?? false { return true }
        guard json["message"]?.stringValue.map({ !$0.isEmpty }) ?? false else { return false }
        for name in ["code", "status", "status_code", "statusCode"] {
            if let number = json[name].flatMap({ $0.intValue ?? $0.stringValue.flatMap { Int($0) } }), (400...599).contains(number) { return true }
        }
        // As code and type are words of any service, those of failures are looked for in them.
        return ["code", "type", "status"].contains { name in
            let word = json[name]?.stringValue?.lowercased() ?? ""
            return failureWords.contains { word.contains($0) }
        }
    }

    /// Whether a text that stands where an answer was expected is an error: what a model wrote is none, whoever sent it as it was.
    static func isError(text: some Collection<UInt8>) -> Bool {
        guard text.count <= 1024, let first = text.first, first != UInt8(ascii: "{"), first != UInt8(ascii: "[") else { return false }
        let beginning = String(decoding: text.prefix(120), as: UTF8.self).lowercased()
        return ["error", "exception", "bad gateway", "unavailable", "too many requests", "time-out", "timed out", "traceback"].contains { beginning.contains($0) }
    }

    private static let failureWords = [
        "error", "invalid", "exception", "internal", "fail", "denied", "exceed", "unavailable", "overload", "limit", "quota", "timeout", "exhausted",
        "badrequest", "bad_request", "not_found", "notfound", "unauth", "filter",
    ]

    // MARK: Reading

    private mutating func read(_ json: RawJSON, depth: Int) {
        guard depth < Self.depthMax else { return }
        if json.isArray { return read(list: json.elements, depth: depth) }
        if let text = json.stringValue { return read(text: text, depth: depth) }
        guard json.isObject else { return }
        marks(of: json)
        // A word and a sentence: the sentence says more.
        if let word = json["error"]?.stringValue, !word.isEmpty, let sentence = json["message"]?.stringValue, !sentence.isEmpty {
            if failure.type.isEmpty { failure.type = EngineFailure.bounded(word) }
            return read(text: sentence, depth: depth)
        }
        for name in ["error", "errors", "message", "detail", "msg", "error_message", "errorMessage", "error_msg", "base_resp", "status_msg", "reason", "title"] {
            guard let value = json[name], Self.isFailure(value) else { continue }
            read(value, depth: depth + 1)
            // Frameworks say so what they refuse, some of them with 200.
            if name == "detail", depth == 0, failure.type.isEmpty, failure.code.isEmpty, !failure.message.lowercased().contains("internal") {
                failure.status = failure.status ?? 400
            }
            if !failure.message.isEmpty { break }
        }
        if let metadata = json["metadata"], metadata.isObject { read(metadata: metadata, depth: depth) }
        if depth == 0, failure.message.isEmpty, let sentence = Self.sentence(in: json, depth: 0) { failure.message = EngineFailure.bounded(sentence) }
    }

    /// The first sentence anywhere in an object of no known form.
    private static func sentence(in json: RawJSON, depth: Int) -> String? {
        if let text = json.stringValue { return text.utf8.count >= 6 && text.contains(" ") ? text : nil }
        guard depth < depthMax else { return nil }
        var found: String?
        for element in json.elements.prefix(8) where found == nil { found = sentence(in: element, depth: depth + 1) }
        json.forEachMember { name, value in
            if found == nil, !inputNames.contains(name.lowercased()) { found = sentence(in: value, depth: depth + 1) }
        }
        return found
    }

    /// What stands under these is the client's, or the model's.
    private static let inputNames: Set<String> = [
        "input", "input_value", "inputs", "messages", "content", "prompt", "raw", "body", "arguments", "tool_calls", "tools", "request",
        "flagged_input", "choices", "delta", "loc", "url", "doc_url", "ctx",
    ]

    /// A text may be another error, written down.
    private mutating func read(text: String, depth: Int) {
        let start = text.utf8.first { $0 > 0x20 }
        if start == UInt8(ascii: "{") || start == UInt8(ascii: "["), let inner = try? RawJSON(parsing: text), inner.isObject || inner.isArray {
            let before = failure.message
            read(inner, depth: depth + 1)
            if failure.message != before { return }
        }
        failure.message = EngineFailure.bounded(text)
    }

    private mutating func read(list: [RawJSON], depth: Int) {
        // What a validator found: where, and what is wrong with it. Its `input` is the client's.
        let found = list.prefix(4).compactMap { item -> String? in
            guard let message = item["msg"]?.stringValue else { return nil }
            // Deeper names are those of the client's own schemas.
            let place = (item["loc"]?.elements ?? []).prefix(4).compactMap { $0.stringValue ?? $0.intValue.map(String.init) }
            if failure.param == nil, let name = place.last(where: { Int($0) == nil && $0 != "body" }) {
                failure.param = place.first == "body" ? place.dropFirst().joined(separator: ".") : name
            }
            return place.isEmpty ? message : "\(message) (\(place.joined(separator: ".")))"
        }
        if !found.isEmpty {
            failure.message = EngineFailure.bounded(found.joined(separator: "; "))
        } else if let first = list.first(where: { Self.isFailure($0) }) {
            read(first, depth: depth + 1)
        }
    }

    /// The inner of two errors knows better, where it says something.
    private mutating func marks(of json: RawJSON) {
        let isOuterMark = json["type"]?.stringValue == "error"
        if !isOuterMark, let type = json["type"]?.stringValue ?? json["error_type"]?.stringValue, !type.isEmpty {
            failure.type = EngineFailure.bounded(type)
        } else if let status = json["status"]?.stringValue, Int(status) == nil, !status.isEmpty {
            failure.type = EngineFailure.bounded(status)
        }
        if let code = json["code"] ?? json["error_code"] ?? json["status_code"] ?? json["statusCode"], !code.isNull {
            let text = EngineFailure.bounded(code.stringValue ?? code.text)
            if !text.isEmpty { failure.code = text }
        }
        for name in ["status", "status_code", "statusCode", "http_status", "code"] {
            guard let value = json[name], let status = value.intValue ?? value.stringValue.flatMap({ Int($0) }), (400...599).contains(status) else { continue }
            failure.status = status
            break
        }
        if let param = json["param"]?.stringValue, !param.isEmpty { failure.param = param }
        failure.promptTokens = json["n_prompt_tokens"]?.intValue ?? failure.promptTokens
        failure.contextTokens = json["n_ctx"]?.intValue ?? failure.contextTokens
        failure.retryAfterSeconds = RetryDelay.seconds(in: json) ?? failure.retryAfterSeconds
    }

    /// What a provider behind a provider said.
    private mutating func read(metadata: RawJSON, depth: Int) {
        failure.retryAfterSeconds = RetryDelay.seconds(in: metadata) ?? failure.retryAfterSeconds
        if Self.isFailure(metadata["reasons"] ?? .null) || metadata["flagged_input"] != nil { failure.isFlagged = true }
        guard let raw = metadata["raw"], Self.isFailure(raw) else { return }
        let outer = failure
        read(raw, depth: depth + 1)
        if failure.message.isEmpty { failure.message = outer.message }
        // Which failure it is, the provider in front decides.
        if !outer.code.isEmpty { failure.code = outer.code }
        failure.status = outer.status ?? failure.status
    }
}
