extension ResponseObject.Fields {
    private static let known: Set<String> = [
        "id", "object", "created_at", "completed_at", "status", "error", "incomplete_details", "model", "output", "usage",
        "previous_response_id", "conversation", "instructions", "tools", "tool_choice", "parallel_tool_calls",
        "max_tool_calls", "text", "reasoning", "max_output_tokens", "temperature", "top_p", "top_logprobs",
        "presence_penalty", "frequency_penalty", "truncation", "metadata", "store", "background", "service_tier",
        "prompt_cache_key", "safety_identifier", "user",
    ]

    init(_ members: JSONMembers) throws(APIError) {
        id = ResponseID(try present(members.string("id"), "id"))
        model = try members.string("model") ?? ""
        status = try members.string("status").map { .init(rawValue: $0) } ?? .completed
        createdAt = try members.seconds("created_at") ?? 0
        completedAt = try members.seconds("completed_at")
        if let json = members.raw("error") { error = try Self.failure(json) }
        if let details = members.raw("incomplete_details") {
            incompleteReason = details["reason"]?.stringValue
            serverLimit = details["hotline_limit"]?.stringValue
        }
        if let list = members.raw("output") { output = try Self.items(list) }
        if let json = members.raw("usage") {
            do throws(APIError) { usage = try Usage(json) } catch { throw error.under("usage") }
        }
        previousResponseID = try members.string("previous_response_id").map { ResponseID($0) }
        if let json = members.raw("conversation") { conversationID = json.stringValue ?? json["id"]?.stringValue }
        instructions = members.raw("instructions")
        tools = members.raw("tools") ?? tools
        toolChoice = members.raw("tool_choice") ?? toolChoice
        parallelToolCalls = try members.bool("parallel_tool_calls") ?? true
        maxToolCalls = try members.int("max_tool_calls")
        text = members.raw("text") ?? text
        reasoning = members.raw("reasoning")
        maxOutputTokens = try members.int("max_output_tokens")
        temperature = try members.double("temperature")
        topP = try members.double("top_p")
        topLogprobs = try members.int("top_logprobs")
        presencePenalty = try members.double("presence_penalty")
        frequencyPenalty = try members.double("frequency_penalty")
        truncation = try members.string("truncation") ?? truncation
        metadata = members.raw("metadata") ?? metadata
        store = try members.bool("store") ?? true
        background = try members.bool("background") ?? false
        serviceTier = try members.string("service_tier") ?? serviceTier
        promptCacheKey = try members.string("prompt_cache_key")
        safetyIdentifier = try members.string("safety_identifier")
        user = try members.string("user")
        extra = members.others(than: Self.known)
    }

    private static func failure(_ json: RawJSON) throws(APIError) -> ResponseObject.Failure {
        guard json.isObject else { throw .wrongType("error", expected: "an object") }
        return ResponseObject.Failure(
            code: json["code"]?.stringValue.map { ErrorCode(rawValue: $0) },
            message: json["message"]?.stringValue ?? "The server gave no reason.")
    }

    private static func items(_ list: RawJSON) throws(APIError) -> [Item] {
        guard list.isArray else { throw .wrongType("output", expected: "an array") }
        var items: [Item] = []
        for (index, element) in list.elements.enumerated() {
            do throws(APIError) {
                items.append(try Item(tolerating: element))
            } catch {
                throw error.under("output[\(index)]")
            }
        }
        return items
    }

    /// Writes the response with every member the schemas demand, null where there is nothing to say.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.value(id.rawValue)
        json.key("object")
        json.value(literal: "response")
        json.key("created_at")
        json.value(createdAt)
        json.key("completed_at")
        json.value(completedAt)
        json.key("status")
        json.value(status.rawValue)
        json.key("background")
        json.value(background)
        writeOutcome(to: &json)
        writeSettings(to: &json)
        json.members(extra)
        json.endObject()
    }

    private func writeOutcome(to json: inout JSONWriter) {
        json.key("error")
        if let error {
            json.beginObject()
            json.key("code")
            json.value((error.code ?? .serverError).rawValue)
            json.key("message")
            json.value(error.message)
            json.endObject()
        } else {
            json.null()
        }
        json.key("incomplete_details")
        if let incompleteReason {
            json.beginObject()
            json.key("reason")
            json.value(incompleteReason)
            if let serverLimit {
                json.key("hotline_limit")
                json.value(serverLimit)
            }
            json.endObject()
        } else {
            json.null()
        }
        json.key("output")
        json.beginArray()
        for item in output { json.value(item.json) }
        json.endArray()
        json.key("usage")
        if let usage { usage.write(to: &json) } else { json.null() }
    }

    private func writeSettings(to json: inout JSONWriter) {
        json.key("conversation")
        if let conversationID {
            json.beginObject()
            json.key("id")
            json.value(conversationID)
            json.endObject()
        } else {
            json.null()
        }
        json.key("frequency_penalty")
        json.value(frequencyPenalty)
        json.key("instructions")
        json.value(instructions)
        json.key("max_output_tokens")
        json.value(maxOutputTokens)
        json.key("max_tool_calls")
        json.value(maxToolCalls)
        json.key("metadata")
        json.value(metadata)
        json.key("model")
        json.value(model)
        json.key("parallel_tool_calls")
        json.value(parallelToolCalls)
        json.key("presence_penalty")
        json.value(presencePenalty)
        json.key("previous_response_id")
        json.value(previousResponseID?.rawValue)
        json.key("prompt_cache_key")
        json.value(promptCacheKey)
        json.key("reasoning")
        json.value(reasoning)
        json.key("safety_identifier")
        json.value(safetyIdentifier)
        json.key("service_tier")
        json.value(serviceTier)
        json.key("store")
        json.value(store)
        json.key("temperature")
        json.value(temperature)
        json.key("text")
        json.value(text)
        json.key("tool_choice")
        json.value(toolChoice)
        json.key("tools")
        json.value(tools)
        json.key("top_logprobs")
        json.value(topLogprobs)
        json.key("top_p")
        json.value(topP)
        json.key("truncation")
        json.value(truncation)
        json.key("user")
        json.value(user)
    }
}
