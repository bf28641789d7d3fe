import ResponsesAPI
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// `POST /v1/responses/compact`, there and back again.
@Suite(.timeLimit(.minutes(1))) struct CompactTests {
    @Test func aCompactedChainGoesOn() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let (status, _, compacted) = try await server.post(
                "/v1/responses/compact",
                #"{"model":"scripted","input":[{"role":"user","content":"We plan a walk."},{"role":"assistant","content":"By the sea."}]}"#)
            #expect(status == 200)
            #expect(compacted.string("object") == "response.compaction")
            #expect(compacted.string("output.0.role") == "user")
            #expect(compacted.string("output.0.content.0.text") == "We plan a walk.")
            #expect(compacted.string("output.1.type") == "compaction")
            #expect(compacted.int("usage.output_tokens") ?? 0 > 0)
            let window = try #require(compacted["output"]?.text)
            let next = window.dropLast() + #",{"role":"user","content":"On Sunday."}]"#
            let socket = try await server.socket()
            let completed = try await socket.turn(#""model":"scripted","input":\#(next)"#)
            #expect(completed.type == "response.completed")
            #expect(try await server.post("/responses", #"{"model":"scripted","input":\#(next)}"#).status == 200)
            // What was changed on the way is nobody's.
            let sealed = try #require(compacted.string("output.1.encrypted_content"))
            let tampered = next.replacing(sealed, with: sealed.dropLast(6) + "AAAAAA")
            let refused = try await socket.turn(#""model":"scripted","input":\#(tampered)"#)
            #expect(refused.type == "error" && refused.string("error.code") == "invalid_encrypted_content")
            #expect(refused.string("error.param")?.hasPrefix("input[1]") == true)
            let (wrong, _, error) = try await server.post("/v1/responses", #"{"model":"scripted","input":\#(tampered)}"#)
            #expect(wrong == 400 && error.string("error.code") == "invalid_encrypted_content")
            await socket.close()
        }
    }

    @Test func aStoredChainIsCompacted() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let first = try await server.post("/v1/responses", #"{"model":"scripted","input":"a question"}"#).json
            let id = try #require(first.string("id"))
            let (status, _, compacted) = try await server.post(
                "/v1/responses/compact", #"{"model":"scripted","previous_response_id":"\#(id)","input":"more"}"#)
            #expect(status == 200)
            #expect(compacted.at("output")?.elements.map(\.type) == ["message", "message", "compaction"])
            #expect(try await server.post("/v1/responses/compact", #"{"input":"x"}"#).status == 400)
            let lost = #"{"model":"scripted","previous_response_id":"resp_lost","input":"x"}"#
            #expect(try await server.post("/v1/responses/compact", lost).json.string("error.code") == "previous_response_not_found")
        }
    }

    @Test("a compaction_trigger gives one compaction item, by events or at once, and the item begins a chain")
    func aTriggerCompacts() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let input = #"[{"role":"user","content":"We plan a walk."},{"role":"assistant","content":"By the sea."},{"type":"compaction_trigger"}]"#
            let (status, _, answer) = try await server.post("/v1/responses", #"{"model":"scripted","input":\#(input)}"#)
            #expect(status == 200 && answer.string("status") == "completed" && answer["store"]?.text == "false")
            #expect(answer.at("output")?.elements.map(\.type) == ["compaction"])
            let socket = try await server.socket()
            let events = try await socket.all(#""model":"scripted","input":\#(input)"#)
            #expect(events.map(\.type) == [
                "response.created", "response.in_progress", "response.output_item.added", "response.output_item.done",
                "response.completed",
            ])
            let item = try #require(events[3]["item"])
            #expect(item["id"]?.stringValue?.hasPrefix("cmp_") == true)
            let next = try await socket.turn(#""model":"scripted","input":[\#(item.text),{"role":"user","content":"On Sunday."}]"#)
            #expect(next.type == "response.completed")
            let early = #"{"model":"scripted","input":[{"type":"compaction_trigger"},{"role":"user","content":"x"}]}"#
            let (wrong, _, error) = try await server.post("/v1/responses", early)
            #expect(wrong == 400 && error.string("error.param") == "input[0]")
            await socket.close()
        }
    }

    @Test("over the threshold a turn compacts its conversation first; tools that items brought stay", arguments: [false, true])
    func compactsWithinATurn(isStored: Bool) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let socket = try await server.socket()
            let fields = #""model":"scripted","store":\#(isStored),"context_management":[{"type":"compaction","compact_threshold":1000}]"#
            let tool = #"{"type":"function","name":"late","parameters":{"type":"object","properties":{}}}"#
            let long = String(repeating: "We walk by the sea. ", count: 400)
            let input = #"[{"type":"additional_tools","role":"developer","tools":[\#(tool)]},{"role":"user","content":"Say nothing."},{"role":"assistant","content":"\#(long)"},{"role":"user","content":"\#("[[say:Home.]]") What then?"}]"#
            let events = try await socket.all(fields + #","input":\#(input)"#)
            let items = events.filter { $0.type == "response.output_item.done" }.map { $0.string("item.type") }
            #expect(items == ["compaction", "message"])
            let last = try #require(events.last)
            #expect(last.at("response.output")?.elements.map(\.type) == ["compaction", "message"])
            #expect(last.int("response.usage.input_tokens") ?? 10_000 < 1000, "the usage is that of the answer")
            let id = try #require(last.string("response.id"))
            let next = #"\#(fields),"previous_response_id":"\#(id)","input":"[[tools:1 late]] go""#
            let called = try await socket.turn(next)
            #expect(called.string("response.output.0.name") == "late")
            if isStored {
                let answer = try await server.post("/v1/responses", "{\(next)}").json
                #expect(answer.string("output.0.name") == "late")
            }
            await socket.close()
        }
    }
}
