import ResponsesAPI
import ResponsesCore

/// An answer's object: what all its chunks have, and the whole of one that is not streamed (chat-completions 6.1).
struct ChatAnswer: Sendable {
    let id: String
    /// The name that the client asked for.
    let model: String
    /// Unix time in whole seconds.
    let created: Int

    func writeMembers(of object: StaticString, to json: inout JSONWriter) {
        json.key("id")
        json.value(id)
        json.key("object")
        json.value(literal: object)
        json.key("created")
        json.value(created)
        json.key("model")
        json.value(model)
    }

    func write(_ end: VoicedEnd, _ format: ChatFormat, to json: inout JSONWriter) {
        let message = AnswerMessage(end.output)
        json.beginObject()
        writeMembers(of: "chat.completion", to: &json)
        json.key("system_fingerprint")
        json.null()
        json.key("service_tier")
        json.value(literal: "default")
        json.key("choices")
        json.beginArray()
        json.beginObject()
        json.key("index")
        json.value(0)
        json.key("finish_reason")
        json.value(literal: ChatFinish.word(end.reason, hasCalls: !message.calls.isEmpty, isLegacy: format.isLegacy))
        json.key("logprobs")
        message.writeLogprobs(to: &json)
        json.key("message")
        message.write(format, to: &json)
        json.endObject()
        json.endArray()
        json.key("usage")
        (end.usage ?? Usage()).writeChat(to: &json)
        json.endObject()
    }
}
