import Foundation
import ResponsesAPI
import Testing

@Suite struct ServerEventTests {
    private func event(_ text: String) throws(APIError) -> ServerEvent { try ServerEvent(parsing: Array(text.utf8)) }

    private static let item = ServerEvent.ItemPlace(itemID: "i", outputIndex: 2)
    private static let part = ServerEvent.PartPlace(itemID: "i", outputIndex: 2, index: 3)

    /// Events without `type` and `sequence_number`, and what is read.
    static let table: [(type: String, members: String, body: ServerEvent.Body)] = [
        ("response.output_item.added", #""output_index":1,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}"#, .outputItemAdded(index: 1, try! Item(#"{"type":"function_call","call_id":"c","name":"f","arguments":""}"#))),
        ("response.output_item.done", #""output_index":1,"item":{"type":"vendor:x"}"#, .outputItemDone(index: 1, try! Item(#"{"type":"vendor:x"}"#))),
        ("response.content_part.added", #""item_id":"i","output_index":2,"content_index":3,"part":{"type":"output_text","text":"","annotations":[]}"#, .contentPartAdded(part, .outputText(""))),
        ("response.content_part.done", #""item_id":"i","output_index":2,"content_index":3,"part":{"type":"refusal","refusal":"no"}"#, .contentPartDone(part, .refusal("no"))),
        ("response.output_text.delta", #""item_id":"i","output_index":2,"content_index":3,"delta":"a\n","logprobs":[],"obfuscation":"xyz""#, .outputTextDelta(part, "a\n")),
        ("response.output_text.delta", #""output_index":2,"content_index":3,"delta":"""#, .outputTextDelta(.init(itemID: nil, outputIndex: 2, index: 3), "")),
        ("response.output_text.done", #""item_id":"i","output_index":2,"content_index":3,"text":"a""#, .outputTextDone(part, "a")),
        ("response.output_text.annotation.added", #""item_id":"i","output_index":2,"content_index":3,"annotation_index":0,"annotation":{"type":"url_citation"}"#, .annotationAdded(part, annotationIndex: 0, #"{"type":"url_citation"}"#)),
        ("response.refusal.delta", #""item_id":"i","output_index":2,"content_index":3,"delta":"n""#, .refusalDelta(part, "n")),
        ("response.refusal.done", #""item_id":"i","output_index":2,"content_index":3,"refusal":"no""#, .refusalDone(part, "no")),
        ("response.reasoning_text.delta", #""item_id":"i","output_index":2,"content_index":3,"delta":"t""#, .reasoningTextDelta(part, "t")),
        ("response.reasoning.delta", #""item_id":"i","output_index":2,"content_index":3,"delta":"t""#, .reasoningTextDelta(part, "t")),
        ("response.reasoning_text.done", #""item_id":"i","output_index":2,"content_index":3,"text":"t""#, .reasoningTextDone(part, "t")),
        ("response.reasoning.done", #""item_id":"i","output_index":2,"content_index":3,"text":"t""#, .reasoningTextDone(part, "t")),
        ("response.reasoning_summary_part.added", #""item_id":"i","output_index":2,"summary_index":3,"part":{"type":"summary_text","text":""}"#, .reasoningSummaryPartAdded(part, .summaryText(""))),
        ("response.reasoning_summary_part.done", #""item_id":"i","output_index":2,"summary_index":3,"part":{"type":"summary_text","text":"s"}"#, .reasoningSummaryPartDone(part, .summaryText("s"))),
        ("response.reasoning_summary_text.delta", #""item_id":"i","output_index":2,"summary_index":3,"delta":"s""#, .reasoningSummaryTextDelta(part, "s")),
        ("response.reasoning_summary_text.done", #""item_id":"i","output_index":2,"summary_index":3,"text":"s""#, .reasoningSummaryTextDone(part, "s")),
        ("response.function_call_arguments.delta", #""item_id":"i","output_index":2,"delta":"{""#, .functionCallArgumentsDelta(item, "{")),
        ("response.function_call_arguments.done", #""item_id":"i","output_index":2,"arguments":"{}","name":"f""#, .functionCallArgumentsDone(item, arguments: "{}", name: "f")),
        ("response.function_call_arguments.done", #""item_id":"i","output_index":2,"arguments":"{}""#, .functionCallArgumentsDone(item, arguments: "{}", name: nil)),
        ("response.custom_tool_call_input.delta", #""item_id":"i","output_index":2,"delta":"l""#, .customToolCallInputDelta(item, "l")),
        ("response.custom_tool_call_input.done", #""item_id":"i","output_index":2,"input":"ls""#, .customToolCallInputDone(item, "ls")),
        ("response.web_search_call.searching", #""item_id":"i","output_index":2"#, .toolProgress(item, tool: "web_search_call", stage: "searching")),
        ("response.mcp_list_tools.failed", #""item_id":"i","output_index":2"#, .toolProgress(item, tool: "mcp_list_tools", stage: "failed")),
        ("response.code_interpreter_call.interpreting", #""item_id":"i","output_index":2"#, .toolProgress(item, tool: "code_interpreter_call", stage: "interpreting")),
        ("response.mcp_call_arguments.delta", #""item_id":"i","output_index":2,"delta":"x""#, .mcpCallArgumentsDelta(item, "x")),
        ("response.mcp_call_arguments.done", #""item_id":"i","output_index":2,"arguments":"x""#, .mcpCallArgumentsDone(item, "x")),
        ("response.code_interpreter_call_code.delta", #""item_id":"i","output_index":2,"delta":"x""#, .codeInterpreterCodeDelta(item, "x")),
        ("response.code_interpreter_call_code.done", #""item_id":"i","output_index":2,"code":"x""#, .codeInterpreterCodeDone(item, "x")),
        ("response.image_generation_call.partial_image", #""item_id":"i","output_index":2,"partial_image_index":0,"partial_image_b64":"AA==","size":"1x1""#, .partialImage(item, partialImageIndex: 0, "AA==")),
        ("response.shell_call_command.delta", #""output_index":2,"command_index":1,"delta":"l""#, .shellCommandDelta(.init(itemID: nil, outputIndex: 2), commandIndex: 1, "l")),
        ("response.shell_call_output_content.delta", #""item_id":"i","output_index":2,"command_index":1,"delta":{"stdout":"x"}"#, .shellOutputDelta(item, commandIndex: 1, #"{"stdout":"x"}"#)),
        ("response.compaction.compacting", #""item_id":"i","output_index":2"#, .compacting(item)),
        ("response.audio.delta", #""delta":"AA==""#, .audioDelta("AA==")),
        ("response.audio.transcript.done", #""response_id":"r""#, .audioTranscriptDone),
        ("response.inject.created", #""response_id":"r""#, .injectCreated(responseID: ResponseID("r"))),
        ("response.inject.failed", #""response_id":"r","input":[],"error":{"code":"response_not_found","message":"No."}"#, .injectFailed(responseID: ResponseID("r"), input: "[]", APIError(status: 500, type: "server_error", code: "response_not_found", message: "No."))),
        ("codex.rate_limits", #""item":5,"output_index":"x""#, .other),
        ("response.metadata", #""headers":{}"#, .other),
        ("responsesapi.websocket_timing", #""x":1"#, .other),
        ("response.some_call.unheard_of_stage", #""x":1"#, .other),
    ]

    @Test(arguments: table.indices)
    func readsEveryEvent(_ index: Int) throws {
        let (type, members, body) = Self.table[index]
        let text = "{\"type\":\"\(type)\",\"sequence_number\":7,\"stream_id\":\"lane\",\(members)}"
        let event = try event(" \(text) ")
        #expect(event.type == type)
        #expect(event.sequenceNumber == 7)
        #expect(event.streamID?.rawValue == "lane")
        #expect(event.body == body)
        #expect(event.json.text == text)
        #expect(!event.isTerminal)
        // The type may stand last.
        #expect(try self.event("{\(members),\"type\":\"\(type)\"}").body == body)
    }

    @Test func readsSnapshots() throws {
        for (name, isTerminal) in [
            ("created", false), ("queued", false), ("in_progress", false), ("completed", true), ("incomplete", true), ("failed", true),
        ] {
            let event = try event(#"{"type":"response.\#(name)","sequence_number":0,"response":{"id":"resp_1","status":"\#(name)"}}"#)
            #expect(event.response?.id == ResponseID("resp_1"))
            #expect(event.response?.status.rawValue == name)
            #expect(event.isTerminal == isTerminal)
            #expect(event.streamID == nil)
        }
    }

    @Test func readsSteering() throws {
        let steer = ServerEvent.Steer(id: "steer_1", previousResponseID: ResponseID("resp_1"))
        #expect(
            try event(#"{"type":"response.steer.accepted","sequence_number":41,"steer":{"id":"steer_1","previous_response_id":"resp_1"}}"#).body
                == .steerAccepted(steer))
        #expect(
            try event(#"{"type":"response.steer.pending","sequence_number":1,"reason":"waiting_for_required_input","steer":{"id":"steer_1","previous_response_id":"resp_1"},"required_input":[{"type":"function_call_output","call_id":"c"}]}"#).body
                == .steerPending(steer, reason: "waiting_for_required_input", requiredInput: [#"{"type":"function_call_output","call_id":"c"}"#]))
        let refused = ServerEvent.Steer(previousResponseID: ResponseID("resp_1"), input: #""go""#)
        #expect(
            try event(#"{"type":"response.steer.failed","sequence_number":1,"steer":{"previous_response_id":"resp_1","input":"go"},"error":{"type":"invalid_request_error","code":"steering_not_supported","message":"No."}}"#).body
                == .steerFailed(refused, .invalidRequest(.steeringNotSupported, "No.")))
    }

    /// What known events demand, each member left out in turn.
    static let bad: [(json: String, code: ErrorCode, param: String?)] = [
        ("", .invalidJSON, nil), ("[DONE]", .invalidJSON, nil), ("[]", .invalidType, nil), ("{}", .missingRequiredParameter, "type"),
        (#"{"type":5}"#, .invalidType, "type"),
        (#"{"type":"response.created"}"#, .missingRequiredParameter, "response"),
        (#"{"type":"response.created","response":{}}"#, .missingRequiredParameter, "response.id"),
        (#"{"type":"response.created","response":5}"#, .invalidType, "response"),
        (#"{"type":"response.completed","response":{"id":"r","output":[5]}}"#, .invalidType, "response.output[0]"),
        (#"{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":"x"}}}"#, .invalidType, "response.usage.input_tokens"),
        (#"{"type":"response.output_item.done","item":{}}"#, .missingRequiredParameter, "output_index"),
        (#"{"type":"response.output_item.done","output_index":0}"#, .missingRequiredParameter, "item"),
        (#"{"type":"response.output_item.done","output_index":-1,"item":{}}"#, .invalidValue, "output_index"),
        (#"{"type":"response.output_text.delta","output_index":0,"content_index":0}"#, .missingRequiredParameter, "delta"),
        (#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":5}"#, .invalidType, "delta"),
        (#"{"type":"response.output_text.delta","output_index":0,"delta":""}"#, .missingRequiredParameter, "content_index"),
        (#"{"type":"response.output_text.delta","content_index":0,"delta":""}"#, .missingRequiredParameter, "output_index"),
        (#"{"type":"response.content_part.added","output_index":0,"content_index":0,"part":{}}"#, .missingRequiredParameter, "part.type"),
        (#"{"type":"response.steer.accepted"}"#, .missingRequiredParameter, "steer"),
    ]

    @Test(arguments: bad.indices)
    func refuses(_ index: Int) {
        let (json, code, param) = Self.bad[index]
        let error = problem { () throws(APIError) in _ = try event(json) }
        #expect(error?.code == code)
        #expect(error?.param == param)
    }

    /// A client must not lose a turn over an item that another server made differently.
    @Test func toleratesItemsOfOthers() throws {
        let odd = #"{"type":"function_call","id":"fc_1","status":"in_progress","name":"f"}"#
        guard case .outputItemAdded(_, let item) = try event(#"{"type":"response.output_item.added","output_index":0,"item":\#(odd)}"#).body
        else {
            Issue.record("no item")
            return
        }
        #expect(item.body == .other)
        #expect(item.type == "function_call")
        #expect(item.id == "fc_1")
        #expect(item.json.text == odd)
    }

    @Test func toleratesOddHeads() throws {
        let event = try event(#"{"type":"later","sequence_number":"x","stream_id":{"a":1}}"#)
        #expect(event.sequenceNumber == nil)
        #expect(event.streamID == nil)
        #expect(event.body == .other)
    }
}
