import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// `POST /v1/responses` and what stands around it, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct HTTPTests {
    private let hello = #"{"model":"m","input":"hello"}"#
    private let stream = #"{"model":"m","input":"hello","stream":true}"#

    @Test(arguments: ["/v1/responses", "/responses", "/v1/responses?model=x&unknown=1"])
    func answersInJSON(path: String) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            async let answer = server.post(path, hello)
            try await engine.next().answer("hi \u{1F600} \"you\"")
            let (status, headers, json) = try await answer
            #expect(status == 200)
            #expect(headers["content-type"] == ["application/json"])
            #expect(headers["content-length"].count == 1)
            #expect(headers["x-request-id"].first?.hasPrefix("req_") == true)
            #expect(json.string("object") == "response")
            #expect(json.string("status") == "completed")
            #expect(json.string("output.0.content.0.text") == "hi \u{1F600} \"you\"")
            #expect(json.int("usage.output_tokens") == 1)
        }
    }

    @Test func streamsRecords() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let wire = try await server.wire()
            try await wire.request("POST", "/v1/responses", body: stream)
            let head = try await wire.response(toHead: true)
            #expect(head.status == 200)
            #expect(head["content-type"] == "text/event-stream; charset=utf-8")
            #expect(head["cache-control"] == "no-cache")
            #expect(head["x-accel-buffering"] == "no")
            #expect(head["x-request-id"] != nil)
            #expect(head["transfer-encoding"] == "chunked")
            #expect(head["content-length"] == nil)
            let generation = try await engine.next()
            // Each piece leaves when it is made.
            _ = try await wire.read(through: "event: response.in_progress\ndata: ")
            generation.send("one")
            _ = try await wire.read(through: "event: response.output_text.delta\ndata: ")
            generation.answer("two")
            let rest = try await wire.read(through: "data: [DONE]\n\n")
            #expect(rest.contains("event: response.completed\ndata: {\"type\":\"response.completed\""))
            // The connection is ready for the next request.
            _ = try await wire.read(through: "0\r\n\r\n")
            try await wire.request("GET", "/health")
            #expect(try await wire.response().status == 200)
            await wire.close()
        }
    }

    /// Every record is one `event:` line, one `data:` line and an empty line.
    @Test func recordsAreWhole() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/v1/responses")
            request.method = .POST
            request.body = .bytes(ByteBuffer(string: #"{"model":"scripted","stream":true,"input":"[[think:hm]] [[tokens:500]]"}"#))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            let body = try await response.body.collect(upTo: 1 << 20)
            var records = String(buffer: body).split(separator: "\n\n", omittingEmptySubsequences: false)
            #expect(records.popLast() == "")
            #expect(records.popLast() == "data: [DONE]")
            var numbers: [Int] = []
            for record in records {
                let lines = record.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(lines.count == 2)
                let event = try RawJSON(parsing: String(lines[1].dropFirst("data: ".count)))
                #expect(lines[0] == "event: \(event.type)")
                numbers.append(try #require(event.int("sequence_number")))
            }
            #expect(numbers == Array(0..<numbers.count))
            #expect(numbers.count > 500)
        }
    }

    @Test func requestsFollowEachOtherOnAConnection() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let wire = try await server.wire()
            // Two at once: answered in their order.
            try await wire.request("POST", "/v1/responses", body: hello)
            try await wire.request("POST", "/v1/responses", body: stream)
            try await wire.request("GET", "/v1/models")
            try await engine.next().answer("first")
            #expect(try await wire.response().text.contains("first"))
            #expect(engine.waitingCount == 0 || engine.waitingCount == 1)
            try await engine.next().answer("second")
            #expect(try await wire.response(toHead: true).status == 200)
            #expect(try await wire.read(through: "data: [DONE]\n\n").contains("second"))
            _ = try await wire.read(through: "0\r\n\r\n")
            #expect(try await wire.response().text.contains(#""object":"list""#))
            await wire.close()
        }
    }

    // MARK: Failures

    @Test func anEngineThatFailsIsAnHTTPError() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            for (kind, status, code) in [
                (EngineError.Kind.rateLimited, 429, "rate_limit_exceeded"), (.unavailable, 502, "engine_unavailable"),
                (.timeout, 504, "engine_timeout"), (.overloaded, 503, "server_is_overloaded"),
                (.contextLengthExceeded, 400, "context_length_exceeded"), (.failed, 502, "server_error"),
            ] {
                for sends in [false, true] {
                    async let answer = server.post("/v1/responses", hello)
                    let generation = try await engine.next()
                    if sends { generation.send("some") }
                    generation.fail(EngineError(kind, "The engine is not well.", retryAfterSeconds: 7))
                    let (got, headers, json) = try await answer
                    #expect(got == status)
                    #expect(json.string("error.code") == code)
                    #expect(json.string("error.message") == "The engine is not well.")
                    if status == 429 { #expect(headers["retry-after"] == ["7"]) }
                }
            }
        }
    }

    @Test func anEngineThatFailsEndsItsStream() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            for sends in [false, true] {
                let wire = try await server.wire()
                try await wire.request("POST", "/v1/responses", body: stream)
                #expect(try await wire.response(toHead: true).status == 200)
                let generation = try await engine.next()
                if sends { generation.send("some") }
                generation.fail(EngineError(.interrupted, "The stream stopped."))
                let rest = try await wire.read(through: "data: [DONE]\n\n")
                #expect(rest.contains("event: response.failed\n"))
                // The SDKs raise on this one.
                #expect(rest.contains("event: error\n"))
                #expect(!rest.contains("response.completed"))
                await wire.close()
            }
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var method: String
        var path: String
        var body: String?
        var status: Int
        var code: String?
        var param: String?
        var testDescription: String { "\(method) \(path) \(body?.prefix(60) ?? "")" }
    }

    @Test(arguments: [
        Refusal(method: "POST", path: "/v1/responses", body: "{", status: 400, code: "invalid_json"),
        Refusal(method: "POST", path: "/v1/responses", body: "[]", status: 400, code: "invalid_json"),
        Refusal(method: "POST", path: "/v1/responses", body: "", status: 400, code: "invalid_json"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"input":"x"}"#, status: 400, code: "missing_required_parameter",
            param: "model"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"m"}"#, status: 400, code: "missing_required_parameter",
            param: "input"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"n","input":"x"}"#, status: 404, code: "model_not_found",
            param: "model"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"m","input":"x","previous_response_id":"resp_x"}"#,
            status: 400, code: "previous_response_not_found", param: "previous_response_id"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"m","input":"x","stream_id":"a"}"#, status: 400,
            code: "unknown_parameter", param: "stream_id"),
        Refusal(
            method: "POST", path: "/v1/responses", body: #"{"model":"m","input":"x","background":true}"#, status: 400,
            code: "unsupported_value", param: "background"),
        Refusal(method: "GET", path: "/v1/nothing", status: 404, code: "unknown_url"),
        Refusal(method: "GET", path: "/", status: 404, code: "unknown_url"),
        Refusal(method: "POST", path: "/v1/responses/resp_1", body: "{}", status: 404, code: "unknown_url"),
        Refusal(method: "GET", path: "/v1/models/nothing", status: 404, code: "model_not_found", param: "model"),
        Refusal(method: "DELETE", path: "/v1/responses", status: 405, code: "method_not_allowed"),
        Refusal(method: "PUT", path: "/responses", body: "{}", status: 405, code: "method_not_allowed"),
        Refusal(method: "POST", path: "/v1/models", body: "{}", status: 405, code: "method_not_allowed"),
        Refusal(method: "GET", path: "/v1/responses/compact", status: 405, code: "method_not_allowed"),
        Refusal(method: "OPTIONS", path: "/v1/responses", status: 405, code: "method_not_allowed"),
        Refusal(method: "GET", path: "/v1/responses", status: 426),
        Refusal(method: "GET", path: "/responses/", status: 426),
    ])
    func refusalsAreJSON(_ refusal: Refusal) async throws {
        try await TestServer.with(HandEngine()) { server in
            let wire = try await server.wire()
            try await wire.request(refusal.method, refusal.path, body: refusal.body)
            let response = try await wire.response()
            #expect(response.status == refusal.status)
            #expect(response["content-type"] == "application/json")
            #expect(response.count("content-length") == 1)
            #expect(response["x-request-id"] != nil)
            if refusal.status == 405 { #expect(response["allow"] != nil) }
            let json = try RawJSON(parsing: response.body)
            #expect(json.string("error.type") == "invalid_request_error")
            #expect(json.string("error.message")?.isEmpty == false)
            #expect(json.string("error.code") == refusal.code)
            #expect(json.string("error.param") == refusal.param)
            // The connection lives on.
            try await wire.request("GET", "/health")
            #expect(try await wire.response().status == 200)
            await wire.close()
        }
    }

    @Test func aHeadRequestHasNoBody() async throws {
        try await TestServer.with(HandEngine()) { server in
            let wire = try await server.wire()
            for (path, status) in [("/v1/models", 200), ("/health", 200), ("/v1/nothing", 404), ("/v1/responses", 426)] {
                try await wire.request("HEAD", path)
                let response = try await wire.response(toHead: true)
                #expect(response.status == status, "\(path)")
            }
            // A body would be taken for the next answer.
            try await wire.request("GET", "/health")
            #expect(try await wire.response().text.contains("ok"))
            await wire.close()
        }
    }

    @Test func aBodyAboveTheLimitIsRefused() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.messageBytesMax = 1000 }) { server in
            for path in ["/v1/responses", "/v1/responses/compact"] {
                let (status, _, json) = try await server.post(
                    path, #"{"model":"m","input":"\#(String(repeating: "x", count: 2000))"}"#)
                #expect(status == 413)
                #expect(json.string("error.code") == "request_too_large")
            }
        }
    }

    @Test(arguments: ["NONSENSE\r\n\r\n", "GET /health HTTP/1.1\r\nbad header\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}"])
    func whatIsNotHTTPIsToldSo(text: String) async throws {
        try await TestServer.with(HandEngine()) { server in
            let wire = try await server.wire()
            try await wire.send(text)
            let answer = String(decoding: await wire.readToEnd(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            await wire.close()
        }
    }

    // MARK: Other resources

    @Test func namesItsModels() async throws {
        try await TestServer.with(HandEngine()) { server in
            for path in ["/v1/models", "/models"] {
                let (status, headers, list) = try await server.get(path)
                #expect(status == 200 && list.string("object") == "list" && list.string("data.0.id") == "m")
                #expect(headers["x-request-id"].count == 1)
            }
            #expect(try await server.get("/v1/models/m").json.string("id") == "m")
        }
    }

    @Test func tellsWhetherItIsReady() async throws {
        try await TestServer.with(HandEngine()) { server in
            let ready = try await server.get("/ready"), health = try await server.get("/health")
            #expect(ready.status == 200)
            #expect(health.json.int("generations") == 0)
        }
        let lost = HandEngine(modelsError: EngineError(.unavailable, "Nothing answers."))
        try await TestServer.with(lost) { server in
            #expect(try await server.get("/ready").status == 503)
            #expect(try await server.get("/health").status == 200)
            let (status, _, json) = try await server.get("/v1/models")
            #expect(status == 502 && json.string("error.code") == "engine_unavailable")
        }
    }

    // MARK: Compaction

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
}
