import ResponsesAPI
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// References to items of stored responses (responses-api 4).
@Suite(.timeLimit(.minutes(1))) struct StoredReferenceTests {
    @Test("items of stored responses can be referred to without a parent, by the key that made them")
    func storedItemsAreReferredTo() async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = APIKeys(["alice", "bob"]) }) { server in
            let tools = #""tools":[{"type":"function","name":"look","parameters":{"type":"object","properties":{}}}]"#
            var input = #"{"role":"user","content":"[[tools:2 look]] go"}"#
            for round in 0..<2 {
                let made = try await server.post("/v1/responses", #"{"model":"scripted",\#(tools),"input":[\#(input)]}"#, key: "alice").json
                let call = try #require(made.at("output.0"))
                let (id, callID) = (call["id"]?.stringValue ?? "", call["call_id"]?.stringValue ?? "")
                input += #",{"type":"item_reference","id":"\#(id)"},{"type":"function_call_output","call_id":"\#(callID)","output":"\#(round)"}"#
            }
            let body = #"{"model":"scripted",\#(tools),"input":[\#(input)]}"#
            let last = try await server.post("/v1/responses", body, key: "alice").json
            #expect(last.string("output.0.type") == "message")
            let foreign = try await server.post("/v1/responses", body, key: "bob")
            #expect(foreign.status == 400 && foreign.json.string("error.param") == "input[1].id")
        }
    }
}
