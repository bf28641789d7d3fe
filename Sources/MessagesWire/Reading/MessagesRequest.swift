import ResponsesAPI
import ResponsesCore

/// A request's body: its settings as the core has them, and where its messages and tools stand (anthropic-messages 3).
///
/// Fields that nothing is done with are passed over: `cache_control`, `safeguards`, `betas`, `service_tier`, and every name that this build
/// does not know. The first two move or change with every turn; in the prompt they would cost the engine's cache.
struct MessagesRequest: Sendable {
    /// Without the conversation, its instructions and its tools.
    var create = CreateRequest()
    /// As the client said it; `create.model` is without the mark of a large context.
    var model = ""
    var messages: [MessagePlace]?
    var instructions: JSONText?
    /// Where the tools stand in the body.
    var tools: Range<Int>?
    var isStream = false
    /// Whether the reasoning's text stays with the server's seal.
    var omitsThinking = false
    /// Whether `context_management` was sent, which wants an answer.
    var hasContextManagement = false
    private var userID: String?
    private var thinking: ThinkingSettings?
    private var effort: String?
    private var format: TextFormat.JSONSchema?
    private var hasMaxTokens = false

    /// - Parameter isCount: whether tokens are counted only, for which no limit of the output is needed.
    /// - Throws: `APIError` with the field's path.
    init(parsing body: [UInt8], isCount: Bool) throws(APIError) {
        var request = Self()
        try body.scanned { (scanner) throws(APIError) in
            guard scanner.peek() == UInt8(ascii: "{") else {
                throw APIError.invalidRequest(.invalidJSON, "The body must be one JSON object.")
            }
            try scanner.members { (scanner, key) throws(APIError) in try request.read(&scanner, scanner.key(key)) }
            try scanner.orInvalid { (scanner) throws(JSONError) in try scanner.expectEnd() }
        }
        self = request
        guard !model.isEmpty else { throw .missing("model") }
        guard let messages else { throw .missing("messages") }
        guard !messages.isEmpty else { throw .wrongValue("messages", "at least one message is needed.") }
        guard hasMaxTokens || isCount else { throw .missing("max_tokens") }
        create.model = model.withoutContextMark
        create.instructions = instructions
        if let effort = thinking?.effort(asked: effort) ?? effort { create.reasoning = ReasoningSettings(effort: effort) }
        if let format { create.text = TextSettings(format: .jsonSchema(format)) }
        omitsThinking = thinking?.isOmitted ?? false
    }

    private init() {}

    /// The session that a request belongs to: what places it, and keeps subagents apart (anthropic-messages 9.5).
    func cacheKey(_ header: (String) -> String?) -> String? {
        guard let session = header("x-claude-code-session-id") else { return userID.map { SessionName(userID: $0).text } }
        return header("x-claude-code-agent-id").map { "\(session):\($0)" } ?? session
    }

    /// The messages that are rendered, by their places among all.
    func shownMessages() -> [Int] {
        guard let messages else { return [] }
        let lastUser = messages.lastIndex { $0.role == .user } ?? -1
        return messages.indices.filter { !(messages[$0].isClearedByUser && $0 < lastUser) }
    }

    /// More stop strings than any client has; each is looked for in all of the text.
    private static var stopStringsMax: Int { 64 }

    private mutating func read(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch key {
        case "model": model = try scanner.string(for: "model") ?? ""
        case "messages": messages = try Self.readMessages(&scanner)
        case "system": instructions = try SystemText.read(&scanner)
        case "max_tokens":
            guard let limit = try scanner.int(for: "max_tokens", in: 0...Int.max) else { return }
            hasMaxTokens = true
            // Fills the cache and generates nothing.
            if limit == 0 { create.generate = false } else { create.maxOutputTokens = limit }
        case "stream": isStream = try scanner.bool(for: "stream") ?? false
        case "stop_sequences": create.stop = try Self.readStopStrings(&scanner)
        case "temperature": create.temperature = try scanner.double(for: "temperature", in: 0...2)
        case "top_p": create.topP = try scanner.double(for: "top_p", in: 0...1)
        case "top_k":
            let value = try scanner.rawValue()
            if value.isNull { return }
            guard value.intValue != nil else { throw .wrongType("top_k", expected: "an integer") }
            create.extra.append(("top_k", value))
        case "tools":
            let range = try scanner.valueSpan()
            switch scanner.bytes(range).first {
            case UInt8(ascii: "["): tools = range
            case UInt8(ascii: "n"): tools = nil
            default: throw .wrongType("tools", expected: "an array")
            }
        case "tool_choice": try readToolChoice(&scanner)
        case "thinking": thinking = try scanner.object(for: "thinking").map { ThinkingSettings($0) }
        case "output_config": try readOutputConfig(&scanner)
        case "output_format":
            if let json = try scanner.object(for: "output_format") { format = try Self.format(json, at: "output_format") }
        case "metadata":
            guard let metadata = try scanner.object(for: "metadata"), let id = metadata["user_id"], !id.isNull else { return }
            guard let text = id.stringValue else { throw .wrongType("metadata.user_id", expected: "a string") }
            userID = text
        case "context_management": hasContextManagement = try !scanner.rawValue().isNull
        case "thread": try Self.checkThread(&scanner)
        case "compaction":
            if try !scanner.rawValue().isNull {
                throw .unsupported("compaction", "this server does not compact on this wire. Leave it out, and ask for a summary in a message.")
            }
        case "container":
            if try !scanner.rawValue().isNull { throw .unsupported("container", "this server runs no containers. Leave it out.") }
        case "mcp_servers":
            let value = try scanner.rawValue()
            if !value.isNull, !value.elements.isEmpty || !value.isArray {
                throw .unsupported("mcp_servers", "this server calls no MCP servers. Offer their tools as tools of the client.")
            }
        default: _ = try scanner.valueSpan()
        }
    }

    private static func readMessages(_ scanner: inout JSONScanner) throws(APIError) -> [MessagePlace] {
        guard scanner.peek() == UInt8(ascii: "[") else { throw .wrongType("messages", expected: "an array") }
        var places: [MessagePlace] = []
        do throws(APIError) {
            try scanner.elements { (scanner, _) throws(APIError) in places.append(try MessagePlace(&scanner)) }
        } catch {
            throw error.under("messages")
        }
        return places
    }

    private static func readStopStrings(_ scanner: inout JSONScanner) throws(APIError) -> [String] {
        guard let list = try scanner.array(for: "stop_sequences") else { return [] }
        let strings = try StopStrings.read(list, for: "stop_sequences")
        guard strings.count <= stopStringsMax else {
            throw .wrongValue("stop_sequences", "at most \(stopStringsMax) are allowed.")
        }
        return strings
    }

    private mutating func readToolChoice(_ scanner: inout JSONScanner) throws(APIError) {
        guard let choice = try scanner.object(for: "tool_choice") else { return }
        guard let type = choice["type"]?.stringValue else { throw .missing("tool_choice.type") }
        switch type {
        case "auto": create.toolChoice = .auto
        case "any": create.toolChoice = .required
        case "none": create.toolChoice = .none
        case "tool":
            guard let name = choice["name"]?.stringValue else { throw .missing("tool_choice.name") }
            create.toolChoice = .tool(type: "function", name: name)
        default: throw .wrongValue("tool_choice.type", "supported are 'auto', 'any', 'tool' and 'none'.")
        }
        if choice["disable_parallel_tool_use"]?.boolValue == true { create.parallelToolCalls = false }
    }

    private mutating func readOutputConfig(_ scanner: inout JSONScanner) throws(APIError) {
        guard let config = try scanner.object(for: "output_config") else { return }
        if let effort = config["effort"], !effort.isNull {
            guard let word = effort.stringValue else { throw .wrongType("output_config.effort", expected: "a string") }
            self.effort = word
        }
        if let json = config["format"], !json.isNull { format = try Self.format(json, at: "output_config.format") }
    }

    private static func format(_ json: RawJSON, at path: String) throws(APIError) -> TextFormat.JSONSchema {
        guard json["type"]?.stringValue == "json_schema" else { throw .wrongValue("\(path).type", "supported is 'json_schema'.") }
        guard let schema = json["schema"], schema.isObject else { throw .missing("\(path).schema") }
        return TextFormat.JSONSchema(name: "output", schema: schema, strict: true)
    }

    /// A `create` brings everything and is answered as if there was no thread; a `continue` brings the new messages alone, so answering it
    /// would answer something else (anthropic-messages 10).
    private static func checkThread(_ scanner: inout JSONScanner) throws(APIError) {
        guard let thread = try scanner.object(for: "thread") else { return }
        switch thread["type"]?.stringValue {
        case "create": return
        case "continue":
            throw .invalidRequest(
                .threadUnsupported,
                "This server keeps no message threads. Send the whole conversation, without 'thread'.", param: "thread")
        default: throw .wrongValue("thread.type", "supported are 'create' and 'continue'.")
        }
    }
}

extension String {
    /// A model's name without `[1m]`, by which Claude Code marks a window of a million tokens.
    fileprivate var withoutContextMark: String {
        let mark = "[1m]"
        guard hasSuffix(mark), count > mark.count else { return self }
        return String(dropLast(mark.count))
    }
}

extension APIError {
    static func unsupported(_ param: String, _ reason: String) -> APIError {
        .invalidRequest(.unsupportedValue, "'\(param)' is not supported: \(reason)", param: param)
    }
}

extension ErrorCode {
    static let threadUnsupported: Self = "thread_unsupported_request"
}
