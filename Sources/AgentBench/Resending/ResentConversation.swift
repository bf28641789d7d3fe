import ResponsesAPI

/// A conversation as its client keeps it, in the words of one wire: all of it goes into the body of every turn.
struct ResentConversation {
    let wire: ResendingWire
    /// Of the body, up to the list of messages, which stands last.
    private let head: [UInt8]
    /// The list without its end.
    private var messages = JSONWriter()

    /// - Parameter outputTokens: the limit of an answer; nil for a model that ends by itself.
    init(_ wire: ResendingWire, _ work: Workload, model: String, outputTokens: Int?, mustCall: Bool) {
        self.wire = wire
        var head = JSONWriter(reserving: work.tools.json.bytes.count + 1024)
        head.beginObject()
        head.key("model")
        head.value(model)
        head.key("stream")
        head.value(true)
        switch wire {
        case .chat: Self.chatSettings(&head, outputTokens, mustCall)
        case .messages: Self.messagesSettings(&head, outputTokens, mustCall, system: work.instructions)
        }
        head.key("tools")
        head.beginArray()
        for tool in work.tools.tools {
            if case .function(let function) = tool { Self.add(function, wire, to: &head) }
        }
        head.endArray()
        head.key("messages")
        self.head = head.bytes
        messages.beginArray()
        if wire == .chat { add("system", work.instructions) }
        for text in work.opening { add(user: text) }
    }

    /// The body of the next turn.
    var body: [UInt8] { head + messages.bytes + Array("]}".utf8) }

    mutating func add(user text: JSONText) { add("user", text) }

    /// What the model said, and what its calls returned.
    mutating func add(_ turn: ResentTurn, output: JSONText) {
        switch wire {
        case .chat: addChat(turn, output)
        case .messages: addMessages(turn, output)
        }
    }

    private mutating func add(_ role: String, _ text: JSONText) {
        messages.beginObject()
        messages.key("role")
        messages.value(role)
        messages.key("content")
        messages.value(text)
        messages.endObject()
    }

    // MARK: Chat Completions

    private static func chatSettings(_ json: inout JSONWriter, _ outputTokens: Int?, _ mustCall: Bool) {
        json.key("stream_options")
        json.beginObject()
        json.key("include_usage")
        json.value(true)
        json.endObject()
        json.member("max_tokens", ifSet: outputTokens)
        guard mustCall else { return }
        json.key("parallel_tool_calls")
        json.value(false)
        json.key("tool_choice")
        json.value("required")
    }

    private mutating func addChat(_ turn: ResentTurn, _ output: JSONText) {
        messages.beginObject()
        messages.key("role")
        messages.value("assistant")
        messages.key("content")
        if turn.text.isEmpty, !turn.calls.isEmpty { messages.null() } else { messages.value(turn.text) }
        if !turn.reasoning.isEmpty {
            messages.key("reasoning_content")
            messages.value(turn.reasoning)
        }
        if !turn.calls.isEmpty {
            messages.key("tool_calls")
            messages.beginArray()
            for call in turn.calls {
                messages.beginObject()
                messages.key("id")
                messages.value(call.id)
                messages.key("type")
                messages.value("function")
                messages.key("function")
                messages.beginObject()
                messages.key("name")
                messages.value(call.name)
                messages.key("arguments")
                messages.value(call.arguments)
                messages.endObject()
                messages.endObject()
            }
            messages.endArray()
        }
        messages.endObject()
        for call in turn.calls {
            messages.beginObject()
            messages.key("role")
            messages.value("tool")
            messages.key("tool_call_id")
            messages.value(call.id)
            messages.key("content")
            messages.value(output)
            messages.endObject()
        }
        if turn.calls.isEmpty { add(user: output) }
    }

    // MARK: Messages

    private static func messagesSettings(
        _ json: inout JSONWriter, _ outputTokens: Int?, _ mustCall: Bool, system: JSONText
    ) {
        json.key("max_tokens")
        // The field must be there; so much is no limit to a model that ends by itself.
        json.value(outputTokens ?? BenchPlan.outputTokensMax)
        json.key("system")
        json.value(system)
        guard mustCall else { return }
        json.key("tool_choice")
        json.beginObject()
        json.key("type")
        json.value("any")
        json.key("disable_parallel_tool_use")
        json.value(true)
        json.endObject()
    }

    private mutating func addMessages(_ turn: ResentTurn, _ output: JSONText) {
        // Without a block the message would be refused.
        if !turn.text.isEmpty || !turn.calls.isEmpty {
            messages.beginObject()
            messages.key("role")
            messages.value("assistant")
            messages.key("content")
            messages.beginArray()
            if !turn.signature.isEmpty {
                messages.beginObject()
                messages.key("type")
                messages.value("thinking")
                messages.key("thinking")
                messages.value(turn.reasoning)
                messages.key("signature")
                messages.value(turn.signature)
                messages.endObject()
            }
            if !turn.text.isEmpty {
                messages.beginObject()
                messages.key("type")
                messages.value("text")
                messages.key("text")
                messages.value(turn.text)
                messages.endObject()
            }
            for call in turn.calls {
                messages.beginObject()
                messages.key("type")
                messages.value("tool_use")
                messages.key("id")
                messages.value(call.id)
                messages.key("name")
                messages.value(call.name)
                messages.key("input")
                messages.value((try? RawJSON(parsing: call.arguments)).flatMap { $0.isObject ? $0 : nil } ?? .emptyObject)
                messages.endObject()
            }
            messages.endArray()
            messages.endObject()
        }
        guard !turn.calls.isEmpty else { return add(user: output) }
        messages.beginObject()
        messages.key("role")
        messages.value("user")
        messages.key("content")
        messages.beginArray()
        for call in turn.calls {
            messages.beginObject()
            messages.key("type")
            messages.value("tool_result")
            messages.key("tool_use_id")
            messages.value(call.id)
            messages.key("content")
            messages.value(output)
            messages.endObject()
        }
        messages.endArray()
        messages.endObject()
    }

    // MARK: Tools

    private static func add(_ tool: Tool.FunctionTool, _ wire: ResendingWire, to json: inout JSONWriter) {
        json.beginObject()
        if wire == .chat {
            json.key("type")
            json.value("function")
            json.key("function")
            json.beginObject()
        }
        json.key("name")
        json.value(tool.name)
        json.member("description", ifSet: tool.description)
        switch wire {
        case .chat:
            json.member("parameters", ifSet: tool.parameters)
            json.endObject()
        case .messages:
            json.key("input_schema")
            json.value(tool.parameters ?? #"{"type":"object"}"#)
        }
        json.endObject()
    }
}
