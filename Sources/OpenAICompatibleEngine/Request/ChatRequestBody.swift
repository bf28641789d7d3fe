import NIOCore
import ResponsesAPI
import ResponsesEngine

/// The body of a Chat Completions request, as buffers to write one after the other (responses-api 14).
///
/// The settings come first, then the messages, whose finished part is shared with every other turn of the chain.
struct ChatRequestBody: Sendable {
    enum Purpose: Sendable {
        case generation
        /// Fills the engine's cache. One token is asked for, as vLLM refuses 0; everything that stands in the prompt
        /// is the same as in a generation, or the prefix would be another.
        case prefill
    }

    private(set) var buffers: [ByteBuffer] = []
    var length: Int { buffers.reduce(0) { $0 + $1.readableBytes } }

    /// - Parameters:
    ///   - form: how the engine is spoken to, by now.
    ///   - extras: what goes beside calls of the history.
    init(
        _ request: GenerationRequest<ChatPrompt>, purpose: Purpose, tools: ToolSelection, form: AdaptedProfile,
        extras: KnownExtras = .none
    ) throws(EngineError) {
        let (prompt, profile) = (request.prompt, form.profile)
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.key("model")
        json.value(request.model)
        json.key("stream")
        json.value(true)
        if profile.sends("stream_options") {
            json.key("stream_options")
            json.literal(#"{"include_usage":true}"#)
        }
        json.writeSampling(request, purpose, profile)
        json.writeReasoning(request, profile)
        json.writeResponseFormat(request.text.format, profile)
        json.writeExtra(request, profile)
        if let offered = tools.json {
            if let choice = tools.choice, profile.sends("tool_choice") {
                json.key("tool_choice")
                json.value(choice)
            }
            if profile.sendsParallelCalls(request.parallelToolCalls) {
                json.key("parallel_tool_calls")
                json.value(request.parallelToolCalls)
            }
            json.key("tools")
            add(&json)
            buffers.append(offered)
            json.continueAfterMember()
        }
        json.key("messages")
        json.beginArray()
        json.writeSystemMessage(request, prompt.head, profile)
        let isOfOtherRules = form.hasLearntHistory && prompt.rules.name != form.dialect.name
        var closed = prompt.closed.slices()
        if !extras.isEmpty, !closed.isEmpty { closed = extras.beside(prompt.marks, in: closed, profile) }
        if isOfOtherRules {
            // What was learnt since it was written down.
            let open = ChatRequestBody.open(of: prompt, purpose, extras, profile)
            MessageRewriter(form.dialect.rules).rewrite(closed, open, into: &json)
        } else {
            if !closed.isEmpty {
                // The first finished message has no comma before it: it did not know of the system message.
                if request.hasSystemMessage(prompt.head, profile) { json.append(",") }
                add(&json)
                buffers.append(contentsOf: closed)
                json.continueAfterMember()
            }
            json.write(openOf: prompt, purpose, extras, profile)
        }
        if !prompt.awaitsModel {
            // Templates want a user's turn, and llama.cpp would go on writing a last assistant message. A blank one
            // costs a few tokens; some services refuse that.
            json.write(user: profile.allowsBlankText ? " " : ".")
        }
        json.endArray()
        json.endObject()
        add(&json)
    }

    /// The open message alone.
    private static func open(
        of prompt: ChatPrompt, _ purpose: Purpose, _ extras: KnownExtras, _ profile: EngineProfile
    ) -> [UInt8] {
        var json = JSONWriter()
        if !prompt.closed.isEmpty { json.continueAfterMember() }
        json.write(openOf: prompt, purpose, extras, profile)
        return json.bytes
    }

    private mutating func add(_ json: inout JSONWriter) {
        buffers.append(ByteBuffer(bytes: json.bytes))
        json.removeAll()
    }
}

extension GenerationRequest<ChatPrompt> {
    func hasSystemMessage(_ head: SharedList<JSONText>, _ profile: EngineProfile) -> Bool {
        !(instructions?.isEmpty ?? true) || !head.isEmpty || schemaInWords(profile) != nil
    }

    /// Whether a prefill has anything to fill the cache with.
    var hasPrefix: Bool {
        !(instructions?.isEmpty ?? true) || !prompt.head.isEmpty || !prompt.isHeadOpen || !tools.isEmpty
    }

    /// The form of the answer for engines that take no schema; nil when there is none to be said.
    func schemaInWords(_ profile: EngineProfile) -> RawJSON? {
        guard profile.structuredOutput != .schema, case .jsonSchema(let schema) = text.format else { return nil }
        return schema.schema
    }

    /// About how many bytes a body has that are not shared with other turns: what is written for this turn.
    func bytesToRender(strict: EngineProfile.Strict) -> Int {
        var bytes = (instructions?.escaped.count ?? 0) + prompt.head.elementBytes + prompt.open.parts.elementBytes
        for (_, value) in extra { bytes += value.bytes.count }
        if case .jsonSchema(let schema) = text.format { bytes += schema.schema.bytes.count }
        switch toolChoice {
        case .auto, .none, .required, .other: if !ToolCatalog.isMade(of: tools, strict: strict) { bytes += tools.json.bytes.count }
        // An array of some of the tools is made for the turn.
        case .tool, .allowed: bytes += tools.json.bytes.count
        }
        return bytes
    }
}

extension JSONWriter {
    /// Writes the message that may still grow, and answers to its calls where they were cut off and a turn follows all the same.
    fileprivate mutating func write(
        openOf prompt: ChatPrompt, _ purpose: ChatRequestBody.Purpose, _ extras: KnownExtras, _ profile: EngineProfile
    ) {
        var marks: [CallMark] = []
        let answers = purpose == .generation
        write(prompt.open, of: prompt, isBeginning: prompt.closed.isEmpty, answersCalls: answers, marks: &marks)
        guard !prompt.awaitsModel, prompt.open.calls > 0 else { return }
        if !extras.isEmpty { extras.put(beside: marks, in: &bytes, profile) }
        guard answers else { return }
        var counted = 0
        for call in UnansweredCalls(of: prompt.open, bytes: &counted).calls { write(answerTo: call, prompt.rules) }
        writeBetweenToolsAndUser(prompt.rules)
    }

    fileprivate mutating func writeSampling(
        _ request: GenerationRequest<ChatPrompt>, _ purpose: ChatRequestBody.Purpose, _ profile: EngineProfile
    ) {
        let limitName = profile.outputLimit.rawValue
        if let limit = purpose == .prefill ? 1 : request.maxOutputTokens, profile.sends(limitName) {
            key(limitName)
            value(limit)
        }
        // What was not given is not sent: the defaults of the engine's model are better than 1.
        func write(_ name: StaticString, _ number: Double?) {
            if let number, profile.sends("\(name)") {
                key(name)
                value(number)
            }
        }
        write("temperature", request.temperature)
        write("top_p", request.topP)
        write("presence_penalty", request.presencePenalty)
        write("frequency_penalty", request.frequencyPenalty)
        if !request.stop.isEmpty, purpose == .generation, profile.sends("stop") {
            key("stop")
            beginArray()
            // More are looked for by the core alone: OpenAI's API takes four (chat-completions 2).
            for text in request.stop.prefix(4) { value(text) }
            endArray()
        }
        if let alternatives = request.topLogprobs, purpose == .generation, profile.sends("logprobs") {
            key("logprobs")
            value(true)
            key("top_logprobs")
            // llama.cpp gives no log probabilities at all for 0.
            value(max(alternatives, 1))
        }
    }

    fileprivate mutating func writeReasoning(_ request: GenerationRequest<ChatPrompt>, _ profile: EngineProfile) {
        let isNone = request.reasoning?.effort == "none"
        if let effort = profile.effort(request.reasoning?.effort), profile.sends("reasoning_effort") {
            key("reasoning_effort")
            value(effort)
        }
        let name = "chat_template_kwargs"
        let given = profile.passesOn(name) ? request.extra.last { $0.name == name }?.value : nil
        let isOff = isNone && profile.saysNoReasoningToTemplate && profile.sends(name)
        guard isOff || given != nil else { return }
        key("chat_template_kwargs")
        guard isOff, given?["enable_thinking"] == nil, given?.isObject ?? true else { return value(given) }
        beginObject()
        key("enable_thinking")
        value(false)
        given?.forEachMember { name, member in
            key(name)
            value(member)
        }
        endObject()
    }

    fileprivate mutating func writeResponseFormat(_ format: TextFormat, _ profile: EngineProfile) {
        guard profile.structuredOutput != .leftOut else { return }
        switch format {
        case .text: break
        case .jsonSchema(let schema) where profile.structuredOutput == .schema:
            key("response_format")
            beginObject()
            key("type")
            value(literal: "json_schema")
            key("json_schema")
            beginObject()
            key("name")
            value(schema.name)
            if let description = schema.description {
                key("description")
                value(description)
            }
            key("schema")
            value(schema.schema)
            if let strict = profile.strict(schema.strict) {
                key("strict")
                value(strict)
            }
            endObject()
            endObject()
        case .jsonObject, .jsonSchema:
            key("response_format")
            literal(#"{"type":"json_object"}"#)
        }
    }

    fileprivate mutating func writeExtra(_ request: GenerationRequest<ChatPrompt>, _ profile: EngineProfile) {
        guard !request.extra.isEmpty || profile.addsFields else { return }
        var written: Set<String> = ["chat_template_kwargs"]
        if !request.stop.isEmpty { written.insert("stop") }
        for (name, json) in request.extra where profile.passesOn(name) && !json.isNull && written.insert(name).inserted {
            key(name)
            value(json)
        }
        guard profile.addsFields else { return }
        profile.addedFields.forEachMember { name, json in
            // What the engine is asked with is not the profile's to say, and the client's own word counts more.
            let isOwn = ["model", "messages", "stream", "tools"].contains(name)
            let isGiven = name == "chat_template_kwargs" && request.extra.contains { $0.name == name } && profile.passesOn(name)
            guard !isOwn, !isGiven, !written.contains(name) else { return }
            key(name)
            value(json)
        }
    }

    /// Texts of the head are never empty.
    fileprivate mutating func writeSystemMessage(
        _ request: GenerationRequest<ChatPrompt>, _ head: SharedList<JSONText>, _ profile: EngineProfile
    ) {
        let instructions = request.instructions.flatMap { $0.isEmpty ? nil : $0 }
        let schema = request.schemaInWords(profile)
        if instructions == nil, head.isEmpty, schema == nil { return }
        beginObject()
        key("role")
        value(literal: "system")
        key("content")
        beginText()
        if let instructions { bytes.append(contentsOf: instructions.escaped) }
        appendJoined(head, separator: "\\n\\n", isFirst: instructions == nil) { $0 }
        if let schema {
            if instructions != nil || !head.isEmpty { append("\\n\\n") }
            append("Answer with one JSON object that follows this JSON schema:\\n")
            schema.bytes.withUnsafeBufferPointer { JSONEscapes.escape($0, into: &bytes) }
        }
        endText()
        endObject()
    }
}
