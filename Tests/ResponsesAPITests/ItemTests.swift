import Foundation
import ResponsesAPI
import Testing

/// Every item type: what is read of it, and that its bytes stay.
@Suite struct ItemTests {
    private func item(_ text: String) throws -> Item { try Item(RawJSON(parsing: text)) }

    /// Items of every type as they come, with the type that is read.
    static let whole: [(json: String, type: String, id: String?)] = [
        (#"{"type":"message","role":"user","content":"hi"}"#, "message", nil),
        (#"{"role":"user","content":"hi"}"#, "message", nil),
        (#"{"type":null,"role":"user","content":"hi"}"#, "message", nil),
        (#"{"content":[{"text":"hi","type":"input_text"}],"role":"system","vendor":{"deep":[1]}}"#, "message", nil),
        (#"{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"no"}],"phase":"final_answer"}"#, "message", "msg_1"),
        (#"{"type":"message","role":"developer","content":[]}"#, "message", nil),
        (#"{"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:,x","detail":"low"},{"type":"input_image","file_id":"f"},{"type":"input_file","file_data":"AA==","filename":"a.txt"},{"type":"input_file","file_url":"https://x"},{"type":"input_audio","text":{"not":"text"}}]}"#, "message", nil),
        (#"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"s"}],"content":[{"type":"reasoning_text","text":"t"}],"encrypted_content":null}"#, "reasoning", "rs_1"),
        (#"{"type":"reasoning","summary":[]}"#, "reasoning", nil),
        (#"{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}","id":"fc_1","status":"completed"}"#, "function_call", "fc_1"),
        (#"{"type":"function_call","call_id":"c1","name":"f","arguments":"","namespace":"crm"}"#, "function_call", nil),
        (#"{"type":"function_call_output","call_id":"c1","output":"ok"}"#, "function_call_output", nil),
        (#"{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"ok"},{"type":"input_image","image_url":"data:,x"}]}"#, "function_call_output", nil),
        (#"{"type":"custom_tool_call","call_id":"c2","name":"shell","input":"ls\n"}"#, "custom_tool_call", nil),
        (#"{"type":"custom_tool_call_output","call_id":"c2","output":"a\tb"}"#, "custom_tool_call_output", nil),
        (#"{"type":"local_shell_call","id":"lsh_1","call_id":"c","action":{"type":"exec","command":["ls"],"env":{}},"status":"completed"}"#, "local_shell_call", "lsh_1"),
        (#"{"type":"local_shell_call_output","id":"lsh_1","call_id":"c","output":"x"}"#, "local_shell_call_output", "lsh_1"),
        (#"{"type":"shell_call","call_id":"c","action":{"commands":["ls"]}}"#, "shell_call", nil),
        (#"{"type":"shell_call_output","call_id":"c","output":[{"stdout":"","stderr":"","outcome":{"type":"exit","exit_code":0}}]}"#, "shell_call_output", nil),
        (#"{"type":"apply_patch_call","call_id":"c","operation":{"type":"delete_file","path":"a"},"status":"completed"}"#, "apply_patch_call", nil),
        (#"{"type":"apply_patch_call_output","call_id":"c","status":"completed"}"#, "apply_patch_call_output", nil),
        (#"{"type":"computer_call","id":"cu_1","call_id":"c","pending_safety_checks":[],"status":"completed"}"#, "computer_call", "cu_1"),
        (#"{"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","image_url":"x"}}"#, "computer_call_output", nil),
        (#"{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"q"}}"#, "web_search_call", "ws_1"),
        (#"{"type":"file_search_call","id":"fs_1","status":"completed","queries":["q"],"results":null}"#, "file_search_call", "fs_1"),
        (#"{"type":"code_interpreter_call","id":"ci_1","status":"completed","container_id":"k","code":null,"outputs":null}"#, "code_interpreter_call", "ci_1"),
        (#"{"type":"image_generation_call","id":"ig_1","status":"completed","result":null}"#, "image_generation_call", "ig_1"),
        (#"{"type":"mcp_list_tools","id":"mcpl_1","server_label":"s","tools":[]}"#, "mcp_list_tools", "mcpl_1"),
        (#"{"type":"mcp_call","id":"mcp_1","server_label":"s","name":"n","arguments":"{}","output":null}"#, "mcp_call", "mcp_1"),
        (#"{"type":"mcp_approval_request","id":"mcpr_1","server_label":"s","name":"n","arguments":"{}"}"#, "mcp_approval_request", "mcpr_1"),
        (#"{"type":"mcp_approval_response","approval_request_id":"mcpr_1","approve":false}"#, "mcp_approval_response", nil),
        (#"{"type":"tool_search_call","arguments":{}}"#, "tool_search_call", nil),
        (#"{"type":"tool_search_output","tools":[]}"#, "tool_search_output", nil),
        (#"{"type":"additional_tools","role":"developer","tools":[]}"#, "additional_tools", nil),
        (#"{"type":"program","id":"cm_1","call_id":"c","code":"1","fingerprint":"f"}"#, "program", "cm_1"),
        (#"{"type":"program_output","id":"cm_2","call_id":"c","result":"1","status":"completed"}"#, "program_output", "cm_2"),
        (#"{"type":"compaction","encrypted_content":"sealed","id":"cmp_1"}"#, "compaction", "cmp_1"),
        (#"{"type":"compaction_trigger"}"#, "compaction_trigger", nil),
        (#"{"type":"configuration_update","reasoning":{"effort":"low"}}"#, "configuration_update", nil),
        (#"{"type":"item_reference","id":"msg_1"}"#, "item_reference", "msg_1"),
        (#"{"id":"msg_1"}"#, "item_reference", "msg_1"),
        (#"{"type":"vendor:thing","role":7,"content":{"a":1},"output":[[]],"name":null,"arguments":{"x":[ 1 ]}}"#, "vendor:thing", nil),
    ]

    @Test(arguments: whole.indices)
    func keepsEveryTypeByteForByte(_ index: Int) throws {
        let (json, type, id) = Self.whole[index]
        let item = try item(json)
        #expect(item.json.text == json)
        #expect(item.type == type)
        #expect(item.id == id)
        // Inside a request as well, with its neighbours left alone.
        let request = try request(#"{"input":[ \#(json) ,{"role":"user","content":"next"}]}"#)
        #expect(request.input.first == item)
        #expect(request.input.count == 2)
    }

    @Test func readsMessages() throws {
        let table: [(String, Item.Role, [ContentPart])] = [
            (#"{"role":"user","content":"a\/b"}"#, .user, [.inputText("a/b")]),
            // A string's kind follows from the role, also when that comes later.
            (#"{"content":"a","role":"assistant"}"#, .assistant, [.outputText("a")]),
            (#"{"role":"assistant","content":[{"type":"output_text","text":"a"}]}"#, .assistant, [.outputText("a")]),
            (#"{"role":"assistant","content":[{"type":"input_text","text":"a"}]}"#, .assistant, [.outputText("a")]),
            (#"{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}"#, .assistant, [.refusal("no")]),
            (#"{"role":"system","content":[{"type":"text","text":"a"}]}"#, .system, [.inputText("a")]),
            (#"{"role":"developer","content":""}"#, .developer, [.inputText("")]),
            (
                #"{"role":"user","content":[{"type":"input_image","image_url":"data:,x","detail":"high"}]}"#, .user,
                [.inputImage(.init(url: "data:,x", detail: "high"))]
            ),
            (
                #"{"role":"user","content":[{"type":"input_file","file_id":"f","filename":"n"}]}"#, .user,
                [.inputFile(.init(filename: "n", fileID: "f"))]
            ),
            (
                #"{"role":"user","content":[{"type":"vendor:x","text":5}]}"#, .user,
                [.other(type: "vendor:x", #"{"type":"vendor:x","text":5}"#)]
            ),
        ]
        for (json, role, content) in table {
            #expect(try item(json).body == .message(.init(role: role, content: content, phase: nil)), "\(json)")
        }
        guard case .message(let message) = try item(#"{"role":"assistant","content":"a","phase":"commentary"}"#).body else {
            Issue.record("no message")
            return
        }
        #expect(message.phase == "commentary")
    }

    @Test func readsCallsAndOutputs() throws {
        #expect(
            try item(#"{"type":"function_call","namespace":"crm","call_id":"c","name":"f","arguments":"{\"a\":\u0031}"}"#).body
                == .call(.init(kind: .function, callID: "c", name: "f", namespace: "crm", input: #"{"a":1}"#)))
        #expect(
            try item(#"{"type":"custom_tool_call","call_id":"c","name":"f","input":"x"}"#).body
                == .call(.init(kind: .custom, callID: "c", name: "f", namespace: nil, input: "x")))
        #expect(
            try item(#"{"type":"function_call_output","call_id":"c","output":"x"}"#).body
                == .callOutput(.init(kind: .function, callID: "c", output: [.inputText("x")])))
        #expect(
            try item(#"{"type":"custom_tool_call_output","call_id":"c","output":[{"type":"input_text","text":"x"}]}"#).body
                == .callOutput(.init(kind: .custom, callID: "c", output: [.inputText("x")])))
        #expect(
            try item(#"{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"s"}],"encrypted_content":"e"}"#).body
                == .reasoning(.init(summary: [.summaryText("s")], content: [], encryptedContent: "e")))
        #expect(try item(#"{"id":"x"}"#).body == .reference(id: "x"))
        #expect(try item(#"{"type":"compaction","encrypted_content":"e"}"#).body == .compaction(encryptedContent: "e"))
        #expect(try item(#"{"type":"web_search_call","id":"ws"}"#).body == .other)
    }

    @Test func readsTheTypeWhereverItStands() throws {
        let item = try item(#"{"output":"x","vendor":{"type":"nested"},"call_id":"c","type":"function_call_output"}"#)
        #expect(item.type == "function_call_output")
        #expect(item.body == .callOutput(.init(kind: .function, callID: "c", output: [.inputText("x")])))
    }

    // MARK: Making

    static let made: [Item] = [
        .userMessage("hi \"there\"\n"),
        .message(.user, [.inputText("a"), .inputImage(.init(url: "data:,x", detail: "low")), .inputFile(.init(data: "AA==", filename: "a"))]),
        .message(.assistant, [.outputText("a"), .refusal("b")], id: "msg_1", phase: "final_answer"),
        .message(.developer, [.other(type: "vendor:x", #"{"type":"vendor:x","a":1}"#)]),
        .functionCall(callID: "c", name: "f", arguments: #"{"a":"b"}"#),
        .functionCall(callID: "c", name: "f", arguments: "", namespace: "crm", id: "fc_1"),
        .customToolCall(callID: "c", name: "f", input: "free\ntext"),
        .functionCallOutput(callID: "c", output: "done"),
        .functionCallOutput(callID: "c", output: [.inputText("done"), .inputImage(.init(fileID: "f"))], id: "fco_1"),
        .customToolCallOutput(callID: "c", output: "done"),
        .customToolCallOutput(callID: "c", output: [.inputText("done")]),
        .reasoning(id: "rs_1", encryptedContent: "sealed", summary: [.summaryText("s")]),
        .reasoning(id: "rs_1", content: [.reasoningText("t")]),
        .reference(id: "msg_1"),
        .compaction(encryptedContent: "sealed", id: "cmp_1"),
    ]

    /// An item that is made equals what a server reads from its bytes.
    @Test(arguments: made)
    func readsWhatIsMade(_ item: Item) throws {
        #expect(try Item(RawJSON(parsing: item.json.bytes)) == item)
    }

    @Test func writesOnlyWhatIsSet() {
        #expect(
            Item.functionCallOutput(callID: "c", output: "x").json.text
                == #"{"type":"function_call_output","call_id":"c","output":"x"}"#)
        #expect(
            Item.userMessage("x").json.text
                == #"{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}"#)
    }
}
