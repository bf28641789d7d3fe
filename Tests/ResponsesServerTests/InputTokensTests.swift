import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// `POST /v1/responses/input_tokens`: the tokens of the prompt that a response would have (responses-api 1).
@Suite(.timeLimit(.minutes(1))) struct InputTokensTests {
    private static let tools = #""tools":[{"type":"function","name":"look","description":"Looks.","parameters":{"type":"object","properties":{}}}]"#

    @Test(arguments: [
        #""input":"hello there""#, #""input":"hello there","instructions":"Be brief.""#, #""input":"hello there",\#(tools)"#,
        #""input":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]"#,
        #""input":"x","text":{"verbosity":"low"},"reasoning":{"effort":"low"},"truncation":"auto","tool_choice":"auto","parallel_tool_calls":false,"personality":"friendly""#,
    ])
    func countsWhatAResponseReports(fields: String) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            for path in ["/v1/responses/input_tokens", "/responses/input_tokens", "/openai/v1/responses/input_tokens"] {
                let count = try await server.post(path, #"{"model":"scripted",\#(fields)}"#)
                let response = try await server.post("/v1/responses", #"{"model":"scripted",\#(fields)}"#)
                let tokens = try #require(response.json.int("usage.input_tokens"))
                #expect(count.status == 200 && tokens > 0)
                #expect(count.json.text == #"{"object":"response.input_tokens","input_tokens":\#(tokens)}"#)
                #expect(count.headers["x-hotline-input-tokens"] == [])
            }
        }
    }

    @Test("behind a response or a conversation all of it counts, and nothing is kept, begun or generated")
    func countsWhatCameBefore() async throws {
        let store = MemoryStore(bytesMax: 8 << 20)
        try await TestServer.with(ScriptedEngine(), store: store) { server in
            let first = try await server.post("/v1/responses", #"{"model":"scripted","input":"[[say:Good day to you.]] hello"}"#).json
            let items = #"[{"role":"user","content":"hello"},\#(first.at("output.0")?.text ?? "")]"#
            let conversation = try await server.post("/v1/conversations", #"{"items":\#(items)}"#).json.string("id") ?? ""
            let (stored, cached) = (store.count, server.services.cache.count)
            var counts: [Int] = []
            for before in [
                #""previous_response_id":"\#(first.string("id") ?? "")""#, #""conversation":"\#(conversation)""#,
                #""conversation":{"id":"\#(conversation)"}"#,
            ] {
                let body = #"{"model":"scripted","input":"and on we go",\#(before),"store":true,"stream":true,"background":true,"generate":false}"#
                let count = try await server.post("/v1/responses/input_tokens", body)
                #expect(count.status == 200)
                counts.append(try #require(count.json.int("input_tokens")))
            }
            let (chained, listed) = (counts[0], counts[1])
            let next = try await server.post("/v1/responses", #"{"model":"scripted","input":"and on we go","previous_response_id":"\#(first.string("id") ?? "")","store":false}"#).json
            #expect(chained == next.int("usage.input_tokens"))
            let whole = try await server.post("/v1/responses", #"{"model":"scripted","input":\#(items.dropLast()),{"role":"user","content":"and on we go"}],"store":false}"#).json
            #expect(listed == whole.int("usage.input_tokens") && counts[2] == listed)
            #expect(store.count == stored && server.services.cache.count == cached)
            // It is not in use by the count.
            let begun = try store.begin("resp_x", in: ConversationID(conversation), of: .anybody)
            #expect(begun != .busy && begun != .missing)
            for (before, status, code) in [
                (#""previous_response_id":"resp_gone""#, 400, "previous_response_not_found"), (#""conversation":"conv_gone""#, 404, nil),
                (#""conversation":7"#, 400, "invalid_type"),
            ] as [(String, Int, String?)] {
                let refused = try await server.post("/v1/responses/input_tokens", #"{"model":"scripted","input":"x",\#(before)}"#)
                #expect(refused.status == status && refused.json.string("error.code") == code)
            }
        }
    }

    @Test("an engine that does not count gets an estimate, which a header says")
    func estimates() async throws {
        try await TestServer.with(HandEngine()) { server in
            let text = String(repeating: "word ", count: 400)
            let count = try await server.post("/v1/responses/input_tokens", #"{"model":"m","input":"\#(text)"}"#)
            #expect(count.status == 200 && count.headers["x-hotline-input-tokens"] == ["estimated"])
            #expect((400...600).contains(count.json.int("input_tokens") ?? 0))
            let more = try await server.post("/v1/responses/input_tokens", #"{"model":"m","input":"\#(text)","instructions":"\#(text)"}"#)
            #expect(more.json.int("input_tokens") ?? 0 > (count.json.int("input_tokens") ?? 0) + 300)
        }
    }

    @Test(arguments: [
        (#"{"model":"scripted","input":7}"#, 400, "invalid_type"), (#"{"model":"other","input":"x"}"#, 404, "model_not_found"),
        (#"{"input":"x"}"#, 400, "missing_required_parameter"), (#"{"model":"scripted"}"#, 400, "missing_required_parameter"), ("[]", 400, "invalid_json"),
        (#"{"model":"scripted","input":[{"type":"function_call_output","call_id":"c","output":"o"}]}"#, 400, "invalid_value"),
    ])
    func whatIsWrongIsSaid(body: String, status: Int, code: String) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let answer = try await server.post("/v1/responses/input_tokens", body)
            #expect(answer.status == status && answer.json.string("error.code") == code)
        }
    }

    @Test("calls that wait for their outputs count as well: a client may ask in the midst of its loop")
    func openCallsAreCounted() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let call = #"{"type":"function_call","call_id":"c","name":"look","arguments":"{}"}"#
            let answer = try await server.post("/v1/responses/input_tokens", #"{"model":"scripted",\#(Self.tools),"input":[{"role":"user","content":"go"},\#(call)]}"#)
            #expect(answer.status == 200)
        }
    }
}
