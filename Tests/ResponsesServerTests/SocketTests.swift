import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesWebSocket
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// The line itself: turns, messages in all shapes, and what is refused before there is a socket.
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
            #expect(server.services.processMeter.bytes > 0)
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

    // MARK: Refused before the upgrade

    struct Handshake: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path = "/v1/responses"
        /// Instead of the right ones of the same name; an empty value leaves it out.
        var headers: [(String, String)] = []
        var status: Int
        var code: String?
    }

    @Test(arguments: [
        Handshake(testDescription: "no key", status: 401, code: "invalid_api_key"),
        Handshake(
            testDescription: "wrong key", headers: [("Authorization", "Bearer wrong")], status: 401, code: "invalid_api_key"),
        Handshake(
            testDescription: "web page", headers: [("Authorization", "Bearer right"), ("Origin", "https://evil.example")],
            status: 403, code: "origin_not_allowed"),
        Handshake(
            testDescription: "old version", headers: [("Authorization", "Bearer right"), ("Sec-WebSocket-Version", "8")],
            status: 426),
        Handshake(
            testDescription: "no nonce", headers: [("Authorization", "Bearer right"), ("Sec-WebSocket-Key", "")], status: 400),
        Handshake(
            testDescription: "other protocol", headers: [("Authorization", "Bearer right"), ("Upgrade", "h2c")], status: 426),
        Handshake(testDescription: "other path", path: "/v1/realtime", status: 404, code: "unknown_url"),
    ])
    func refusesBeforeTheUpgrade(_ handshake: Handshake) async throws {
        try await TestServer.with(HandEngine(), configure: { $0.keys = APIKeys(["right"]) }) { server in
            let wire = try await server.wire()
            let given = Set(handshake.headers.map { $0.0.lowercased() })
            let headers = Socket.handshake.filter { !given.contains($0.0.lowercased()) }
                + handshake.headers.filter { !$0.1.isEmpty }
            try await wire.request("GET", handshake.path, headers: headers)
            let response = try await wire.response()
            #expect(response.status == handshake.status)
            #expect(response["content-type"] == "application/json")
            #expect(response.count("content-length") == 1)
            #expect(response["x-request-id"] != nil)
            if response.status == 426 { #expect(response["upgrade"] == "websocket") }
            let json = try RawJSON(parsing: response.body)
            #expect(json.string("error.message")?.isEmpty == false)
            #expect(json.string("error.code") == handshake.code)
            // The server ends what cannot be used any more.
            #expect(await wire.readToEnd().isEmpty)
            await wire.close()
        }
    }

    @Test func originsThatAreAllowedComeIn() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.allowedOrigins = ["https://app.example"] }) { server in
            let socket = try await server.socket(headers: [("Origin", "https://app.example")])
            await socket.close()
            for headers in [[("Origin", "https://app.example:1")], [("Host", "rebound.example:8484")]] {
                await #expect(throws: Socket.Refused.self) { try await server.socket(headers: headers) }
                let wire = try await server.wire()
                try await wire.request("POST", "/v1/responses", headers: headers, body: "{}")
                #expect(try await wire.response().status == 403)
                await wire.close()
            }
        }
    }

    @Test func asManySocketsAsItTakes() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.connectionsMax = 2 }) { server in
            let first = try await server.socket(), second = try await server.socket()
            let refused = await #expect(throws: Socket.Refused.self) { try await server.socket() }
            #expect(refused?.response.status == 503)
            #expect(refused?.response["retry-after"] == "5")
            let body = try RawJSON(parsing: refused?.response.body ?? [])
            #expect(body.string("error.code") == "server_is_overloaded")
            // HTTP goes on, and a place that was left is free.
            #expect(try await server.get("/health").json.int("connections") == 2)
            await first.close()
            let third = try await server.socket()
            await second.close()
            await third.close()
        }
    }

    /// A client that vanishes in the middle of the handshake takes no place for ever.
    @Test func lostHandshakesLeaveNoTrace() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.connectionsMax = 4 }) { server in
            for _ in 0..<40 {
                let wire = try await server.wire()
                try await wire.request("GET", "/v1/responses", headers: Socket.handshake)
                try await wire.reset()
            }
            while try await server.get("/health").json.int("connections") != 0 {}
            let socket = try await server.socket()
            await socket.close()
        }
    }

    // MARK: Whose response

    @Test func responsesAreTheirKeysOnBothTransports() async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.keys = APIKeys(["alice", "bob"]) }) { server in
            let alice = try await server.socket(headers: [("Authorization", "Bearer alice")])
            let bob = try await server.socket(headers: [("Authorization", "Bearer bob")])
            let made = try await alice.turn(#""model":"scripted","input":"over the socket""#)
            let bySocket = try #require(made.string("response.id"))
            let answer = try await server.post("/v1/responses", #"{"model":"scripted","input":"over HTTP"}"#, key: "alice")
            let byHTTP = try #require(answer.json.string("id"))
            for id in [bySocket, byHTTP] {
                let fields = #""model":"scripted","input":"on","previous_response_id":"\#(id)""#
                #expect(try await server.post("/v1/responses", "{\(fields)}", key: "alice").status == 200)
                #expect(try await alice.turn(fields).type == "response.completed")
                #expect(try await bob.turn(fields).string("error.code") == "previous_response_not_found")
                let foreign = try await server.post("/v1/responses", "{\(fields)}", key: "bob")
                #expect(foreign.status == 400)
                // As an unknown one, word for word.
                #expect(foreign.json.string("error.message") == "Previous response with id '\(id)' not found.")
            }
            await alice.close()
            // Stored, so it outlives its connection.
            let again = try await server.socket(headers: [("Authorization", "Bearer alice")])
            let fields = #""model":"scripted","input":"on","previous_response_id":"\#(bySocket)""#
            #expect(try await again.turn(fields).type == "response.completed")
            await again.close()
            await bob.close()
        }
    }

    @Test func whatIsNotStoredIsItsConnectionsAlone() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let one = try await server.socket(), other = try await server.socket()
            let made = try await one.turn(#""model":"scripted","store":false,"input":"mine""#)
            let id = try #require(made.string("response.id"))
            let fields = #""model":"scripted","store":false,"input":"on","previous_response_id":"\#(id)""#
            #expect(try await other.turn(fields).string("error.code") == "previous_response_not_found")
            #expect(try await server.post("/v1/responses", "{\(fields)}").json.string("error.code") == "previous_response_not_found")
            #expect(try await one.turn(fields).type == "response.completed")
            #expect(server.services.store.count == 0)
            await one.close()
            await other.close()
        }
    }
}
