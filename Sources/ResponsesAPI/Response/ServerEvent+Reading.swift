extension ServerEvent {
    /// Reads one event: the data of an SSE record or a text message of the socket.
    ///
    /// - Throws: `APIError` when this is not a JSON object, has no `type`, or is of a known type and lacks what that demands.
    public init(parsing bytes: [UInt8]) throws(APIError) {
        let json: RawJSON
        do throws(JSONError) {
            json = try RawJSON(parsing: bytes)
        } catch {
            throw APIError.invalidRequest(.invalidJSON, "The event is not valid JSON: \(error).")
        }
        try self.init(json)
    }

    public init(_ json: RawJSON) throws(APIError) {
        let members = try JSONMembers(json, what: "an event")
        self.json = json
        type = try present(members.string("type"), "type")
        // Read as far as they go: an event of an unknown type may use these names for anything.
        sequenceNumber = members.raw("sequence_number")?.intValue
        streamID = members.raw("stream_id")?.stringValue.flatMap { StreamID($0) }
        body = try Self.readBody(type, members, json)
    }

    private static func readBody(
        _ type: String, _ event: JSONMembers, _ json: RawJSON
    ) throws(APIError) -> Body {
        switch type {
        case "response.created": .created(try event.response())
        case "response.queued": .queued(try event.response())
        case "response.in_progress": .inProgress(try event.response())
        case "response.completed": .completed(try event.response())
        case "response.incomplete": .incomplete(try event.response())
        case "response.failed": .failed(try event.response())
        case "response.output_item.added": .outputItemAdded(index: try event.index("output_index"), try event.item())
        case "response.output_item.done": .outputItemDone(index: try event.index("output_index"), try event.item())
        case "response.content_part.added": .contentPartAdded(try event.contentPlace(), try event.part())
        case "response.content_part.done": .contentPartDone(try event.contentPlace(), try event.part())
        case "response.output_text.delta": .outputTextDelta(try event.contentPlace(), try event.needed("delta"))
        case "response.output_text.done": .outputTextDone(try event.contentPlace(), try event.needed("text"))
        case "response.output_text.annotation.added":
            .annotationAdded(
                try event.contentPlace(), annotationIndex: try event.index("annotation_index"),
                try present(event.raw("annotation"), "annotation"))
        case "response.refusal.delta": .refusalDelta(try event.contentPlace(), try event.needed("delta"))
        case "response.refusal.done": .refusalDone(try event.contentPlace(), try event.needed("refusal"))
        case "response.function_call_arguments.delta":
            .functionCallArgumentsDelta(try event.itemPlace(), try event.needed("delta"))
        case "response.function_call_arguments.done":
            .functionCallArgumentsDone(
                try event.itemPlace(), arguments: try event.needed("arguments"), name: try event.string("name"))
        case "response.custom_tool_call_input.delta":
            .customToolCallInputDelta(try event.itemPlace(), try event.needed("delta"))
        case "response.custom_tool_call_input.done":
            .customToolCallInputDone(try event.itemPlace(), try event.needed("input"))
        case "error", "response.error": .error(APIError(reading: json))
        default:
            if let body = try readReasoning(type, event) {
                body
            } else if let body = try readBuiltIn(type, event) {
                body
            } else if let body = try readSocket(type, event, json) {
                body
            } else {
                .other
            }
        }
    }

    private static func readReasoning(_ type: String, _ event: JSONMembers) throws(APIError) -> Body? {
        switch type {
        case "response.reasoning_text.delta", "response.reasoning.delta":
            .reasoningTextDelta(try event.contentPlace(), try event.needed("delta"))
        case "response.reasoning_text.done", "response.reasoning.done":
            .reasoningTextDone(try event.contentPlace(), try event.needed("text"))
        case "response.reasoning_summary_part.added": .reasoningSummaryPartAdded(try event.summaryPlace(), try event.part())
        case "response.reasoning_summary_part.done": .reasoningSummaryPartDone(try event.summaryPlace(), try event.part())
        case "response.reasoning_summary_text.delta":
            .reasoningSummaryTextDelta(try event.summaryPlace(), try event.needed("delta"))
        case "response.reasoning_summary_text.done":
            .reasoningSummaryTextDone(try event.summaryPlace(), try event.needed("text"))
        default: nil
        }
    }

    private static func readBuiltIn(_ type: String, _ event: JSONMembers) throws(APIError) -> Body? {
        switch type {
        case "response.mcp_call_arguments.delta": .mcpCallArgumentsDelta(try event.itemPlace(), try event.needed("delta"))
        case "response.mcp_call_arguments.done": .mcpCallArgumentsDone(try event.itemPlace(), try event.needed("arguments"))
        case "response.code_interpreter_call_code.delta":
            .codeInterpreterCodeDelta(try event.itemPlace(), try event.needed("delta"))
        case "response.code_interpreter_call_code.done":
            .codeInterpreterCodeDone(try event.itemPlace(), try event.needed("code"))
        case "response.image_generation_call.partial_image":
            .partialImage(
                try event.itemPlace(), partialImageIndex: try event.index("partial_image_index"),
                try event.needed("partial_image_b64"))
        case "response.shell_call_command.added":
            .shellCommandAdded(try event.itemPlace(), commandIndex: try event.index("command_index"), try event.needed("command"))
        case "response.shell_call_command.delta":
            .shellCommandDelta(try event.itemPlace(), commandIndex: try event.index("command_index"), try event.needed("delta"))
        case "response.shell_call_command.done":
            .shellCommandDone(try event.itemPlace(), commandIndex: try event.index("command_index"), try event.needed("command"))
        case "response.shell_call_output_content.delta":
            .shellOutputDelta(
                try event.itemPlace(), commandIndex: try event.index("command_index"),
                try present(event.raw("delta"), "delta"))
        case "response.shell_call_output_content.done":
            .shellOutputDone(
                try event.itemPlace(), commandIndex: try event.index("command_index"),
                try present(event.raw("output"), "output"))
        case "response.compaction.compacting": .compacting(try event.itemPlace())
        case "response.audio.delta": .audioDelta(try event.needed("delta"))
        case "response.audio.done": .audioDone
        case "response.audio.transcript.delta": .audioTranscriptDelta(try event.needed("delta"))
        case "response.audio.transcript.done": .audioTranscriptDone
        default:
            if let (tool, stage) = toolStage(type) {
                .toolProgress(try event.itemPlace(), tool: tool, stage: stage)
            } else {
                nil
            }
        }
    }

    /// `web_search_call` and `searching` of `response.web_search_call.searching`.
    private static func toolStage(_ type: String) -> (tool: String, stage: String)? {
        let words = type.split(separator: ".", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "response" else { return nil }
        let (tool, stage) = (String(words[1]), String(words[2]))
        let isTool = tool.hasSuffix("_call") || tool == "mcp_list_tools"
        let stages = ["in_progress", "searching", "interpreting", "generating", "completed", "failed"]
        return isTool && stages.contains(stage) ? (tool, stage) : nil
    }

    private static func readSocket(
        _ type: String, _ event: JSONMembers, _ json: RawJSON
    ) throws(APIError) -> Body? {
        switch type {
        case "response.steer.accepted": .steerAccepted(try event.steer())
        case "response.steer.pending":
            .steerPending(
                try event.steer(), reason: try event.string("reason"),
                requiredInput: event.raw("required_input")?.elements ?? [])
        case "response.steer.failed": .steerFailed(try event.steer(), APIError(reading: json))
        case "response.inject.created": .injectCreated(responseID: try event.responseID())
        case "response.inject.failed":
            .injectFailed(responseID: try event.responseID(), input: event.raw("input"), APIError(reading: json))
        default: nil
        }
    }
}

extension JSONMembers {
    fileprivate func needed(_ name: StaticString) throws(APIError) -> JSONText { try present(text(name), name) }

    fileprivate func index(_ name: StaticString) throws(APIError) -> Int {
        let index = try present(int(name), name)
        guard index >= 0 else { throw .wrongValue("\(name)", "it must be at least 0.") }
        return index
    }

    fileprivate func itemPlace() throws(APIError) -> ServerEvent.ItemPlace {
        .init(itemID: try string("item_id"), outputIndex: try index("output_index"))
    }

    fileprivate func contentPlace() throws(APIError) -> ServerEvent.PartPlace {
        .init(itemID: try string("item_id"), outputIndex: try index("output_index"), index: try index("content_index"))
    }

    fileprivate func summaryPlace() throws(APIError) -> ServerEvent.PartPlace {
        .init(itemID: try string("item_id"), outputIndex: try index("output_index"), index: try index("summary_index"))
    }

    fileprivate func response() throws(APIError) -> ResponseObject {
        try read("response") { (json) throws(APIError) in try ResponseObject(json) }
    }

    fileprivate func item() throws(APIError) -> Item {
        try read("item") { (json) throws(APIError) in try Item(tolerating: json) }
    }

    fileprivate func part() throws(APIError) -> ContentPart {
        try read("part") { (json) throws(APIError) in try ContentPart(json) }
    }

    fileprivate func responseID() throws(APIError) -> ResponseID? { try string("response_id").map { ResponseID($0) } }

    fileprivate func steer() throws(APIError) -> ServerEvent.Steer {
        try read("steer") { (json) throws(APIError) in
            let steer = try JSONMembers(json, what: "a steer")
            return ServerEvent.Steer(
                id: try steer.string("id"),
                previousResponseID: try steer.string("previous_response_id").map { ResponseID($0) },
                input: steer.raw("input"))
        }
    }

    private func read<R>(_ name: StaticString, _ body: (RawJSON) throws(APIError) -> R) throws(APIError) -> R {
        let json = try present(raw(name), name)
        do throws(APIError) {
            return try body(json)
        } catch {
            throw error.under("\(name)")
        }
    }
}
