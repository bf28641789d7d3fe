import Testing

@testable import ResponsesAPI

/// Built-in tools that the client runs, as functions and back (responses-api 4).
@Suite struct ClientRunToolTests {
    @Test(arguments: [
        (#"{"type":"local_shell_call","call_id":"c","action":{"type":"exec","command":["ls","a"],"env":{},"user":null}}"#,
            ClientRunTool.localShell, #"{"command":["ls","a"],"env":{}}"#),
        (#"{"type":"shell_call","call_id":"c","action":{"commands":["ls"],"timeout_ms":null,"max_output_length":9}}"#,
            .shell, #"{"commands":["ls"],"max_output_length":9}"#),
        (#"{"type":"apply_patch_call","call_id":"c","operation":{"type":"delete_file","path":"p"}}"#,
            .applyPatch, #"{"type":"delete_file","path":"p"}"#),
        (#"{"type":"tool_search_call","call_id":"c","execution":"client","arguments":{"query":"x"}}"#,
            .toolSearch, #"{"query":"x"}"#),
        (#"{"type":"tool_search_call","call_id":"c","arguments":"{\"query\":\"x\"}"}"#, .toolSearch, #"{"query":"x"}"#),
    ])
    func callsOfHistories(_ json: String, _ tool: ClientRunTool, _ arguments: String) throws {
        let item = try Item(RawJSON(parsing: json))
        #expect(item.json.text == json)
        guard case .call(let call) = item.body else {
            Issue.record("no call: \(item.body)")
            return
        }
        #expect(call.kind == .clientRun(tool) && call.callID == "c" && call.name == tool.rawValue)
        #expect(call.input.string == arguments)
    }

    @Test(arguments: [
        (#"{"type":"local_shell_call_output","id":"c","output":"out"}"#, "out"),
        (#"{"type":"local_shell_call_output","id":"x","call_id":"c","output":{"stdout":"out"}}"#, #"{"stdout":"out"}"#),
        (#"{"type":"shell_call_output","call_id":"c","output":[{"stdout":"a","stderr":"b","outcome":{"type":"exit","exit_code":2}},{"stdout":"","stderr":"","outcome":{"type":"exit","exit_code":0}},{"stdout":"half","stderr":"","outcome":{"type":"timeout"}}]}"#,
            "a\nb\n(exit code 2)\n(exit code 0)\nhalf\n(timed out)"),
        (#"{"type":"apply_patch_call_output","call_id":"c","status":"completed"}"#, "Done."),
        (#"{"type":"apply_patch_call_output","call_id":"c","status":"failed"}"#, "The operation failed."),
        (#"{"type":"apply_patch_call_output","call_id":"c","status":"failed","output":"no such file"}"#, "no such file"),
        (#"{"type":"tool_search_output","call_id":"c","execution":"client","tools":[]}"#, "No tool was found."),
    ])
    func outputsOfHistories(_ json: String, _ text: String) throws {
        guard case .callOutput(let output) = try Item(RawJSON(parsing: json)).body else {
            Issue.record("no output")
            return
        }
        #expect(output.callID == "c")
        #expect(output.output == [.inputText(JSONText(text))])
    }

    @Test("what the server ran, and what says nothing, is passed on as it is", arguments: [
        #"{"type":"tool_search_call","call_id":null,"execution":"server","arguments":{}}"#,
        #"{"type":"tool_search_output","call_id":"c","execution":"server","tools":[]}"#,
        #"{"type":"tool_search_call","id":"tsc_1","arguments":{}}"#,
    ])
    func others(_ json: String) throws { #expect(try Item(RawJSON(parsing: json)).body == .other) }

    @Test(arguments: [
        (ClientRunTool.shell, #"{"commands":["ls"]}"#, #"{"commands":["ls"]}"#),
        (.shell, #"{"command":"ls"}"#, #"{"commands":["ls"]}"#),
        (.shell, #"{"action":{"commands":["ls"],"timeout_ms":5}}"#, #"{"commands":["ls"],"timeout_ms":5}"#),
        (.shell, "", #"{"commands":[]}"#), (.shell, #"{"commands":["l"#, #"{"commands":[]}"#),
        (.localShell, #"{"command":["ls"]}"#, #"{"type":"exec","command":["ls"],"env":{}}"#),
        (.localShell, #"{"command":"ls | wc","env":{"A":"b"}}"#, #"{"type":"exec","command":["sh","-c","ls | wc"],"env":{"A":"b"}}"#),
        (.applyPatch, #"{"operation":{"type":"delete_file","path":"p"}}"#, #"{"type":"delete_file","path":"p"}"#),
        (.toolSearch, #"{"query":"x"}"#, #"{"query":"x"}"#), (.toolSearch, "[1]", "{}"),
    ])
    func callsOfModels(_ tool: ClientRunTool, _ arguments: String, _ payload: String) {
        #expect(tool.payload(of: JSONText(arguments)).text == payload)
    }

    @Test("each has a schema, and what a client makes as an output is what the server reads", arguments: ClientRunTool.allCases)
    func outputsOfClients(_ tool: ClientRunTool) throws {
        #expect(try RawJSON(parsing: tool.parameters.text)["type"]?.stringValue == "object")
        let made = Item.output(of: tool, callID: "c", text: "out")
        let read = try Item(RawJSON(parsing: made.json.text))
        #expect(read.type == made.type)
        if tool != .toolSearch { #expect(read.body == made.body) }
    }
}
