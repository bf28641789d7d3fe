/// One `POST /v1/responses` body, or one `response.create` event: the same fields, at the top level.
///
/// Unknown fields are kept in `extra`: "a server in front of other engines does better to pass or ignore vendor fields".
/// A null means "not given" (responses-api 2, websocket-mode 4.1).
public struct CreateRequest: Sendable {
    public var model: String?
    /// The new items; a string became one user message.
    public var input: [Item] = []
    /// Whether `input` was there at all.
    public var hasInput = false
    public var instructions: JSONText?
    public var previousResponseID: ResponseID?
    public var conversation: RawJSON?
    public var store: Bool?
    public var stream: Bool?
    public var background: Bool?
    /// False warms the engine up and generates nothing (websocket-mode 8).
    public var generate: Bool?
    /// The lane. Only on the socket.
    public var streamID: StreamID?
    public var tools: ToolSet = .empty
    public var toolChoice: ToolChoice = .auto
    public var toolChoiceEcho: RawJSON?
    public var parallelToolCalls: Bool?
    public var maxToolCalls: Int?
    public var text = TextSettings()
    public var reasoning: ReasoningSettings?
    public var include: [String] = []
    public var maxOutputTokens: Int?
    public var temperature: Double?
    public var topP: Double?
    public var topLogprobs: Int?
    public var presencePenalty: Double?
    public var frequencyPenalty: Double?
    /// Texts at which the answer ends, without them. No field of Responses: other wires have it.
    public var stop: [String] = []
    public var truncation: String?
    /// `[{"type": "compaction", "compact_threshold": N}]`; see `compactThreshold`.
    public var contextManagement: RawJSON?
    public var metadata: RawJSON?
    public var promptCacheKey: String?
    public var safetyIdentifier: String?
    public var user: String?
    public var serviceTier: String?
    /// Fields of the reference that only the server or nobody acts on, and vendors' own: kept as they came, in order.
    public var extra: [(name: String, value: RawJSON)] = []

    public init() {}

    /// Tokens of the conversation from which on it is compacted before it is answered; nil where that was not asked for.
    public var compactThreshold: Int? {
        contextManagement?.elements.compactMap { $0["compact_threshold"]?.intValue }.min()
    }

    /// Whether logprobs of the output text were asked for.
    public var wantsLogprobs: Bool { include.contains("message.output_text.logprobs") }
}

extension CreateRequest {
    /// `max_output_tokens` is at least 16 (responses-api 2).
    static var outputTokensMin: Int { 16 }
    /// Metadata: at most 16 pairs, keys of 64 and values of 512 characters (responses-api 2).
    static var metadataPairsMax: Int { 16 }

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - bytes: one JSON object. A member `type` is ignored: the caller has routed by it.
    ///   - tools: the tools of the turn before; reused when the bytes are equal.
    /// - Throws: `APIError` naming the field by its path.
    public init(parsing bytes: [UInt8], reusing tools: ToolSet? = nil) throws(APIError) {
        try self.init(parsing: bytes) { sent in
            guard let tools, tools.json.isEqual(to: sent) else { return nil }
            return tools
        }
    }

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - bytes: one JSON object. A member `type` is ignored: the caller has routed by it.
    ///   - known: a set of tools that has exactly these bytes, which are valid JSON, to be shared instead of read; nil when
    ///     there is none.
    /// - Throws: `APIError` naming the field by its path.
    public init(
        parsing bytes: [UInt8], reusing known: (UnsafeBufferPointer<UInt8>) -> ToolSet?
    ) throws(APIError) {
        var request = CreateRequest()
        try bytes.scanned { (scanner) throws(APIError) in
            guard scanner.peek() == UInt8(ascii: "{") else {
                throw APIError.invalidRequest(.invalidJSON, "The body must be one JSON object.")
            }
            try scanner.members { (scanner, key) throws(APIError) in
                try request.read(&scanner, scanner.key(key), reusing: known)
            }
            try scanner.orInvalid { (scanner) throws(JSONError) in try scanner.expectEnd() }
        }
        self = request
        if conversation != nil, previousResponseID != nil {
            throw .invalidRequest(
                .invalidValue, "'conversation' and 'previous_response_id' exclude each other. Send one of them.",
                param: "previous_response_id")
        }
    }

    private mutating func read(
        _ scanner: inout JSONScanner, _ key: JSONKey, reusing known: (UnsafeBufferPointer<UInt8>) -> ToolSet?
    ) throws(APIError) {
        switch key {
        case "type": _ = try scanner.valueSpan()
        case "model": model = try scanner.string(for: "model")
        case "input": try readInput(&scanner)
        case "instructions": try readInstructions(&scanner)
        case "previous_response_id":
            previousResponseID = try scanner.string(for: "previous_response_id").map { ResponseID($0) }
        case "conversation":
            let value = try scanner.rawValue()
            conversation = value.isNull ? nil : value
        case "store": store = try scanner.bool(for: "store")
        case "stream": stream = try scanner.bool(for: "stream")
        case "background": background = try scanner.bool(for: "background")
        case "generate": generate = try scanner.bool(for: "generate")
        case "stream_id": streamID = try Self.readStreamID(&scanner)
        case "tools": tools = try Self.readTools(&scanner, reusing: known)
        case "tool_choice":
            if let (choice, json) = try ToolChoice.read(&scanner) {
                toolChoice = choice
                toolChoiceEcho = json
            }
        case "parallel_tool_calls": parallelToolCalls = try scanner.bool(for: "parallel_tool_calls")
        case "max_tool_calls": maxToolCalls = try scanner.int(for: "max_tool_calls", in: 1...Int.max)
        case "text":
            if let json = try scanner.object(for: "text") {
                do throws(APIError) { text = try TextSettings(json) } catch { throw error.under("text") }
            }
        case "reasoning":
            if let json = try scanner.object(for: "reasoning") {
                do throws(APIError) { reasoning = try ReasoningSettings(json) } catch { throw error.under("reasoning") }
            }
        case "include": include = try Self.readInclude(&scanner)
        case "max_output_tokens":
            maxOutputTokens = try scanner.int(for: "max_output_tokens", in: Self.outputTokensMin...Int.max)
        case "temperature": temperature = try scanner.double(for: "temperature", in: 0...2)
        case "top_p": topP = try scanner.double(for: "top_p", in: 0...1)
        case "top_logprobs": topLogprobs = try scanner.int(for: "top_logprobs", in: 0...20)
        case "presence_penalty": presencePenalty = try scanner.double(for: "presence_penalty", in: -2...2)
        case "frequency_penalty": frequencyPenalty = try scanner.double(for: "frequency_penalty", in: -2...2)
        case "truncation":
            truncation = try scanner.string(for: "truncation")
            guard truncation.map({ $0 == "auto" || $0 == "disabled" }) ?? true else {
                throw .wrongValue("truncation", "supported are 'auto' and 'disabled'.")
            }
        case "context_management": contextManagement = try Self.readContextManagement(&scanner)
        case "metadata": metadata = try Self.readMetadata(&scanner)
        case "prompt_cache_key": promptCacheKey = try scanner.string(for: "prompt_cache_key")
        case "safety_identifier":
            safetyIdentifier = try scanner.string(for: "safety_identifier", charactersMax: 64)
        case "user": user = try scanner.string(for: "user")
        case "service_tier": serviceTier = try scanner.string(for: "service_tier")
        default:
            let (name, value) = (key.string, try scanner.rawValue())
            if let problem = MisplacedField(name: name, value: value).problem { throw problem }
            extra.append((name, value))
        }
    }

    /// Total text of an input string (responses-api 2).
    static var inputCharactersMax: Int { 10_485_760 }

    private mutating func readInput(_ scanner: inout JSONScanner) throws(APIError) {
        switch scanner.peek() {
        case UInt8(ascii: "n"): _ = try scanner.rawValue()
        case UInt8(ascii: "\""):
            guard let text = try scanner.text(for: "input") else { return }
            guard text.escaped.count <= Self.inputCharactersMax * 6 else {
                throw .wrongValue("input", "at most \(Self.inputCharactersMax) characters are allowed.")
            }
            input = [.userMessage(text)]
            hasInput = true
        case UInt8(ascii: "["):
            var items: [Item] = []
            do throws(APIError) {
                try scanner.elements { (scanner, _) throws(APIError) in items.append(try Item(&scanner)) }
            } catch {
                throw error.under("input")
            }
            input = items
            hasInput = true
        default: throw .wrongType("input", expected: "a string or an array of items")
        }
    }

    private mutating func readInstructions(_ scanner: inout JSONScanner) throws(APIError) {
        // A response fetched from OpenAI may hold an array of items here; as a request field it is a string.
        instructions = try scanner.text(for: "instructions")
    }

    private static func readStreamID(_ scanner: inout JSONScanner) throws(APIError) -> StreamID? {
        let value = try scanner.rawValue()
        if value.isNull { return nil }
        guard let name = value.stringValue, let streamID = StreamID(name) else { throw .invalidStreamID }
        return streamID
    }

    private static func readTools(
        _ scanner: inout JSONScanner, reusing known: (UnsafeBufferPointer<UInt8>) -> ToolSet?
    ) throws(APIError) -> ToolSet {
        let range = try scanner.valueSpan()
        let bytes = scanner.bytes(range)
        if bytes.first == UInt8(ascii: "n") { return .empty }
        if let tools = known(bytes) { return tools }
        return try ToolSet(scanner.raw(range))
    }

    private static func readInclude(_ scanner: inout JSONScanner) throws(APIError) -> [String] {
        switch scanner.peek() {
        case UInt8(ascii: "n"):
            _ = try scanner.valueSpan()
            return []
        case UInt8(ascii: "["):
            var include: [String] = []
            do throws(APIError) {
                try scanner.elements { (scanner, index) throws(APIError) in
                    guard scanner.peek() == UInt8(ascii: "\""), let word = try scanner.string(for: "include") else {
                        throw APIError.invalidRequest(
                            .invalidType, "Invalid type for 'include[\(index)]': expected a string.")
                    }
                    include.append(word)
                }
            } catch {
                throw error.under("include")
            }
            return include
        default: throw .wrongType("include", expected: "an array")
        }
    }

    /// OpenAI's least (its schema).
    private static var compactThresholdMin: Int { 1000 }

    private static func readContextManagement(_ scanner: inout JSONScanner) throws(APIError) -> RawJSON? {
        guard let list = try scanner.array(for: "context_management") else { return nil }
        for (index, entry) in list.elements.enumerated() {
            let path = "context_management[\(index)]"
            guard entry.isObject else { throw .wrongType(path, expected: "an object") }
            guard let type = entry["type"], !type.isNull else { throw .missing("\(path).type") }
            guard type.stringValue == "compaction" else { throw .wrongValue("\(path).type", "supported is 'compaction'.") }
            guard let value = entry["compact_threshold"], !value.isNull else { continue }
            guard let tokens = value.intValue else { throw .wrongType("\(path).compact_threshold", expected: "an integer") }
            guard tokens >= compactThresholdMin else {
                throw .wrongValue("\(path).compact_threshold", "it must be at least \(compactThresholdMin).")
            }
        }
        return list
    }

    static func readMetadata(_ scanner: inout JSONScanner) throws(APIError) -> RawJSON? {
        guard let object = try scanner.object(for: "metadata") else { return nil }
        var pairs = 0
        var problem: APIError?
        object.forEachMember { key, value in
            pairs += 1
            if key.unicodeScalars.count > 64 {
                problem = problem ?? .wrongValue("metadata", "keys have at most 64 characters.")
            }
            guard let text = value.stringValue else {
                problem = problem ?? .wrongType("metadata.\(key)", expected: "a string")
                return
            }
            if text.unicodeScalars.count > 512 {
                problem = problem ?? .wrongValue("metadata.\(key)", "values have at most 512 characters.")
            }
        }
        if pairs > metadataPairsMax {
            problem = problem ?? .wrongValue("metadata", "at most \(metadataPairsMax) pairs are allowed.")
        }
        if let problem { throw problem }
        return object
    }
}

extension APIError {
    public static let invalidStreamID = invalidRequest(
        .invalidStreamID,
        "Invalid 'stream_id': a lane's name has 1 to 256 characters of A-Z, a-z, 0-9, '_', '-' and '.'. Leave it out for the "
            + "default lane.", param: "stream_id")
}
