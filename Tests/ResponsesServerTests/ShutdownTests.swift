import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesWebSocket
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// How lines end in time: shutdown, lifetime, heartbeats, pings. `TestServer.with` sees to it that each server ends.
@Suite(.timeLimit(.minutes(1))) struct ShutdownTests {
    @Test func aRunningTurnFinishesAndNoNewOneBegins() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let busy = try await server.socket(), idle = try await server.socket()
            try await busy.send(create(#""input":"x""#))
            try await busy.send(create(#""input":"waits""#))
            let generation = try await engine.next()
            _ = try await busy.events(through: "response.in_progress")
            await server.shutDown()
            #expect(await idle.closeCode() == 1001)
            // What waited is told so, as is what comes now.
            let refused = try await busy.event()
            #expect(refused.type == "error" && refused.string("error.code") == "server_is_overloaded")
            try await busy.send(create(#""input":"late","stream_id":"other""#))
            let late = try await busy.event()
            #expect(late.type == "error" && late.string("stream_id") == "other" && late.int("status") == 503)
            generation.answer("done")
            #expect(try await busy.terminal().type == "response.completed")
            #expect(await busy.closeCode() == 1001)
            await busy.close()
            await idle.close()
            await #expect(throws: (any Error).self) { try await server.wire() }
        }
    }

    @Test func aTurnThatNeverEndsMeetsTheDeadline() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: { $0.limits.shutdownGrace = .milliseconds(100) }) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x""#))
            _ = try await socket.events(through: "response.in_progress")
            let stream = try await server.wire(), json = try await server.wire(), compact = try await server.wire()
            try await stream.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","stream":true}"#)
            _ = try await stream.read(through: "response.in_progress")
            try await json.request("POST", "/v1/responses", body: #"{"model":"m","input":"x"}"#)
            try await compact.request("POST", "/v1/responses/compact", body: #"{"model":"m","input":"x"}"#)
            let generations = [try await engine.next(), try await engine.next(), try await engine.next(), try await engine.next()]
            await server.shutDown()
            #expect(try await socket.terminal().type == "response.failed")
            #expect(await socket.closeCode() == 1001)
            _ = try await stream.read(through: "event: response.failed")
            _ = try await stream.read(through: "data: [DONE]")
            for wire in [json, compact] {
                let answer = try await wire.response()
                #expect(answer.status == 503)
                #expect(try RawJSON(parsing: answer.body).string("error.code") == "server_is_overloaded")
            }
            for generation in generations { #expect(await generation.ended() == .cancelled) }
            await socket.close()
            for wire in [stream, json, compact] { await wire.close() }
        }
    }

    @Test func answersOverHTTPFinish() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let stream = try await server.wire(), json = try await server.wire()
            try await stream.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","stream":true}"#)
            let first = try await engine.next()
            try await json.request("POST", "/v1/responses", body: #"{"model":"m","input":"x"}"#)
            let second = try await engine.next()
            _ = try await stream.read(through: "response.in_progress")
            await server.shutDown()
            first.answer("streamed")
            second.answer("at once")
            #expect(try await json.response().text.contains("at once"))
            #expect(try await stream.read(through: "data: [DONE]").contains("streamed"))
            // And the server ends the connections.
            _ = await stream.readToEnd()
            _ = await json.readToEnd()
            await stream.close()
            await json.close()
        }
    }

    /// Nobody who only holds a connection open holds the server up.
    @Test(arguments: [
        "", "GET /hea", "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n", "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{",
    ])
    func idleConnectionsAreEnded(sent: String) async throws {
        try await TestServer.with(HandEngine(), configure: {
            $0.limits.shutdownGrace = .milliseconds(100)
            $0.limits.closeTimeout = .milliseconds(100)
        }) { server in
            let wire = try await server.wire()
            if !sent.isEmpty { try await wire.send(sent) }
            if sent.hasSuffix("\r\n\r\n") { _ = try await wire.response() }
            // So that the server surely has accepted it.
            #expect(try await server.get("/health").status == 200)
            await server.shutDown()
            _ = await wire.readToEnd()
            await wire.close()
        }
    }

    /// A reader that does not read holds the server up no longer than the deadline.
    @Test(arguments: ["socket", "stream", "answer"])
    func stalledReadersAreEnded(kind: String) async throws {
        let engine = HandEngine()
        let wire = try await TestServer.with(engine, configure: {
            $0.limits.shutdownGrace = .milliseconds(100)
            $0.limits.closeTimeout = .milliseconds(100)
        }) { server in
            let wire = try await server.stalledReader(kind)
            let generation = try await engine.next()
            for _ in 0..<256 { generation.send(String(repeating: "0123456789abcdef", count: 2048)) }
            generation.finish()
            if kind == "answer" { _ = await generation.ended() } else { await generation.heldBack() }
            return wire
        }
        await wire.close()
    }

    /// The grace is for turns. Whoever does not answer a close frame, or keeps its half open, has the tail of it and no more.
    @Test func farewellsThatNobodyAnswersAreCutShort() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: {
            $0.limits.shutdownGrace = .milliseconds(100)
            $0.limits.shutdownTail = .milliseconds(100)
            $0.limits.closeTimeout = .seconds(3600)
            $0.limits.lingerTimeMax = .seconds(3600)
        }) { server in
            let idle = try await server.socket(), busy = try await server.socket()
            try await busy.send(create(#""input":"x""#))
            _ = try await busy.events(through: "response.in_progress")
            let generation = try await engine.next()
            let lingering = try await server.wire(), body = try await server.wire(), half = try await server.wire()
            try await lingering.send("POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n")
            #expect(try await lingering.response().status == 404)
            try await body.send("POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{")
            try await half.send("GET /hea")
            #expect(try await server.get("/health").status == 200)
            await server.shutDown()
            #expect(await idle.closeCode() == 1001)
            #expect(try await busy.terminal().type == "response.failed")
            #expect(await busy.closeCode() == 1001)
            #expect(await generation.ended() == .cancelled)
            for wire in [lingering, body, half, idle.wire, busy.wire] { _ = await wire.readToEnd() }
        }
    }

    /// A program that cancels the server instead of shutting it down gets it back, too.
    @Test func aCancelledServerEnds() async throws {
        let engine = HandEngine()
        var configuration = ServerConfiguration()
        configuration.port = 0
        let engines = SingleEngine(engine: engine, passesUnknownNames: false, knownModels: ["m"])
        let server = HotlineServer(configuration, engines: engines, logger: LogRecorder().logger)
        let (ports, port) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(1))
        let running = Task { try await server.runInGroup { port.yield($0) } }
        for await number in ports {
            let socket = try await Socket.connect(port: number)
            try await socket.send(create(#""input":"x""#))
            let generation = try await engine.next()
            let stream = try await Wire.connect(port: number)
            try await stream.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","stream":true}"#)
            let other = try await engine.next()
            running.cancel()
            #expect(await generation.ended() == .cancelled)
            #expect(await other.ended() == .cancelled)
            await socket.close()
            await stream.close()
            break
        }
        _ = await running.result
        #expect(server.services.activity.socketCount == 0)
        #expect(server.services.activity.generationCount == 0)
    }

    // MARK: Time

    @Test func anIdleSocketIsToldThatItsLifeIsOver() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.lifetime = .milliseconds(50) }) { server in
            let socket = try await server.socket()
            let error = try await socket.event()
            #expect(error.type == "error" && error.string("error.code") == "websocket_connection_limit_reached")
            #expect(error["stream_id"] == nil)
            #expect(await socket.closeCode() == 1001)
            await socket.close()
        }
    }

    /// A socket on which a turn has just begun. On a busy machine a short life may be over before; then with another one.
    private func beginTurn(_ server: TestServer) async throws -> Socket {
        while true {
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x""#))
            if try await socket.event().type == "response.created" { return socket }
            await socket.close()
        }
    }

    @Test func aTurnOutlivesTheLifetimeForAWhile() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: {
            $0.limits.lifetime = .milliseconds(100)
            $0.limits.heartbeat = .milliseconds(10)
        }) { server in
            let socket = try await beginTurn(server)
            let generation = try await engine.next()
            // In progress, and beats up to the end of the lifetime.
            for _ in 0..<12 { _ = try await socket.event() }
            generation.answer("in time")
            #expect(try await socket.terminal().type == "response.completed")
            #expect(try await socket.terminal().string("error.code") == "websocket_connection_limit_reached")
            #expect(await socket.closeCode() == 1001)
            await socket.close()
        }
    }

    @Test func anEndlessTurnIsEndedAfterTheGrace() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: {
            $0.limits.lifetime = .milliseconds(50)
            $0.limits.lifetimeGrace = .milliseconds(50)
        }) { server in
            let socket = try await beginTurn(server)
            let generation = try await engine.next()
            #expect(try await socket.terminal().type == "response.failed")
            #expect(try await socket.terminal().string("error.code") == "websocket_connection_limit_reached")
            #expect(await socket.closeCode() == 1001)
            #expect(await generation.ended() == .cancelled)
            await socket.close()
        }
    }

    @Test(arguments: [true, false])
    func silenceIsBroken(overSocket: Bool) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: { $0.limits.heartbeat = .milliseconds(20) }) { server in
            if overSocket {
                let socket = try await server.socket()
                try await socket.send(create(#""input":"x""#))
                let generation = try await engine.next()
                var numbers: [Int?] = []
                for _ in 0..<5 {
                    let event = try await socket.event()
                    #expect(event.type == (numbers.isEmpty ? "response.created" : "response.in_progress"))
                    numbers.append(event.int("sequence_number"))
                }
                #expect(numbers == [0, 1, 2, 3, 4])
                generation.answer("at last")
                #expect(try await socket.terminal().type == "response.completed")
                await socket.close()
            } else {
                let wire = try await server.wire()
                try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","stream":true}"#)
                let generation = try await engine.next()
                for _ in 0..<4 { _ = try await wire.read(through: "event: response.in_progress") }
                generation.answer("at last")
                _ = try await wire.read(through: "data: [DONE]")
                await wire.close()
            }
        }
    }

    @Test func aSilentPeerIsPingedAndThenDropped() async throws {
        try await TestServer.with(HandEngine(), configure: {
            $0.limits.pingInterval = .milliseconds(20)
            $0.limits.pongTimeout = .seconds(1)
        }) { server in
            let socket = try await server.socket()
            var pings = 0
            while let frame = await socket.frame() { if case .ping = frame { pings += 1 } }
            #expect(pings > 1)
            await socket.wire.close()
        }
    }

    @Test(arguments: ["", "GET / HT", "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"])
    func silentConnectionsAreEnded(sent: String) async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.httpIdleTimeout = .milliseconds(100) }) { server in
            let wire = try await server.wire()
            if !sent.isEmpty { try await wire.send(sent) }
            _ = await wire.readToEnd()
            await wire.close()
        }
    }

    /// A lifetime of more years than a clock counts is none, and no crash.
    @Test func aVeryLongLifetimeIsFine() async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.limits.lifetime = .seconds(3.6e12) }) { server in
            let socket = try await server.socket()
            #expect(try await socket.turn(#""model":"scripted","input":"x""#).type == "response.completed")
            await socket.close()
        }
    }
}
