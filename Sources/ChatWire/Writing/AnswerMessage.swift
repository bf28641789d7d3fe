import ResponsesAPI
import ResponsesCore

/// The message of an answer that is not streamed (chat-completions 6.1).
struct AnswerMessage: Sendable {
    private(set) var calls: [Item.ToolCall] = []
    private var text: JSONText?
    private var refusal: JSONText?
    private var reasoning = JSONText()
    private var annotations: [RawJSON] = []
    private var logprobs: [RawJSON] = []

    /// - Parameter output: items as Responses has them. Those of other kinds are not said on this wire.
    init(_ output: [RawJSON]) {
        for json in output {
            switch (try? Item(json))?.body {
            case .call(let call): calls.append(call)
            case .reasoning(let thought): think(thought)
            case .message(let message): say(message, json)
            default: continue
            }
        }
    }

    private mutating func think(_ thought: Item.Reasoning) {
        for part in thought.content.isEmpty ? thought.summary : thought.content { if let text = part.text { reasoning.append(text) } }
    }

    private mutating func say(_ message: Item.Message, _ json: RawJSON) {
        for part in message.content {
            switch part {
            case .refusal(let more): refusal = refusal.joined(more)
            default: if let more = part.text { text = text.joined(more) }
            }
        }
        for part in json["content"]?.elements ?? [] {
            annotations += (part["annotations"]?.elements ?? []).compactMap(Self.annotation)
            logprobs += part["logprobs"]?.elements ?? []
        }
    }

    /// A source is nested here; others are of Responses' own tools.
    private static func annotation(_ flat: RawJSON) -> RawJSON? {
        guard flat["type"]?.stringValue == "url_citation" else { return nil }
        var json = JSONWriter()
        json.append(#"{"type":"url_citation","url_citation":"#)
        json.reset()
        json.beginObject()
        flat.forEachMember { name, value in
            if name == "type" { return }
            json.key(name)
            json.value(value)
        }
        json.endObject()
        json.append("}")
        return json.raw
    }

    func writeLogprobs(to json: inout JSONWriter) {
        guard !logprobs.isEmpty else { return json.null() }
        json.beginObject()
        json.key("content")
        json.beginArray()
        for entry in logprobs { json.value(entry) }
        json.endArray()
        json.key("refusal")
        json.null()
        json.endObject()
    }

    func write(_ format: ChatFormat, to json: inout JSONWriter) {
        json.beginObject()
        json.key("role")
        json.value(literal: "assistant")
        json.key("content")
        // Nothing at all is an empty answer.
        json.value(text ?? (calls.isEmpty && refusal == nil ? JSONText() : nil))
        json.key("refusal")
        json.value(refusal)
        json.key("annotations")
        json.beginArray()
        for annotation in annotations { json.value(annotation) }
        json.endArray()
        if let name = format.reasoning, !reasoning.isEmpty {
            json.key(name.rawValue)
            json.value(reasoning)
        }
        if format.isLegacy, let call = calls.first {
            json.key("function_call")
            write(function: call, to: &json)
        } else if !calls.isEmpty {
            json.key("tool_calls")
            json.beginArray()
            for call in calls { write(call, to: &json) }
            json.endArray()
        }
        json.endObject()
    }

    private func write(_ call: Item.ToolCall, to json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.value(call.callID)
        json.key("type")
        if call.kind == .custom {
            json.value(literal: "custom")
            json.key("custom")
            json.beginObject()
            json.key("name")
            json.value(call.name)
            json.key("input")
            json.value(call.input)
            json.endObject()
        } else {
            json.value(literal: "function")
            json.key("function")
            write(function: call, to: &json)
        }
        json.endObject()
    }

    private func write(function call: Item.ToolCall, to json: inout JSONWriter) {
        json.beginObject()
        json.key("name")
        json.value(call.name)
        json.key("arguments")
        json.value(call.input)
        json.endObject()
    }
}

extension JSONText? {
    fileprivate func joined(_ more: JSONText) -> JSONText {
        guard var text = self else { return more }
        text.append(more)
        return text
    }
}
