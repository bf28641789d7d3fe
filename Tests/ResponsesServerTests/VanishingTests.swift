import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// A vanished client stops its generation; a slow one slows only its own (ARCHITECTURE, property 7).
@Suite(.timeLimit(.minutes(1))) struct VanishingTests {
    enum Farewell: CaseIterable, Sendable { case reset, closed, halfClosed }

    private func leave(_ wire: Wire, _ farewell: Farewell) async throws {
        switch farewell {
        case .reset: try await wire.reset()
        case .closed: await wire.close()
        case .halfClosed: try await wire.finishSending()
        }
    }

    @Test(arguments: Farewell.allCases, [false, true])
    func fromASocket(_ farewell: Farewell, streams: Bool) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x","stream_id":"a""#))
            try await socket.send(create(#""input":"y","stream_id":"b""#))
            try await socket.send(create(#""input":"z","stream_id":"b""#))
            let generations = [try await engine.next(), try await engine.next()]
            if streams {
                generations[0].send("some")
                _ = try await socket.events(through: "response.output_text.delta")
            }
            try await leave(socket.wire, farewell)
            for generation in generations { #expect(await generation.ended() == .cancelled) }
            // What waited never began.
            #expect(engine.waitingCount == 0)
            await socket.wire.close()
        }
    }

    @Test(arguments: Farewell.allCases, [false, true])
    func fromAStream(_ farewell: Farewell, streams: Bool) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let wire = try await server.wire()
            try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","stream":true}"#)
            let generation = try await engine.next()
            _ = try await wire.read(through: "response.in_progress")
            if streams {
                generation.send("some")
                _ = try await wire.read(through: "response.output_text.delta")
            }
            try await leave(wire, farewell)
            #expect(await generation.ended() == .cancelled)
            await wire.close()
        }
    }

    @Test(arguments: Farewell.allCases, ["/v1/responses", "/v1/responses/compact"])
    func whileAnAnswerIsMade(_ farewell: Farewell, path: String) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let wire = try await server.wire()
            try await wire.request("POST", path, body: #"{"model":"m","input":"x"}"#)
            let generation = try await engine.next()
            generation.send("some")
            try await leave(wire, farewell)
            #expect(await generation.ended() == .cancelled)
            await wire.close()
        }
    }

    /// The watch is on a connection, the generation on its newest request.
    @Test func onTheThirdRequestOfAConnection() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let wire = try await server.wire()
            for _ in 0..<2 {
                try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x"}"#)
                try await engine.next().answer("hi")
                #expect(try await wire.response().status == 200)
            }
            try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x"}"#)
            // One that waits behind it is never begun.
            try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x"}"#)
            let generation = try await engine.next()
            try await wire.reset()
            #expect(await generation.ended() == .cancelled)
        }
        #expect(engine.waitingCount == 0)
    }

    @Test func inTheMiddleOfItsBody() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            for _ in 0..<3 {
                let wire = try await server.wire()
                try await wire.send("POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{\"model\"")
                try await wire.reset()
            }
            #expect(try await server.get("/health").status == 200)
        }
        #expect(engine.waitingCount == 0)
    }

    // MARK: Slow readers

    private let piece = String(repeating: "0123456789abcdef", count: 2048)
    private let pieces = 256

    /// Says pieces until the engine is held back. Kernels take some megabytes before.
    private func flood(_ generation: HandEngine.Generation, of server: TestServer) async throws -> Int {
        for _ in 0..<pieces { generation.send(piece) }
        while true {
            await generation.heldBack()
            let sent = generation.batchesSent
            // A full tick holds back as well, until it is over. Connections go to the loops in turn, so every loop has come to
            // the end of a tick after these; what is held back still is so by its reader.
            for _ in 0..<System.coreCount { #expect(try await server.get("/health").status == 200) }
            if generation.batchesSent == sent { return sent }
        }
    }

    @Test func aSlowSocketSlowsOnlyItself() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let slow = try await server.socket(receiveBuffer: 64 << 10)
            try await slow.send(create(#""input":"x","store":false"#))
            let generation = try await engine.next()
            _ = try await slow.events(through: "response.in_progress")
            try await slow.wire.pause()
            let sent = try await flood(generation, of: server)
            #expect(sent < pieces, "the engine was never held back")
            // Others notice nothing.
            let other = try await server.socket()
            for _ in 0..<3 {
                try await other.send(create(#""input":"y","store":false"#))
                try await engine.next().answer("quick")
                #expect(try await other.terminal().type == "response.completed")
            }
            await other.close()
            #expect(generation.batchesSent == sent)
            // When it reads again, all comes, in order and whole.
            try await slow.wire.resume()
            generation.finish()
            var length = 0
            while true {
                let event = try await slow.event()
                if event.type == "response.output_text.delta" { length += event.string("delta")?.utf8.count ?? 0 }
                if event.type == "response.completed" {
                    #expect(event.string("response.output.0.content.0.text")?.utf8.count == length)
                    break
                }
            }
            #expect(length == pieces * piece.utf8.count)
            await slow.close()
        }
    }

    @Test func aSlowStreamIsHeldBack() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let wire = try await Wire.connect(port: server.port, receiveBuffer: 64 << 10)
            try await wire.request("POST", "/v1/responses", body: #"{"model":"m","input":"x","stream":true,"store":false}"#)
            let generation = try await engine.next()
            _ = try await wire.read(through: "response.in_progress")
            try await wire.pause()
            #expect(try await flood(generation, of: server) < pieces)
            try await wire.resume()
            generation.finish()
            var bytes = 0
            var tail: [UInt8] = []
            while let some = await wire.readSome() {
                bytes += some.count
                tail = (tail + some).suffix(32)
                if String(decoding: tail, as: UTF8.self).contains("data: [DONE]") { break }
            }
            #expect(bytes > 2 * pieces * piece.utf8.count)
            await wire.close()
        }
    }

    /// One that reads nothing at all is let go: else the server would wait for it when it shuts down.
    @Test(arguments: ["socket", "stream", "answer"])
    func aReaderThatStallsIsLetGo(kind: String) async throws {
        let engine = HandEngine()
        let wire = try await TestServer.with(engine, configure: {
            $0.limits.writeStallMax = .milliseconds(200)
            $0.limits.shutdownGrace = .seconds(3600)
        }) { server in
            let wire = try await server.stalledReader(kind)
            let generation = try await engine.next()
            for _ in 0..<pieces { generation.send(piece) }
            generation.finish()
            // An answer in one piece is made first, and then not taken.
            #expect(await generation.ended() == (kind == "answer" ? .finished : .cancelled))
            return wire
        }
        await wire.close()
    }

    /// What one turn brings at once, such as the echo of a long prompt, must not hold its own engine back for good.
    @Test(arguments: [10_000, 100_000, 300_000, 1_000_000, 4_000_000])
    func aLargeEchoDoesNotHoldItsEngineBack(length: Int) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            let long = String(repeating: "x", count: length)
            for _ in 0..<3 {
                try await socket.send(create(#""input":"x","store":false,"instructions":"\#(long)""#))
                let generation = try await engine.next()
                generation.send("one")
                generation.answer("two")
                #expect(await generation.ended() == .finished)
                #expect(try await socket.terminal().type == "response.completed")
            }
            await socket.close()
        }
    }
}
