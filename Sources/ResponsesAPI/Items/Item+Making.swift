/// Items that clients make. Each is what the server would read from its bytes.
extension Item {
    /// A user message of one text.
    public static func userMessage(_ text: JSONText) -> Item { message(.user, [.inputText(text)]) }

    /// A message of any role. The parts of an assistant's message are `.outputText` and `.refusal`.
    public static func message(
        _ role: Role, _ content: [ContentPart], id: String? = nil, phase: String? = nil
    ) -> Item {
        make("message", id: id, .message(Message(role: role, content: content, phase: phase))) { json in
            json.key("role")
            json.value(role.rawValue)
            json.key("content")
            json.value(content)
            json.member("phase", ifSet: phase)
        }
    }

    /// A call of a function, as a client plays it back. `arguments` is JSON as text.
    public static func functionCall(
        callID: String, name: String, arguments: JSONText, namespace: String? = nil, id: String? = nil
    ) -> Item {
        call(.function, "function_call", "arguments", callID, name, arguments, namespace, id)
    }

    /// A call of a custom tool, as a client plays it back. `input` is free text.
    public static func customToolCall(
        callID: String, name: String, input: JSONText, namespace: String? = nil, id: String? = nil
    ) -> Item {
        call(.custom, "custom_tool_call", "input", callID, name, input, namespace, id)
    }

    /// What a function answered, as text.
    public static func functionCallOutput(callID: String, output: JSONText, id: String? = nil) -> Item {
        callOutput(.function, "function_call_output", callID, [.inputText(output)], id) { $0.value(output) }
    }

    /// What a function answered, as texts, images and files.
    public static func functionCallOutput(callID: String, output: [ContentPart], id: String? = nil) -> Item {
        callOutput(.function, "function_call_output", callID, output, id) { $0.value(output) }
    }

    /// What a custom tool answered, as text.
    public static func customToolCallOutput(callID: String, output: JSONText, id: String? = nil) -> Item {
        callOutput(.custom, "custom_tool_call_output", callID, [.inputText(output)], id) { $0.value(output) }
    }

    /// What a custom tool answered, as texts, images and files.
    public static func customToolCallOutput(callID: String, output: [ContentPart], id: String? = nil) -> Item {
        callOutput(.custom, "custom_tool_call_output", callID, output, id) { $0.value(output) }
    }

    /// What a built-in tool answered that the client ran, as text. A search that found no tool it could name found none.
    public static func output(of tool: ClientRunTool, callID: String, text: JSONText) -> Item {
        let body = ToolCallOutput(kind: .clientRun(tool), callID: callID, output: [.inputText(text)])
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value(tool.outputType)
        json.key("call_id")
        json.value(callID)
        tool.writeOutput(text, to: &json)
        json.endObject()
        return Item(json: json.raw, type: tool.outputType, id: nil, status: nil, body: .callOutput(body))
    }

    /// Reasoning as a client plays it back: what the server sealed, its summary, or both.
    public static func reasoning(
        id: String, encryptedContent: String? = nil, summary: [ContentPart] = [], content: [ContentPart] = []
    ) -> Item {
        let body = Reasoning(summary: summary, content: content, encryptedContent: encryptedContent)
        return make("reasoning", id: id, .reasoning(body)) { json in
            json.key("summary")
            json.value(summary)
            // "Leave absent fields out rather than null" (responses-api 3).
            if !content.isEmpty {
                json.key("content")
                json.value(content)
            }
            json.member("encrypted_content", ifSet: encryptedContent)
        }
    }

    /// Stands for a stored item.
    public static func reference(id: String) -> Item { make("item_reference", id: id, .reference(id: id)) { _ in } }

    /// What a compaction left, as the server sealed it.
    public static func compaction(encryptedContent: String, id: String? = nil) -> Item {
        make("compaction", id: id, .compaction(encryptedContent: encryptedContent)) { json in
            json.key("encrypted_content")
            json.value(encryptedContent)
        }
    }

    private static func call(
        _ kind: ToolCall.Kind, _ type: StaticString, _ field: StaticString, _ callID: String, _ name: String,
        _ input: JSONText, _ namespace: String?, _ id: String?
    ) -> Item {
        let body = ToolCall(kind: kind, callID: callID, name: name, namespace: namespace, input: input)
        return make(type, id: id, .call(body)) { json in
            json.key("call_id")
            json.value(callID)
            json.key("name")
            json.value(name)
            json.key(field)
            json.value(input)
            json.member("namespace", ifSet: namespace)
        }
    }

    private static func callOutput(
        _ kind: ToolCall.Kind, _ type: StaticString, _ callID: String, _ output: [ContentPart], _ id: String?,
        _ write: (inout JSONWriter) -> Void
    ) -> Item {
        make(type, id: id, .callOutput(ToolCallOutput(kind: kind, callID: callID, output: output))) { json in
            json.key("call_id")
            json.value(callID)
            json.key("output")
            write(&json)
        }
    }

    private static func make(
        _ type: StaticString, id: String?, _ body: Body, _ members: (inout JSONWriter) -> Void
    ) -> Item {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value(literal: type)
        json.member("id", ifSet: id)
        members(&json)
        json.endObject()
        return Item(json: RawJSON(validated: json.bytes.withoutRoom), type: "\(type)", id: id, status: nil, body: body)
    }
}

extension Item: WireValue {
    public init(wire: RawJSON) throws(APIError) { try self.init(wire) }
    public var wire: RawJSON { json }

    /// Reads an item that a server made: one that lacks what its type demands is kept, with `Body.other`, so that a
    /// client never loses a turn over it.
    ///
    /// - Throws: `APIError` when `json` is not an object.
    init(tolerating json: RawJSON) throws(APIError) {
        if let item = try? Item(json) {
            self = item
            return
        }
        let members = try JSONMembers(json, what: "an item")
        self.init(
            json: json, type: members.raw("type")?.stringValue ?? "", id: members.raw("id")?.stringValue,
            status: members.raw("status")?.stringValue, body: .other)
    }
}

extension Tool: WireValue {
    public init(wire: RawJSON) throws(APIError) { try self.init(wire) }

    public var wire: RawJSON {
        var json = JSONWriter()
        write(to: &json)
        return json.raw
    }
}
