import NIOHTTP1
import ResponsesAPI
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// Tools that items bring: they come once, and count for the rest of the chain.
@Suite(.timeLimit(.minutes(1))) struct AddedToolsTests {
    private static func tool(_ name: String, _ description: String = "d") -> String {
        #"{"type":"function","name":"\#(name)","description":"\#(description)","parameters":{"type":"object","properties":{}}}"#
    }

    private static let added = #"{"type":"additional_tools","role":"developer","tools":[{"type":"namespace","name":"functions","tools":[\#(tool("late"))]}]}"#
    private static let call = #"{"role":"user","content":"[[tools:1 late]] go"}"#

    @Test("over a socket, without storing, and stored over HTTP with nothing but ids", arguments: [false, true])
    func countForTheChain(isStored: Bool) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let socket = try await server.socket()
            let fields = #""model":"scripted","store":\#(isStored)"#
            let warmup = try await socket.turn(fields + #","generate":false,"input":[\#(Self.added)]"#)
            var id = try #require(warmup.string("response.id"))
            for _ in 0..<2 {
                let input = #","previous_response_id":"\#(id)","input":[\#(Self.call)]"#
                let turn = try await socket.turn(fields + input)
                #expect(turn.string("response.output.0.name") == "late")
                #expect(turn.at("response.tools")?.elements.isEmpty == true)
                let callID = turn.string("response.output.0.call_id") ?? ""
                let output = #"{"type":"function_call_output","call_id":"\#(callID)","output":"done"}"#
                let parent = turn.string("response.id") ?? ""
                let next = #"\#(fields),"previous_response_id":"\#(parent)","input":[\#(output)]"#
                if isStored {
                    id = try #require(try await server.post("/v1/responses", "{\(next)}").json.string("id"))
                } else {
                    id = try #require(try await socket.turn(next).string("response.id"))
                }
            }
            await socket.close()
        }
    }

    @Test func ofASearchAndBesideARequestsOwn() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let found = #"{"type":"tool_search_call","call_id":"t1","execution":"client","arguments":{"query":"x"}},{"type":"tool_search_output","call_id":"t1","execution":"client","tools":[\#(Self.tool("late"))]}"#
            for tools in ["[]", "[\(Self.tool("own"))]", "[\(Self.tool("late"))]"] {
                let body = #"{"model":"scripted","tools":\#(tools),"input":[{"role":"user","content":"Find."},\#(found),\#(Self.call)]}"#
                let answer = try await server.post("/v1/responses", body)
                #expect(answer.json.string("output.0.name") == "late")
            }
        }
    }

    @Test("two searches may bring parts of one namespace") func partsOfANamespace() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            func found(_ id: String, _ tools: String) -> String {
                #"{"type":"tool_search_call","call_id":"\#(id)","execution":"client","arguments":{"query":"x"}},{"type":"tool_search_output","call_id":"\#(id)","execution":"client","tools":[{"type":"namespace","name":"n","tools":[\#(tools)]}]}"#
            }
            let first = found("t1", Self.tool("one")), second = found("t2", "\(Self.tool("one")),\(Self.tool("late"))")
            let answer = try await server.post("/v1/responses", #"{"model":"scripted","input":[\#(first),\#(second),\#(Self.call)]}"#)
            #expect(answer.json.string("output.0.name") == "late" && answer.json.string("output.0.namespace") == "n")
            let other = found("t2", Self.tool("one", "another"))
            let refused = try await server.post("/v1/responses", #"{"model":"scripted","input":[\#(first),\#(other),\#(Self.call)]}"#)
            #expect(refused.status == 400 && refused.json.string("error.param") == "input[3].tools")
        }
    }

    @Test("what is not a list is refused, and what the engine cannot be shown is named") func whatIsNoListAndWhatIsLeftOut() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            for tools in ["null", "5", "{}"] {
                let item = #"{"type":"additional_tools","role":"developer","tools":\#(tools)}"#
                let (status, _, error) = try await server.post("/v1/responses", #"{"model":"scripted","input":[\#(item),\#(Self.call)]}"#)
                #expect(status == 400 && error.string("error.param") == "input[0].tools")
            }
            let item = #"{"type":"additional_tools","role":"developer","tools":[{"type":"web_search"},\#(Self.tool("late"))]}"#
            let (status, headers, _) = try await server.post("/v1/responses", #"{"model":"scripted","input":[\#(item),\#(Self.call)]}"#)
            #expect(status == 200 && headers["x-hotline-left-out"] == ["tool=web_search"])
        }
    }

    @Test func oneNameHasOneMeaning() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let body = #"{"model":"scripted","tools":[\#(Self.tool("late", "another"))],"input":[\#(Self.added),\#(Self.call)]}"#
            let (status, _, error) = try await server.post("/v1/responses", body)
            #expect(status == 400 && error.string("error.param") == "tools")
            let twice = Self.added.replacing("\"d\"", with: "\"another\"")
            let both = #"{"model":"scripted","input":[\#(Self.added),\#(twice),\#(Self.call)]}"#
            let refused = try await server.post("/v1/responses", both)
            #expect(refused.json.string("error.param") == "input[1].tools")
        }
    }
}
