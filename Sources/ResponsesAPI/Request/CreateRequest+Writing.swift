/// How a client sends a request.
extension CreateRequest {
    public enum Form: Sendable, Hashable {
        /// Everything that is set, without `type`.
        case all
        /// The body of `POST /v1/responses`: without the socket's fields, which HTTP endpoints answer with 400.
        case http
        /// A `response.create` event: with `type`, without the fields that only HTTP has (websocket-mode 4.1).
        case event
    }

    /// The request as JSON: only what is set, unknown fields included.
    public func encoded(as form: Form = .http) -> [UInt8] {
        var json = JSONWriter(reserving: 512 + tools.json.bytes.count + input.reduce(0) { $0 + $1.json.bytes.count + 1 })
        write(to: &json, as: form)
        return json.bytes
    }

    package func write(to json: inout JSONWriter, as form: Form) {
        json.beginObject()
        if form == .event {
            json.key("type")
            json.value(literal: "response.create")
        }
        if form != .http {
            json.member("stream_id", ifSet: streamID?.rawValue)
            json.member("generate", ifSet: generate)
        }
        json.member("model", ifSet: model)
        json.member("previous_response_id", ifSet: previousResponseID?.rawValue)
        json.member("conversation", ifSet: conversation)
        json.member("instructions", ifSet: instructions)
        if hasInput || !input.isEmpty {
            json.key("input")
            json.beginArray()
            for item in input { json.value(item.json) }
            json.endArray()
        }
        json.member("store", ifSet: store)
        if form != .event {
            json.member("stream", ifSet: stream)
            json.member("background", ifSet: background)
        }
        writeTools(to: &json)
        writeSettings(to: &json)
        for (name, value) in extra where form != .event || name != "stream_options" {
            json.key(name)
            json.value(value)
        }
        json.endObject()
    }

    private func writeTools(to json: inout JSONWriter) {
        // An empty list that was sent is another object than the list of a request without one.
        if tools !== ToolSet.empty {
            json.key("tools")
            json.value(tools.json)
        }
        if let echo = toolChoiceEcho, let choice = try? ToolChoice(echo), choice == toolChoice {
            json.key("tool_choice")
            json.value(echo)
        } else if toolChoice != .auto {
            json.key("tool_choice")
            toolChoice.write(to: &json)
        }
        json.member("parallel_tool_calls", ifSet: parallelToolCalls)
        json.member("max_tool_calls", ifSet: maxToolCalls)
    }

    private func writeSettings(to json: inout JSONWriter) {
        if text.json != nil || text != TextSettings() {
            json.key("text")
            text.write(to: &json)
        }
        if let reasoning {
            json.key("reasoning")
            reasoning.write(to: &json)
        }
        if !include.isEmpty {
            json.key("include")
            json.beginArray()
            for word in include { json.value(word) }
            json.endArray()
        }
        json.member("max_output_tokens", ifSet: maxOutputTokens)
        json.member("temperature", ifSet: temperature)
        json.member("top_p", ifSet: topP)
        json.member("top_logprobs", ifSet: topLogprobs)
        json.member("presence_penalty", ifSet: presencePenalty)
        json.member("frequency_penalty", ifSet: frequencyPenalty)
        json.member("truncation", ifSet: truncation)
        json.member("context_management", ifSet: contextManagement)
        json.member("metadata", ifSet: metadata)
        json.member("prompt_cache_key", ifSet: promptCacheKey)
        json.member("safety_identifier", ifSet: safetyIdentifier)
        json.member("user", ifSet: user)
        json.member("service_tier", ifSet: serviceTier)
    }
}

extension CreateRequest: WireValue {
    public init(wire: RawJSON) throws(APIError) { try self.init(parsing: wire.bytes) }

    public var wire: RawJSON { RawJSON(validated: encoded(as: .all)) }
}

extension ToolChoice {
    fileprivate func write(to json: inout JSONWriter) {
        switch self {
        case .auto: json.value(literal: "auto")
        case .none: json.value(literal: "none")
        case .required: json.value(literal: "required")
        case .tool(let type, let name): json.writeTool(type, name)
        case .allowed(let mode, let names):
            json.beginObject()
            json.key("type")
            json.value(literal: "allowed_tools")
            json.key("mode")
            json.value(mode.rawValue)
            json.key("tools")
            json.beginArray()
            for allowed in names { json.writeTool(allowed.type, allowed.name) }
            json.endArray()
            json.endObject()
        case .other(let raw): json.value(raw)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func writeTool(_ type: String, _ name: String?) {
        beginObject()
        key("type")
        value(type)
        member("name", ifSet: name)
        endObject()
    }
}
