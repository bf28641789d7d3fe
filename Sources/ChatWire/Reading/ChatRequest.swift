import ResponsesAPI
import ResponsesCore

/// The fields of a request, in one pass over its body (chat-completions 2). Messages and tools are kept as places, to be read afterwards.
struct ChatRequest: Sendable {
    /// Where each message stands, and whether it belongs to the head: what system and developer say before anybody else does.
    private(set) var messages: [ChatMessages.Place] = []
    private(set) var isStream = false
    private(set) var wantsUsage = false
    /// Whether thoughts are made and not sent.
    private(set) var hidesReasoning = false
    /// What is asked for, without the conversation, its tools and which of them may be called.
    var create = CreateRequest()
    private var hasMessages = false
    private var toolsPlace: Range<Int>?
    private var functionsPlace: Range<Int>?
    private var toolChoice: RawJSON?
    private var functionCall: RawJSON?
    private var format = TextFormat.text
    private var verbosity: String?
    private var wantsLogprobs = false
    private var thinking = ChatThinking()
    private var (outputLimit, olderOutputLimit): (Int?, Int?) = (nil, nil)

    /// Whether tools came in the form of before 2024, and calls go out in it (chat-completions 5).
    var isLegacy: Bool { functionsPlace != nil }

    /// Stop strings that are looked for; OpenAI takes four. Each costs a look at every character.
    private static var stopsMax: Int { 16 }

    // MARK: Reading

    /// - Throws: `APIError` with the field's path.
    init(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else { throw .invalidRequest(.invalidJSON, "The body must be one JSON object.") }
        try scanner.members { (scanner, key) throws(APIError) in try read(&scanner, scanner.key(key)) }
        try scanner.orInvalid { (scanner) throws(JSONError) in try scanner.expectEnd() }
        guard hasMessages else { throw .missing("messages") }
        guard !messages.isEmpty else { throw .wrongValue("messages", "there must be one at least.") }
        try settle()
    }

    private mutating func read(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch key {
        case "model": create.model = try scanner.string(for: "model")
        case "messages": try readMessages(&scanner)
        case "stream": isStream = try scanner.bool(for: "stream") ?? false
        case "stream_options":
            if let options = try scanner.object(for: "stream_options") { wantsUsage = options["include_usage"]?.boolValue ?? false }
        case "max_completion_tokens": outputLimit = try Self.readLimit(&scanner, "max_completion_tokens")
        case "max_tokens": olderOutputLimit = try Self.readLimit(&scanner, "max_tokens")
        case "temperature": create.temperature = try scanner.double(for: "temperature", in: 0...2)
        case "top_p": create.topP = try scanner.double(for: "top_p", in: 0...1)
        case "presence_penalty": create.presencePenalty = try scanner.double(for: "presence_penalty", in: -2...2)
        case "frequency_penalty": create.frequencyPenalty = try scanner.double(for: "frequency_penalty", in: -2...2)
        case "stop": create.stop = try Self.readStop(&scanner)
        case "logprobs": wantsLogprobs = try scanner.bool(for: "logprobs") ?? false
        case "top_logprobs": create.topLogprobs = try scanner.int(for: "top_logprobs", in: 0...20)
        case "tools": toolsPlace = try Self.readPlace(&scanner)
        case "functions": functionsPlace = try Self.readPlace(&scanner)
        case "tool_choice": toolChoice = try Self.readValue(&scanner)
        case "function_call": functionCall = try Self.readValue(&scanner)
        case "parallel_tool_calls": create.parallelToolCalls = try scanner.bool(for: "parallel_tool_calls")
        case "response_format": format = try ChatResponseFormat.read(&scanner)
        case "verbosity": verbosity = try scanner.string(for: "verbosity")
        case "reasoning_effort": thinking.effort = try scanner.string(for: "reasoning_effort")
        case "reasoning":
            if let reasoning = try scanner.object(for: "reasoning") {
                thinking.read(reasoning: reasoning)
                hidesReasoning = reasoning["exclude"]?.boolValue ?? false
            }
        case "thinking": if let value = try scanner.object(for: "thinking") { thinking.read(thinking: value) }
        case "prompt_cache_key": create.promptCacheKey = try scanner.string(for: "prompt_cache_key")
        case "user": create.user = try scanner.string(for: "user")
        case "safety_identifier": create.safetyIdentifier = try scanner.string(for: "safety_identifier")
        default: try readOther(&scanner, key)
        }
    }

    /// Fields that are refused, that mean nothing here, and that are the engine's matter (chat-completions 2, chat-completions 3).
    private mutating func readOther(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch key {
        case "n":
            guard try (scanner.int(for: "n", in: Int.min...Int.max) ?? 1) == 1 else {
                throw .invalidRequest(
                    .unsupportedValue, "'n' must be 1: this server makes one answer for a request. Send the request again for another.", param: "n")
            }
        case "modalities":
            if try scanner.array(for: "modalities")?.elements.contains(where: { $0.stringValue == "audio" }) == true {
                throw .invalidRequest(
                    .unsupportedValue, "'modalities' can hold 'text' only: this server makes no sound.", param: "modalities")
            }
        case "audio": try refuse(&scanner, "audio", "this server makes no sound")
        case "web_search_options": try refuse(&scanner, "web_search_options", "this server does not search the web")
        case "moderation": try refuse(&scanner, "moderation", "this server does not moderate")
        // Nothing is stored; nothing is billed; hints and routes of other services.
        case "store", "metadata", "service_tier", "prediction", "prompt_cache_retention", "prompt_cache_options", "cache_control",
            "provider", "transforms", "models", "route", "plugins", "prompt":
            _ = try scanner.valueSpan()
        default:
            let value = try scanner.rawValue()
            if !value.isNull { create.extra.append((key.string, value)) }
        }
    }

    private func refuse(_ scanner: inout JSONScanner, _ field: StaticString, _ reason: String) throws(APIError) {
        guard try scanner.rawValue().isNull else {
            throw .invalidRequest("unsupported_parameter", "Unsupported parameter: '\(field)': \(reason). Leave it out.", param: "\(field)")
        }
    }

    private mutating func readMessages(_ scanner: inout JSONScanner) throws(APIError) {
        switch scanner.peek() {
        case UInt8(ascii: "n"):
            _ = try scanner.valueSpan()
            return
        case UInt8(ascii: "["): hasMessages = true
        default: throw .wrongType("messages", expected: "an array of messages")
        }
        var (places, isHead) = ([] as [ChatMessages.Place], true)
        do throws(APIError) {
            try scanner.elements { (scanner, _) throws(APIError) in
                guard scanner.peek() == UInt8(ascii: "{") else {
                    throw APIError.invalidRequest(.invalidType, "Invalid type for a message: expected an object.")
                }
                if isHead { isHead = try ["system", "developer"].contains(scanner.roleAhead()) }
                places.append(ChatMessages.Place(range: try scanner.valueSpan(), isHead: isHead))
            }
        } catch {
            throw error.under("messages")
        }
        messages = places
    }

    /// Clients of llama.cpp say -1 for no limit.
    private static func readLimit(_ scanner: inout JSONScanner, _ field: StaticString) throws(APIError) -> Int? {
        let limit = try scanner.int(for: field, in: -1...Int.max)
        if limit == -1 { return nil }
        guard limit != 0 else { throw .wrongValue("\(field)", "it must be at least 1.") }
        return limit
    }

    private static func readStop(_ scanner: inout JSONScanner) throws(APIError) -> [String] {
        let value = try scanner.rawValue()
        if value.isNull { return [] }
        if let one = value.stringValue {
            try StopStrings.check(one, for: "stop")
            return one.isEmpty ? [] : [one]
        }
        guard value.isArray else { throw .wrongType("stop", expected: "a string or an array of strings") }
        let strings = try StopStrings.read(value, for: "stop")
        guard strings.count <= stopsMax else { throw .wrongValue("stop", "at most \(stopsMax) strings are looked for.") }
        return strings
    }

    private static func readPlace(_ scanner: inout JSONScanner) throws(APIError) -> Range<Int>? {
        let range = try scanner.valueSpan()
        return scanner.bytes(range).first == UInt8(ascii: "n") ? nil : range
    }

    private static func readValue(_ scanner: inout JSONScanner) throws(APIError) -> RawJSON? {
        let value = try scanner.rawValue()
        return value.isNull ? nil : value
    }

    /// Fields that depend on each other, and those of two names.
    private mutating func settle() throws(APIError) {
        create.stream = isStream
        create.maxOutputTokens = outputLimit ?? olderOutputLimit
        create.reasoning = thinking.settings
        if format != .text || verbosity != nil { create.text = TextSettings(format: format, verbosity: verbosity) }
        if wantsLogprobs {
            create.include = ["message.output_text.logprobs"]
        } else if create.topLogprobs != nil {
            throw .invalidRequest(.invalidValue, "'top_logprobs' needs 'logprobs' to be true. Set it, or leave both out.", param: "top_logprobs")
        }
        // The older form has room for one.
        if isLegacy { create.parallelToolCalls = false }
    }

    // MARK: As the core has it

    func tools(in bytes: UnsafeBufferPointer<UInt8>, _ known: WireTools) throws(APIError) -> ToolSet {
        if toolsPlace != nil, isLegacy {
            throw .invalidRequest(
                .invalidValue, "'functions' is the older form of 'tools'. Send one of them.", param: "functions")
        }
        if let place = toolsPlace {
            let sent = UnsafeBufferPointer(rebasing: bytes[place])
            return try known.tools(sent, in: "tools") { () throws(APIError) in try NestedTools.set(of: sent) }
        }
        guard let place = functionsPlace else { return .empty }
        let sent = UnsafeBufferPointer(rebasing: bytes[place])
        return try known.tools(sent, in: "functions") { () throws(APIError) in try NestedTools.set(ofFunctions: sent) }
    }

    func choice(among tools: ToolSet) throws(APIError) -> ToolChoice {
        if let toolChoice { return try ChatToolChoice.read(toolChoice, among: tools) }
        guard let functionCall else { return .auto }
        return try ChatToolChoice.read(functionCall: functionCall, among: tools)
    }
}

extension JSONScanner {
    /// The member `role` of the object that comes next. Nearly every client writes it first.
    fileprivate func roleAhead() throws(APIError) -> String? {
        var ahead = fork()
        do throws(JSONError) {
            try ahead.beginObject()
            while let key = try ahead.nextKey() {
                if ahead.matches(key, "role") { return try ahead.scanStringOrNull().map { ahead.string($0) } }
                try ahead.skipValue()
            }
            return nil
        } catch {
            // Whatever is wrong is said where it is read.
            return nil
        }
    }
}
