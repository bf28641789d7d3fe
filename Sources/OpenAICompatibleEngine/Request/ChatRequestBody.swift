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

    init(
        _ request: GenerationRequest<ChatPrompt>, purpose: Purpose, tools: ToolSelection, settings: ChatCompletionsForm
    ) throws(EngineError) {
        let prompt = request.prompt
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.key("model")
        json.value(request.model)
        json.key("stream")
        json.value(true)
        if settings.asksForUsage {
            json.key("stream_options")
            json.literal(#"{"include_usage":true}"#)
        }
        json.writeSampling(request, purpose, settings)
        json.writeReasoning(request, settings)
        json.writeResponseFormat(request.text.format)
        json.writeExtra(request, settings)
        if let offered = tools.json {
            if let choice = tools.choice {
                json.key("tool_choice")
                json.value(choice)
            }
            json.key("parallel_tool_calls")
            json.value(request.parallelToolCalls)
            json.key("tools")
            add(&json)
            buffers.append(offered)
            json.continueAfterMember()
        }
        json.key("messages")
        json.beginArray()
        json.writeSystemMessage(request.instructions, prompt.head)
        if !prompt.closed.isEmpty {
            // The first finished message has no comma before it: it did not know of the system message.
            if request.hasSystemMessage(prompt.head) { json.append(",") }
            add(&json)
            buffers.append(contentsOf: prompt.closed.slices())
            json.continueAfterMember()
        }
        json.write(prompt.open, reasoningField: prompt.reasoningField)
        if !prompt.awaitsModel {
            // Templates want a user's turn, and llama.cpp would go on writing a last assistant message. A blank one
            // costs a few tokens.
            json.literal(#"{"role":"user","content":" "}"#)
        }
        json.endArray()
        json.endObject()
        add(&json)
    }

    private mutating func add(_ json: inout JSONWriter) {
        buffers.append(ByteBuffer(bytes: json.bytes))
        json.removeAll()
    }
}

extension GenerationRequest<ChatPrompt> {
    func hasSystemMessage(_ head: SharedList<JSONText>) -> Bool { !(instructions?.isEmpty ?? true) || !head.isEmpty }

    /// Whether a prefill has anything to fill the cache with.
    var hasPrefix: Bool {
        hasSystemMessage(prompt.head) || !prompt.isHeadOpen || !tools.isEmpty
    }

    /// About how many bytes a body has that are not shared with other turns: what is written for this turn.
    var bytesToRender: Int {
        var bytes = (instructions?.escaped.count ?? 0) + prompt.head.elementBytes + prompt.open.parts.elementBytes
        for (_, value) in extra { bytes += value.bytes.count }
        if case .jsonSchema(let schema) = text.format { bytes += schema.schema.bytes.count }
        switch toolChoice {
        case .auto, .none, .required, .other: if !ToolCatalog.isMade(of: tools) { bytes += tools.json.bytes.count }
        // An array of some of the tools is made for the turn.
        case .tool, .allowed: bytes += tools.json.bytes.count
        }
        return bytes
    }
}

extension JSONWriter {
    fileprivate mutating func writeSampling(
        _ request: GenerationRequest<ChatPrompt>, _ purpose: ChatRequestBody.Purpose, _ settings: ChatCompletionsForm
    ) {
        if let limit = purpose == .prefill ? 1 : request.maxOutputTokens {
            key(settings.outputLimitField.rawValue)
            value(limit)
        }
        // What was not given is not sent: the defaults of the engine's model are better than 1.
        func write(_ name: StaticString, _ number: Double?) {
            if let number {
                key(name)
                value(number)
            }
        }
        write("temperature", request.temperature)
        write("top_p", request.topP)
        write("presence_penalty", request.presencePenalty)
        write("frequency_penalty", request.frequencyPenalty)
        if let alternatives = request.topLogprobs, purpose == .generation {
            key("logprobs")
            value(true)
            key("top_logprobs")
            // llama.cpp gives no log probabilities at all for 0.
            value(max(alternatives, 1))
        }
    }

    fileprivate mutating func writeReasoning(_ request: GenerationRequest<ChatPrompt>, _ settings: ChatCompletionsForm) {
        let isOff = request.reasoning?.effort == "none" && settings.noReasoning == .templateArgument
        if let effort = request.reasoning?.effort, !isOff {
            key("reasoning_effort")
            value(settings.limitsEffortToThree ? Self.threeEfforts(effort) : effort)
        }
        let isAllowed = settings.passedOnFields.contains("chat_template_kwargs")
        let given = isAllowed ? request.extra.last { $0.name == "chat_template_kwargs" }?.value : nil
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

    private static func threeEfforts(_ effort: String) -> String {
        switch effort {
        case "minimal": "low"
        case "xhigh", "max": "high"
        default: effort
        }
    }

    fileprivate mutating func writeResponseFormat(_ format: TextFormat) {
        switch format {
        case .text: break
        case .jsonObject:
            key("response_format")
            literal(#"{"type":"json_object"}"#)
        case .jsonSchema(let schema):
            key("response_format")
            beginObject()
            key("type")
            value("json_schema")
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
            if let strict = schema.strict {
                key("strict")
                value(strict)
            }
            endObject()
            endObject()
        }
    }

    fileprivate mutating func writeExtra(_ request: GenerationRequest<ChatPrompt>, _ settings: ChatCompletionsForm) {
        var written: Set<String> = ["chat_template_kwargs"]
        for (name, json) in request.extra
        where settings.passedOnFields.contains(name) && !json.isNull && written.insert(name).inserted {
            key(name)
            value(json)
        }
    }

    /// Texts of the head are never empty.
    fileprivate mutating func writeSystemMessage(_ instructions: JSONText?, _ head: SharedList<JSONText>) {
        let instructions = instructions.flatMap { $0.isEmpty ? nil : $0 }
        if instructions == nil, head.isEmpty { return }
        beginObject()
        key("role")
        value("system")
        key("content")
        beginText()
        if let instructions { bytes.append(contentsOf: instructions.escaped) }
        appendJoined(head, separator: "\\n\\n", isFirst: instructions == nil) { $0 }
        endText()
        endObject()
    }
}
