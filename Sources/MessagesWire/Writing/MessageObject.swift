import ResponsesAPI
import ResponsesCore

/// A message as a stream begins with it, and as an answer without a stream is it (anthropic-messages 6.1, 6.3).
struct MessageObject: Sendable {
    let id: String
    /// The name that was asked for.
    let model: String
    /// The items as Responses has them.
    var content: [RawJSON] = []
    /// Nil as long as it goes on.
    var stop: MessageStop?
    var usage = Usage()
    /// Whether the client waits to hear what its edits of the context did.
    var saysEdits = false
    /// Signs thinking; not needed without content.
    var signature: ThinkingSignature?
    var omitsThinking = false

    init(id: String, model: String) {
        self.id = id
        self.model = model
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.value(id)
        json.key("type")
        json.value(literal: "message")
        json.key("role")
        json.value(literal: "assistant")
        json.key("model")
        json.value(model)
        json.key("content")
        json.beginArray()
        for item in content { write(item, to: &json) }
        json.endArray()
        if let stop {
            stop.writeMembers(to: &json)
        } else {
            for name: StaticString in ["stop_reason", "stop_sequence", "stop_details"] {
                json.key(name)
                json.null()
            }
        }
        json.key("container")
        json.null()
        json.key("context_management")
        if saysEdits { json.literal(#"{"applied_edits":[]}"#) } else { json.null() }
        json.key("usage")
        usage.writeMessages(to: &json)
        json.endObject()
    }

    /// Writes the block that an item is; nothing for one of a kind that this wire cannot say.
    private func write(_ item: RawJSON, to json: inout JSONWriter) {
        switch item["type"]?.stringValue {
        case "reasoning":
            let text = item.thoughts
            json.beginObject()
            json.key("type")
            json.value(literal: "thinking")
            json.key("thinking")
            json.value(omitsThinking ? JSONText() : text)
            json.key("signature")
            json.value(omitsThinking ? signature?.sealing(text) ?? "" : signature?.marking(text) ?? "")
            json.endObject()
        case "message":
            json.beginObject()
            json.key("type")
            json.value(literal: "text")
            json.key("text")
            json.value(item.words)
            json.key("citations")
            json.null()
            json.endObject()
        case "function_call", "custom_tool_call":
            json.beginObject()
            json.key("type")
            json.value(literal: "tool_use")
            json.key("id")
            json.value(item["call_id"]?.stringValue ?? "")
            json.key("name")
            json.value(item["name"]?.stringValue ?? "")
            json.key("input")
            writeInput((item["arguments"] ?? item["input"])?.stringValue ?? "", to: &json)
            json.endObject()
        default: break
        }
    }

    private func writeInput(_ arguments: String, to json: inout JSONWriter) {
        if arguments.isEmpty { return json.literal("{}") }
        if let input = try? RawJSON(parsing: arguments), input.isObject { return json.value(input) }
        json.beginObject()
        json.key(WrappedArguments.member)
        json.value(arguments)
        json.endObject()
    }
}
