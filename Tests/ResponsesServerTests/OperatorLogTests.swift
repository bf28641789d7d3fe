import Hummingbird
import Logging
import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import Testing

@testable import ResponsesServer

/// What the person who runs the server reads in its log when something goes wrong.
@Suite(.timeLimit(.minutes(1))) struct OperatorLogTests {
    @Test func anEngineThatFailsEveryTurnIsSeen() async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        try await TestServer.with(engine, logger: log.logger) { server in
            let socket = try await server.socket()
            for _ in 0..<2 {
                try await socket.send(create(#""input":"x","store":false"#))
                try await engine.next().fail(EngineError(.failed, "The engine failed.", detail: "CUDA error: out of memory", httpStatus: 500))
                let end = try await socket.terminal()
                let line = try #require(log.lines.last { $0.contains("engine failed") })
                // The id that the client sees is in the line, and so are the engine's own words.
                for part in [end.string("response.id") ?? "?", "warning", "CUDA error: out of memory", "500"] {
                    #expect(line.contains(part), "\(part)")
                }
                #expect(!end.text.contains("CUDA"))
            }
            #expect(log.lines.filter { $0.contains("engine failed") }.count == 2)
            await socket.close()
        }
    }

    @Test func anEngineThatIsGoneIsDownOnce() async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        try await TestServer.with(engine, logger: log.logger) { server in
            let socket = try await server.socket()
            for _ in 0..<3 {
                try await socket.send(create(#""input":"x","store":false"#))
                try await engine.next().fail(EngineError(.unavailable, "Nothing listens at the engine's address."))
                _ = try await socket.terminal()
            }
            try await socket.send(create(#""input":"x","store":false"#))
            try await engine.next().answer("back")
            _ = try await socket.terminal()
            await socket.close()
        }
        #expect(log.messages.filter { $0.hasPrefix("info engine") } == ["info engine is down", "info engine is up"])
    }

    /// Whatever a route throws: the client gets a 500 with an id, and the log what was thrown, with the same id.
    @Test func a500LeavesALine() async throws {
        struct Broken: Error, CustomStringConvertible { var description: String { "MARKERprompt" } }
        let log = LogRecorder()
        let broken = Resource.open("broken").on(.get) { _, _ in throw Broken() }
        try await TestServer.with(HandEngine(), logger: log.logger, resources: [broken]) { server in
            let (status, headers, json) = try await server.get("/broken")
            #expect(status == 500)
            #expect(json.string("error.code") == "server_error")
            let id = try #require(headers["x-request-id"].first)
            let line = try #require(log.lines.first { $0.contains("internal error") })
            #expect(line.hasPrefix("error ") && line.contains(id) && line.contains("Broken"))
        }
        #expect(!log.text.contains("MARKERprompt"), "an error's text may hold what it failed on")
    }

    @Test(arguments: ["socket", "stream", "answer"]) func aDroppedReaderIsSaid(kind: String) async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        let wire = try await TestServer.with(
            engine, logger: log.logger, configure: { $0.limits.writeStallMax = .milliseconds(100) }
        ) { server in
            let wire = try await server.stalledReader(kind)
            let generation = try await engine.next()
            for _ in 0..<64 { generation.send(String(repeating: "x", count: 1 << 20)) }
            generation.finish()
            _ = await generation.ended()
            await log.wait(for: "reader dropped")
            return wire
        }
        let line = log.lines.first { $0.contains("reader dropped") }
        #expect(line?.contains("req_") == true)
        await wire.close()
    }

    @Test func refusalsByALimitAreCounted() async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        try await TestServer.with(engine, logger: log.logger, configure: { $0.limits.turnsWaitingMax = 1 }) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x","store":false"#))
            let running = try await engine.next()
            for _ in 0..<51 { try await socket.send(create(#""input":"x","store":false"#)) }
            for _ in 0..<50 {
                let event = try await socket.terminal()
                #expect(event.string("error.code") == "response_queue_full")
            }
            #expect(log.lines.filter { $0.contains("refused by a limit") }.count == 1, "one line at once")
            running.finish()
            try await engine.next().finish()
            await socket.close()
        }
        #expect(!log.messages.contains("info turn"))
        let lines = log.lines.filter { $0.contains("refused by a limit") }
        #expect(lines.count == 2, "the others in one line")
        #expect(lines.allSatisfy { $0.contains("response_queue_full") })
        #expect(lines.last?.contains("49") == true)
    }

    /// The client reads it in the response; the operator, who can raise the limit, in the log. Counted as refusals are.
    @Test(arguments: ["socket", "answer"]) func responsesCutByALimitAreCounted(kind: String) async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        try await TestServer.with(
            engine, logger: log.logger,
            configure: {
                $0.limits.responseBytesMax = 1000
                $0.accessLog = true
            }
        ) { server in
            let socket = try await server.socket()
            for _ in 0..<3 {
                if kind == "socket" {
                    try await socket.send(create(#""input":"x""#))
                    let generation = try await engine.next()
                    generation.send(String(repeating: "x", count: 1001))
                    #expect(await generation.ended() == .cancelled)
                    #expect(try await socket.terminal().string("response.incomplete_details.hotline_limit") == "response_bytes")
                } else {
                    async let answer = server.post("/v1/responses", #"{"model":"m","input":"x"}"#)
                    let generation = try await engine.next()
                    generation.send(String(repeating: "x", count: 1001))
                    #expect(await generation.ended() == .cancelled)
                    let (status, _, json) = try await answer
                    #expect(status == 200 && json.string("status") == "incomplete")
                    #expect(json.string("incomplete_details.hotline_limit") == "response_bytes")
                    #expect(json.string("output.0.status") == "incomplete")
                }
            }
            await socket.close()
        }
        let lines = log.lines.filter { $0.hasPrefix("warning response cut by a limit") }
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("response_bytes") })
        #expect(lines.first?.contains("resp_") == true && lines.last?.contains("2") == true)
        #expect(!log.messages.contains("warning engine failed"), "an engine that was stopped did not fail")
        let turns = log.lines.filter { $0.hasPrefix("info turn") }
        #expect(turns.count == 3 && turns.allSatisfy { $0.contains("incomplete") && $0.contains("response_bytes") })
    }

    @Test func whatTheModelDoesNotSeeIsSaidOnceAConnection() async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        try await TestServer.with(engine, logger: log.logger) { server in
            for _ in 0..<2 {
                let socket = try await server.socket()
                for _ in 0..<3 {
                    try await socket.send(create(#""input":"x","store":false,"tools":[{"type":"web_search"}]"#))
                    try await engine.next().answer("ok")
                    _ = try await socket.terminal()
                }
                await socket.close()
            }
        }
        #expect(log.messages.filter { $0 == "warning tool left out" }.count == 2)
    }

    /// Each HTTP request is a connection of its own; an agent that sends the same tools a thousand times fills no log.
    @Test func overHTTPItIsSaidOnceAMinute() async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        try await TestServer.with(engine, logger: log.logger) { server in
            for type in ["web_search", "web_search", "mcp", "web_search"] {
                let wire = try await server.wire()
                try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","tools":[{"type":"\#(type)"}]}"#)
                try await engine.next().answer("hello")
                _ = try await wire.response()
                await wire.close()
            }
        }
        #expect(log.messages.filter { $0 == "warning tool left out" }.count == 2)
    }

    /// A turn that costs the engine's time leaves a trace, though nobody is left to hear of its end.
    @Test func aTurnWhoseClientGoesAwayHasItsLine() async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        try await TestServer.with(engine, logger: log.logger, configure: { $0.accessLog = true }) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x","store":false"#))
            let generation = try await engine.next()
            generation.send("half")
            _ = try await socket.events(through: "response.output_text.delta")
            try await socket.wire.reset()
            #expect(await generation.ended() == .cancelled)
            await log.wait(for: "abandoned")
        }
        let turns = log.lines.filter { $0.hasPrefix("info turn") }
        #expect(turns.count == 1)
        #expect(turns.first?.contains("resp_") == true)
    }

    @Test func whatThisServerFindsWrongIsSaidToo() async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        try await TestServer.with(engine, logger: log.logger) { server in
            async let answer = server.post("/v1/responses/compact", #"{"model":"m","input":"x"}"#)
            try await engine.next().answer("")
            #expect(try await answer.status == 502)
        }
        #expect(log.lines.contains { $0.hasPrefix("warning engine failed") && $0.contains("no summary") })
    }

    @Test(arguments: [true, false]) func theAccessLogHasALineForEachRequestAndTurn(isOn: Bool) async throws {
        let log = LogRecorder()
        let engine = HandEngine()
        try await TestServer.with(engine, logger: log.logger, configure: { $0.accessLog = isOn }) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x","store":false"#))
            try await engine.next().answer("hello")
            _ = try await socket.terminal()
            await socket.close()
            for stream in [true, false] {
                let wire = try await server.wire()
                try await wire.request("POST", "/v1/responses?x=MARKERquery", body: #"{"model":"m","input":"x","stream":\#(stream)}"#)
                try await engine.next().answer("hello")
                if stream { _ = try await wire.read(through: "[DONE]") } else { _ = try await wire.response() }
                await wire.close()
            }
            _ = try await server.get("/v1/models/MARKERname")
        }
        #expect(log.messages.filter { $0 == "info turn" }.count == (isOn ? 3 : 0))
        #expect(log.messages.filter { $0 == "info request" }.count == (isOn ? 4 : 0), "the handshake is one, too")
        #expect(!log.text.contains("MARKER"))
        for message in ["info server started", "info server stopped"] {
            #expect(log.messages.filter { $0 == message }.count == 1)
        }
    }
}
