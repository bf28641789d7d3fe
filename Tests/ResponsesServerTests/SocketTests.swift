import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import ResponsesWebSocket
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// The socket itself: turns, messages in all shapes, and what is refused before there is a socket.
@Suite(.timeLimit(.minutes(1))) struct SocketTests {
    @Test(arguments: ["/v1/responses", "/responses", "/v1/responses/", "/v1/responses?model=m&x=1"])
    func answers(path: String) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket(path, headers: [("Content-Type", "application/json")])
            #expect(socket.response["x-request-id"] != nil)
            #expect(socket.response["sec-websocket-extensions"] == nil)
            try await socket.send(create(#""input":"hello""#))
            let generation = try await engine.next()
            // Before the engine made anything.
            #expect(try await socket.events(through: "response.in_progress").map(\.type).first == "response.created")
            generation.answer("hi")
            let completed = try await socket.terminal()
            #expect(completed.type == "response.completed")
            #expect(completed.string("response.output.0.content.0.text") == "hi")
            #expect(completed["stream_id"] == nil)
            await socket.close()
        }
    }

    @Test func extensionsAndSubprotocolsAreDeclined() async throws {
        try await TestServer.with(HandEngine()) { server in
            let socket = try await server.socket(headers: [
                ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
                ("Sec-WebSocket-Protocol", "realtime"), ("OpenAI-Beta", "responses_websockets=2026-02-06"),
            ])
            #expect(socket.response["sec-websocket-extensions"] == nil)
            #expect(socket.response["sec-websocket-protocol"] == nil)
            await socket.close()
        }
    }

    @Test func aChainCostsItsNewItems() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let socket = try await server.socket()
            var parent = try await socket.turn(
                #""model":"scripted","store":false,"input":"[[tools:20 look]]","tools":[{"type":"function","name":"look"}]"#)
            for round in 0..<20 {
                let id = try #require(parent.string("response.id"))
                let call = try #require(parent.string("response.output.0.call_id"))
                parent = try await socket.turn(
                    #""model":"scripted","store":false,"previous_response_id":"\#(id)","tools":[{"type":"function","name":"look"}],"#
                        + #""input":[{"type":"function_call_output","call_id":"\#(call)","output":"found \#(round)"}]"#)
                #expect(parent.type == "response.completed")
            }
            #expect(parent.string("response.output.0.type") == "message")
            #expect(server.services.book.process.bytes > 0)
            await socket.close()
        }
    }

    /// Works on threads of its own, as an engine within this process would.
    private struct ElsewhereEngine: Engine {
        let dialect: any Dialect<ListPrompt> = ListDialect()
        func models() async throws(EngineError) -> [EngineModel] { [EngineModel(id: "m")] }
        func prefill(_ request: GenerationRequest<ListPrompt>) async throws(EngineError) -> PrefillResult {
            .unsupported(reason: "it has no cache")
        }

        func generate(
            _ request: GenerationRequest<ListPrompt>, into sink: any GenerationSink
        ) async throws(EngineError) -> GenerationResult {
            await withTaskExecutorPreference(globalConcurrentExecutor) {
                for number in 0..<500 {
                    var batch = GenerationBatch()
                    batch.append(text: "\(number) ")
                    if !sink.isReady { await sink.ready() }
                    sink.send(batch)
                    if number % 50 == 0 { await Task.yield() }
                }
            }
            return GenerationResult(finish: .stop, usage: Usage(inputTokens: 1, outputTokens: 500))
        }
    }

    @Test func anEngineMayWorkElsewhere() async throws {
        try await TestServer.with(ElsewhereEngine()) { server in
            let whole = (0..<500).map { "\($0) " }.joined()
            let socket = try await server.socket()
            for lane in 0..<8 { try await socket.send(create(#""input":"x","stream_id":"\#(lane)""#)) }
            for _ in 0..<8 {
                let completed = try await socket.terminal()
                #expect(completed.string("response.output.0.content.0.text") == whole)
            }
            #expect(try await socket.turn(#""input":"x","generate":false"#).type == "response.completed")
            let (_, _, json) = try await server.post("/v1/responses", #"{"model":"m","input":"x"}"#)
            #expect(json.string("output.0.content.0.text") == whole)
            await socket.close()
        }
    }

    // MARK: Messages

    @Test func fragmentsAndPingsWhileTheEngineIsBusy() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"first""#))
            let first = try await engine.next()
            _ = try await socket.events(through: "response.in_progress")
            let second = Array(create(#""input":"sec\u00f6nd \#(String(repeating: "x", count: 100_000))""#).utf8)
            try await socket.send(.text, Array(second[..<20]), isFinal: false)
            try await socket.send(.ping, Array("alive?".utf8))
            #expect(await socket.frame() == .pong(Array("alive?".utf8)))
            try await socket.send(.continuation, Array(second[20..<40]), isFinal: false)
            try await socket.send(.continuation, Array(second[40...]))
            first.answer("one")
            #expect(try await socket.terminal().string("response.output.0.content.0.text") == "one")
            try await engine.next().answer("two")
            #expect(try await socket.terminal().string("response.output.0.content.0.text") == "two")
            await socket.close()
        }
    }

    @Test func turnsOfALaneWaitAndOthersDoNot() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"a1","stream_id":"a""#))
            try await socket.send(create(#""input":"a2","stream_id":"a""#))
            try await socket.send(create(#""input":"b1","stream_id":"b""#))
            let a1 = try await engine.next(), b1 = try await engine.next()
            #expect(engine.waitingCount == 0)
            b1.answer("of b")
            #expect(try await socket.terminal().string("stream_id") == "b")
            a1.answer("of a")
            #expect(try await socket.terminal().string("stream_id") == "a")
            try await engine.next().answer("of a")
            #expect(try await socket.terminal().string("stream_id") == "a")
            await socket.close()
        }
    }

    @Test func badEventsAreAnsweredAndTheSocketLives() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let socket = try await server.socket()
            for (text, code) in [
                ("{", "invalid_json"), ("[]", "invalid_json"), ("null", "invalid_json"),
                (#"{"type":"response.append"}"#, "unknown_event_type"),
                (create(#""input":"x","stream_id":"""#), "invalid_stream_id"),
                (create(#""input":"x","previous_response_id":"resp_x""#), "previous_response_not_found"),
                (create(#""model":"n","input":"x""#), "model_not_found"),
            ] {
                try await socket.send(text)
                let event = try await socket.event()
                #expect(event.type == "error" && event.string("error.code") == code, "\(text)")
                #expect(event.int("status") ?? 0 >= 400)
            }
            // Nothing is answered to this.
            try await socket.send(#"{"type":"response.processed","response_id":"resp_x"}"#)
            #expect(try await socket.turn(#""model":"scripted","input":"x""#).type == "response.completed")
            await socket.close()
        }
    }

    @Test func anEngineThatFailsEndsItsTurnOnly() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            for sends in [false, true] {
                try await socket.send(create(#""input":"x""#))
                let generation = try await engine.next()
                if sends { generation.send("some") }
                generation.fail(EngineError(.interrupted, "The stream stopped."))
                let failed = try await socket.terminal()
                #expect(failed.type == "response.failed")
                #expect(failed.string("response.error.code") == "server_error")
            }
            try await socket.send(create(#""input":"x""#))
            try await engine.next().answer("well again")
            #expect(try await socket.terminal().type == "response.completed")
            await socket.close()
        }
    }

    @Test func cancelStopsTheEngine() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.socket()
            try await socket.send(create(#""input":"x""#))
            let generation = try await engine.next()
            try await socket.send(#"{"type":"response.cancel"}"#)
            let incomplete = try await socket.terminal()
            #expect(incomplete.type == "response.incomplete")
            #expect(incomplete.string("response.incomplete_details.reason") == "cancelled")
            #expect(await generation.ended() == .cancelled)
            await socket.close()
        }
    }

    // MARK: Closing

    struct Violation: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var code: UInt16
    }

    @Test(arguments: [
        Violation(testDescription: "binary", bytes: Socket.frame(.binary, [1, 2, 3]), code: 1003),
        Violation(testDescription: "too big", bytes: Socket.frame(.text, Array(repeating: 0x20, count: 5000)), code: 1009),
        Violation(testDescription: "not UTF-8", bytes: Socket.frame(.text, [0xC3, 0x28]), code: 1007),
        Violation(testDescription: "not masked", bytes: [0x81, 0x01, 0x78], code: 1002),
        Violation(testDescription: "compressed", bytes: [0xC1, 0x81, 0, 0, 0, 0, 0x78], code: 1002),
        Violation(testDescription: "goodbye", bytes: Socket.frame(.close, [0x0F, 0xA0]), code: 4000),
        Violation(testDescription: "no more", bytes: Socket.frame(.continuation, []), code: 1002),
    ])
    func closesWithItsCode(_ violation: Violation) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: { $0.limits.messageBytesMax = 4096 }) { server in
            let socket = try await server.socket()
            // Whatever runs then ends.
            try await socket.send(create(#""input":"x""#))
            let generation = try await engine.next()
            try await socket.wire.send(violation.bytes)
            #expect(await socket.closeCode() == violation.code)
            try? await socket.send(.close, [UInt8(violation.code >> 8), UInt8(violation.code & 0xFF)])
            #expect(await generation.ended() == .cancelled)
            _ = await socket.wire.readToEnd()
            await socket.wire.close()
        }
    }
}
