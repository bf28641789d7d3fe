import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

extension InMemoryConnection {
    /// The client sends a create. `input` is a user's text, or JSON when it begins with a bracket.
    func create(
        _ input: String? = "hello", after parent: String? = nil, lane: String? = nil, model: String = "list",
        store: Bool? = false, _ more: String = ""
    ) {
        var members = [#""type":"response.create""#, #""model":"\#(model)""#]
        if let lane { members.append(#""stream_id":"\#(lane)""#) }
        if let parent { members.append(#""previous_response_id":"\#(parent)""#) }
        if let store { members.append(#""store":\#(store)"#) }
        if let input { members.append(#""input":"# + (input.hasPrefix("[") ? input : "\"\(input)\"")) }
        if !more.isEmpty { members.append(more) }
        send("{\(members.joined(separator: ","))}")
    }

    /// A whole turn that the engine answers with a message.
    ///
    /// - Returns: the response's id.
    @discardableResult
    func complete(
        _ input: String? = "hello", after parent: String? = nil, lane: String? = nil, model: String = "list",
        store: Bool? = false, say: String = "ok", sourceLocation: SourceLocation = #_sourceLocation
    ) -> String {
        create(input, after: parent, lane: lane, model: model, store: store)
        answer(.say(say), to: works.last)
        let last = take(lane: lane).last
        #expect(last?.type == "response.completed", sourceLocation: sourceLocation)
        return last?.string("response.id") ?? "none"
    }

    /// A turn in which the model calls `get_time` with this call id.
    func completeCall(_ callID: String, after parent: String? = nil, lane: String? = nil) -> String {
        create(after: parent, lane: lane)
        answer(.call("get_time", id: callID), to: works.last)
        return take(lane: lane).last?.string("response.id") ?? "none"
    }

    /// Expects exactly one unread event on a lane: an `error` with this status and code.
    @discardableResult
    func expectError(
        _ code: String, status: Int = 400, lane: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) -> ReceivedEvent? {
        let events = take(lane: lane)
        #expect(events.types == ["error"], sourceLocation: sourceLocation)
        #expect(events.first?.string("error.code") == code, sourceLocation: sourceLocation)
        #expect(events.first?["status"]?.intValue == status, sourceLocation: sourceLocation)
        return events.first
    }
}

func output(_ callID: String, _ text: String = "noon") -> String {
    #"[{"type":"function_call_output","call_id":"\#(callID)","output":"\#(text)"}]"#
}

/// The beginning of every response.
let beginning = ["response.created", "response.in_progress"]
/// A response that says one thing in one piece.
let message =
    beginning + [
        "response.output_item.added", "response.content_part.added", "response.output_text.delta",
        "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
    ]
