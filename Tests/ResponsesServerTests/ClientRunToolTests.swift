import NIOHTTP1
import ResponsesAPI
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// Built-in tools that the client runs: called by the model, answered by the client.
@Suite(.timeLimit(.minutes(1))) struct ClientRunToolTests {
    @Test(arguments: [
        ("shell", #"{"commands":["ls a"]}"#, "action", #"{"commands":["ls a"]}"#, #""output":[{"stdout":"made","stderr":"","outcome":{"type":"exit","exit_code":0}}]"#),
        ("local_shell", #"{"command":["ls"]}"#, "action", #"{"type":"exec","command":["ls"],"env":{}}"#, #""output":"made""#),
        ("apply_patch", #"{"type":"delete_file","path":"p"}"#, "operation", #"{"type":"delete_file","path":"p"}"#, #""status":"completed","output":"made""#),
    ])
    func aLoopOfTwoTurns(_ tool: String, _ arguments: String, _ field: String, _ payload: String, _ answer: String) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let socket = try await server.socket()
            let offered = #""model":"scripted","store":false,"tools":[{"type":"\#(tool)"}]"#
            let asked = JSONText("[[tools:1 \(tool) \(arguments)]] go")
            let events = try await socket.all(offered + #","input":"\#(String(decoding: asked.escaped, as: UTF8.self))""#)
            let item = try #require(events.first { $0.type == "response.output_item.done" })["item"]
            #expect(item?["type"]?.stringValue == "\(tool)_call" && item?["status"]?.stringValue == "completed")
            #expect(item?[field]?.text == payload)
            // What is to be done comes with the item, not in deltas of its own.
            #expect(events.map(\.type) == [
                "response.created", "response.in_progress", "response.output_item.added", "response.output_item.done",
                "response.completed",
            ])
            let (id, callID) = (events.last?.string("response.id") ?? "", item?["call_id"]?.stringValue ?? "")
            let output = #"{"type":"\#(tool)_call_output","call_id":"\#(callID)",\#(answer)}"#
            let last = try await socket.turn(offered + #","previous_response_id":"\#(id)","input":[\#(output)]"#)
            #expect(last.string("response.output.0.content.0.text")?.contains("made") == true)
            await socket.close()
        }
    }

    @Test("what the engine is not shown is named to the client", arguments: [false, true])
    func leftOut(isStream: Bool) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let input = #"[{"role":"user","content":"a"}]"#
            let tools = #"[{"type":"web_search"},{"type":"shell"},{"type":"function","name":"f"},{"type":"namespace","name":"n","tools":[{"type":"function","name":"g"},{"type":"mcp","server_label":"s"}]}]"#
            let wire = try await server.wire()
            let body = #"{"model":"scripted","stream":\#(isStream),"input":\#(input),"tools":\#(tools)}"#
            try await wire.request("POST", "/v1/responses", body: body)
            let head = try await wire.response(toHead: true)
            #expect(head["x-hotline-left-out"] == "tool=web_search, tool=mcp")
            await wire.close()
            let plain = try await server.post("/v1/responses", #"{"model":"scripted","input":"a"}"#)
            #expect(plain.headers["x-hotline-left-out"].isEmpty)
        }
    }
}
