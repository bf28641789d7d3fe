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

    /// Such as curl with a long body, which else waits a second for it.
    @Test(arguments: ["/v1/responses", "/v1/responses/compact"])
    func aClientThatWaitsIsToldToGoOn(path: String) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let wire = try await server.wire()
            for _ in 0..<2 {
                let head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(hello.utf8.count)\r\n"
                try await wire.send(head + "Expect: 100-continue\r\n\r\n")
                #expect(try await wire.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue\r\n"))
                try await wire.send(hello)
                try await engine.next().answer("hi")
                #expect(try await wire.response().status == 200)
            }
            // Who may not come in need not send its body.
            try await wire.request("POST", path, headers: [("Expect", "100-continue"), ("Origin", "https://evil.example")])
            #expect(try await wire.response().status == 403)
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

    @Test(arguments: [
        ("/v1/models/org/model", "org/model"), ("/v1/models/org%2Fmodel", "org/model"), ("/models/org%2fmodel%3Afree", "org/model:free"),
        ("/v1/models/%C3%BC", "ü"), ("/v1/models/half%2", "half%2"), ("/v1/models/no%ZZ", "no%ZZ"), ("/v1/models/%FF", "%FF"),
    ])
    func modelsHaveAnyName(path: String, name: String) async throws {
        try await TestServer.with(HandEngine(models: ["org/model", name])) { server in
            let wire = try await server.wire()
            try await wire.request("GET", path)
            let response = try await wire.response()
            #expect(response.status == 200)
            #expect(try RawJSON(parsing: response.body).string("id") == name)
            await wire.close()
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
}
