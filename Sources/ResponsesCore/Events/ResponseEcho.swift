import ResponsesAPI

/// The parts of a response object that are the same in every snapshot of it, written once per turn.
///
/// `response.created`, `.in_progress` and the terminal event each carry the whole response, the request's tools and
/// instructions included. Every key the schemas demand is there (responses-api 3).
package struct ResponseEcho: Sendable {
    /// `{"id":…,"object":"response","created_at":…,"status":"`
    private let head: [UInt8]
    /// From `,"background":…` to `"tools":`.
    private let middle: [UInt8]
    private let tools: RawJSON
    /// From `,"top_logprobs":…` to the closing brace.
    private let tail: [UInt8]

    package init(_ request: CreateRequest, id: ResponseID, model: String, createdAt: Int) {
        var json = JSONWriter(reserving: 160)
        json.beginObject()
        json.key("id")
        json.value(plain: id.rawValue)
        json.key("object")
        json.value(literal: "response")
        json.key("created_at")
        json.value(createdAt)
        json.key("status")
        json.append("\"")
        head = json.bytes
        // Clients may send their settings over several lines.
        middle = Self.middle(request, model: model).onOneLine
        tools = request.tools.echo.onOneLine
        ownsTools = tools.bytes.count != request.tools.echo.bytes.count
        tail = Self.tail(request)
    }

    /// Bytes of an object without lists and error, nearly: its usage takes up to 160.
    var byteCount: Int { head.count + middle.count + tail.count + 300 }

    /// What this takes in memory: tools that stand on one line are the request's own bytes.
    var heldBytes: Int { byteCount + (ownsTools ? tools.bytes.count : 0) }

    private let ownsTools: Bool

    /// What changes from snapshot to snapshot.
    package struct Snapshot {
        package var status: StaticString
        package var completedAt: Int?
        package var error: APIError?
        package var incompleteReason: StaticString?
        /// The limit of this server that is behind the reason.
        package var limit: ResponseLimit?
        package var output: [RawJSON] = []
        package var usage: Usage?

        package init(status: StaticString) { self.status = status }
    }

    /// Writes the response object.
    ///
    /// - Parameter hasLists: whether `output` and `tools` are in it; both are empty otherwise.
    package func write(_ snapshot: Snapshot, hasLists: Bool = true, to json: inout JSONWriter) {
        json.bytes.append(contentsOf: head)
        json.append(snapshot.status)
        json.append("\"")
        json.continueAfterMember()
        json.key("completed_at")
        json.value(snapshot.completedAt)
        json.key("error")
        if let error = snapshot.error?.withinResponse {
            json.beginObject()
            json.key("code")
            let fallback: ErrorCode = error.status < 500 ? "invalid_prompt" : .serverError
            json.value((error.code ?? fallback).rawValue)
            json.key("message")
            json.value(error.message)
            error.writeHeaders(to: &json)
            json.endObject()
        } else {
            json.null()
        }
        json.key("incomplete_details")
        if let reason = snapshot.incompleteReason {
            json.beginObject()
            json.key("reason")
            json.append("\"")
            json.append(reason)
            json.append("\"")
            if let limit = snapshot.limit {
                json.continueAfterMember()
                json.key("hotline_limit")
                json.value(plain: limit.rawValue)
            }
            json.endObject()
        } else {
            json.null()
        }
        json.key("output")
        json.beginArray()
        if hasLists { for item in snapshot.output { json.value(item) } }
        json.endArray()
        json.key("usage")
        if let usage = snapshot.usage { usage.write(to: &json) } else { json.null() }
        json.bytes.append(contentsOf: middle)
        if hasLists { json.bytes.append(contentsOf: tools.bytes) } else { json.append("[]") }
        json.bytes.append(contentsOf: tail)
        json.continueAfterMember()
    }

    private static func middle(_ request: CreateRequest, model: String) -> [UInt8] {
        var json = JSONWriter(reserving: 1024)
        json.continueAfterMember()
        json.key("background")
        json.value(request.background ?? false)
        json.key("conversation")
        if let conversation = request.conversation {
            json.beginObject()
            json.key("id")
            json.value(conversation.stringValue ?? conversation["id"]?.stringValue)
            json.endObject()
        } else {
            json.null()
        }
        json.key("frequency_penalty")
        json.value(request.frequencyPenalty ?? 0)
        json.key("instructions")
        json.value(request.instructions)
        json.key("max_output_tokens")
        json.value(request.maxOutputTokens)
        json.key("max_tool_calls")
        json.value(request.maxToolCalls)
        json.key("metadata")
        json.value(request.metadata ?? .emptyObject)
        json.key("model")
        json.value(model)
        json.key("parallel_tool_calls")
        json.value(request.parallelToolCalls ?? true)
        json.key("presence_penalty")
        json.value(request.presencePenalty ?? 0)
        json.key("previous_response_id")
        json.value(request.previousResponseID?.rawValue)
        json.key("prompt_cache_key")
        json.value(request.promptCacheKey)
        json.key("reasoning")
        if let reasoning = request.reasoning { reasoning.writeEcho(to: &json) } else { json.null() }
        json.key("safety_identifier")
        json.value(request.safetyIdentifier)
        json.key("service_tier")
        json.value(literal: "default")
        json.key("store")
        json.value(request.store ?? true)
        json.key("temperature")
        json.value(request.temperature ?? 1)
        json.key("text")
        request.text.writeEcho(to: &json)
        json.key("tool_choice")
        if let choice = request.toolChoiceEcho { json.value(choice) } else { json.value(literal: "auto") }
        json.key("tools")
        return json.bytes
    }

    private static func tail(_ request: CreateRequest) -> [UInt8] {
        var json = JSONWriter(reserving: 160)
        json.continueAfterMember()
        json.key("top_logprobs")
        json.value(request.topLogprobs ?? 0)
        json.key("top_p")
        json.value(request.topP ?? 1)
        json.key("truncation")
        json.value(request.truncation ?? "disabled")
        json.key("user")
        json.value(request.user)
        json.endObject()
        return json.bytes
    }
}
