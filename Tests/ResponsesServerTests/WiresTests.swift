import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import ResponsesServer

/// Chat completions and Messages over real sockets: what the server does for both.
@Suite(.timeLimit(.minutes(1))) struct WiresTests {
    /// One of the two wires.
    enum Spoken: String, Sendable, CaseIterable {
        case chat, messages

        var path: String { self == .chat ? "/v1/chat/completions" : "/v1/messages" }

        /// A request with these messages.
        func body(_ messages: String, stream: Bool = false) -> String {
            #"{"model":"m","max_tokens":100,"stream":\#(stream),"messages":[\#(messages)]}"#
        }

        /// A user's message, a call with its arguments, and what the call brought, as messages of the wire.
        func call(_ id: String, _ arguments: String) -> String {
            switch self {
            case .chat:
                let text = arguments.replacing("\"", with: "\\\"")
                return #"{"role":"assistant","content":null,"tool_calls":[{"id":"\#(id)","type":"function","function":{"name":"go","arguments":"\#(text)"}}]}"#
            case .messages: return #"{"role":"assistant","content":[{"type":"tool_use","id":"\#(id)","name":"go","input":\#(arguments)}]}"#
            }
        }

        func output(_ id: String, _ text: String) -> String {
            switch self {
            case .chat: #"{"role":"tool","tool_call_id":"\#(id)","content":"\#(text)"}"#
            case .messages: #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"\#(id)","content":"\#(text)"}]}"#
            }
        }
    }

    private static let user = #"{"role":"user","content":"one"}"#

    private static func call(_ id: String, _ arguments: String) -> GenerationBatch {
        var batch = GenerationBatch()
        batch.append(call: 0, ToolCallHead(kind: .function, name: "go", callID: id))
        batch.append(call: 0, input: arguments)
        return batch
    }

    @Test("a full context is a status, in the words on which each client compacts, and the same again is not asked", arguments: Spoken.allCases)
    func fullContext(_ wire: Spoken) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            for stream in [true, false] {
                let body = wire.body(Self.user, stream: stream)
                async let first = server.post(wire.path, body)
                var error = EngineError(.contextLengthExceeded, "The conversation has 40123 tokens, and the engine's context holds 32768.")
                error.context = ContextOverflow(tokens: 40123, limit: 32768)
                try await engine.next().fail(error)
                let (status, headers, json) = try await first
                #expect(status == 400)
                #expect(headers["x-should-retry"] == ["false"])
                let message = try #require(json.string("error.message"))
                switch wire {
                case .chat:
                    #expect(json.string("error.code") == "context_length_exceeded")
                    #expect(message.contains("This model's maximum context length is 32768 tokens"))
                case .messages:
                    #expect(json.string("error.type") == "invalid_request_error")
                    #expect(message.hasPrefix("prompt is too long: 40123 tokens > 32768 maximum"))
                    #expect(headers["request-id"] == headers["x-request-id"])
                }
                // From a memo: the engine does nothing, and would be waited for.
                let again = try await server.post(wire.path, body)
                #expect(again.status == 400 && again.json.string("error.message") == message)
                #expect(engine.waitingCount == 0)
            }
        }
    }

    @Test("an engine that is busy is 503 on one wire and 529 on the other, and asked again", arguments: Spoken.allCases)
    func overload(_ wire: Spoken) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            for _ in 0..<2 {
                async let answer = server.post(wire.path, wire.body(Self.user, stream: true))
                try await engine.next().fail(EngineError(.overloaded, "The engine is busy.", retryAfterSeconds: 3))
                let (status, headers, json) = try await answer
                #expect(status == (wire == .chat ? 503 : 529))
                #expect(headers["retry-after"] == ["3"])
                if wire == .messages { #expect(json.string("error.type") == "overloaded_error") }
            }
        }
    }

    @Test("the head waits for the engine, but not for good; a failure after it is a record", arguments: Spoken.allCases)
    func headWaits(_ wire: Spoken) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine, configure: { $0.limits.heartbeat = .milliseconds(20) }) { server in
            let socket = try await server.wire()
            try await socket.request("POST", wire.path, body: wire.body(Self.user, stream: true))
            // The engine says nothing.
            let head = try await socket.response(toHead: true)
            #expect(head.status == 200)
            let generation = try await engine.next()
            switch wire {
            case .chat:
                _ = try await socket.read(through: #""delta":{"role":"assistant","content":""}"#)
                _ = try await socket.read(through: ": keep-alive\n\n")
            case .messages:
                _ = try await socket.read(through: "event: message_start\n")
                _ = try await socket.read(through: "event: ping\ndata: {\"type\":\"ping\"}\n\n")
                _ = try await socket.read(through: "event: ping\ndata: {\"type\":\"ping\"}\n\n")
            }
            generation.send("half")
            generation.fail(EngineError(.interrupted, "The engine stopped in the middle."))
            let rest = try await socket.read(through: "0\r\n\r\n")
            #expect(rest.contains("The engine stopped in the middle."))
            #expect(!rest.contains("[DONE]") && !rest.contains("message_stop") && !rest.contains(#""finish_reason":"stop""#))
            await socket.close()
        }
    }

    @Test("a resent history is continued with the model's own bytes", arguments: Spoken.allCases)
    func continued(_ wire: Spoken) async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let prompt = try await Self.loop(wire, server, engine)
            #expect(prompt.contains(#"call c1 go("{\"b\": 1,  \"a\":true}")"#))
            #expect(server.services.prefixes?.count == 2)
        }
    }

    @Test("where nothing is remembered it is taken as it came", arguments: Spoken.allCases, [true, false])
    func notRemembered(_ wire: Spoken, _ forAll: Bool) async throws {
        let engine = HandEngine()
        try await TestServer.with(
            engine,
            configure: { configuration in
                if forAll {
                    configuration.limits.prefixMemoryTime = .zero
                } else {
                    var rights = KeyRights()
                    rights.mayRemember = false
                    configuration.keys.add("key", rights: rights)
                }
            }
        ) { server in
            let prompt = try await Self.loop(wire, server, engine, key: forAll ? nil : "key")
            #expect(!prompt.contains(#"{\"b\": 1,  \"a\":true}"#) && prompt.contains("call c1 go("))
            #expect(server.services.prefixes?.count ?? 0 == 0)
        }
    }

    /// One call and what follows it; the client writes its arguments anew.
    ///
    /// - Returns: the second request's prompt.
    private static func loop(_ wire: Spoken, _ server: TestServer, _ engine: HandEngine, key: String? = nil) async throws -> String {
        async let first = server.post(wire.path, wire.body(user), key: key)
        let one = try await engine.next()
        one.send(call("c1", #"{"b": 1,  "a":true}"#))
        one.finish()
        #expect(try await first.status == 200)
        let history = [user, wire.call("c1", #"{"a":true,"b":1}"#), wire.output("c1", "done")].joined(separator: ",")
        async let second = server.post(wire.path, wire.body(history), key: key)
        let two = try await engine.next()
        two.answer("so")
        #expect(try await second.status == 200)
        return two.request.prompt.text
    }

    @Test("one conversation over three wires is one prompt")
    func onePrompt() async throws {
        var prompts: Set<String> = []
        for wire in Spoken.allCases {
            let engine = HandEngine()
            prompts.insert(try await TestServer.with(engine) { server in try await Self.loop(wire, server, engine) })
        }
        let engine = HandEngine()
        prompts.insert(
            try await TestServer.with(engine) { server in
                async let first = server.post("/v1/responses", #"{"model":"m","input":"one","tools":[{"type":"function","name":"go"}]}"#)
                let one = try await engine.next()
                one.send(Self.call("c1", #"{"b": 1,  "a":true}"#))
                one.finish()
                let id = try #require(try await first.json.string("id"))
                async let second = server.post(
                    "/v1/responses",
                    #"{"model":"m","previous_response_id":"\#(id)","input":[{"type":"function_call_output","call_id":"c1","output":"done"}]}"#)
                let two = try await engine.next()
                two.answer("so")
                _ = try await second
                return two.request.prompt.text
            })
        #expect(prompts.count == 1)
    }

    @Test("of a client that leaves in mid-turn the call that was whole is remembered")
    func leaving() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            let socket = try await server.wire()
            try await socket.request("POST", Spoken.chat.path, body: Spoken.chat.body(Self.user, stream: true))
            let one = try await engine.next()
            var batch = Self.call("c1", #"{"a":  1}"#)
            batch.append(call: 1, ToolCallHead(kind: .function, name: "go", callID: "c2"))
            batch.append(call: 1, input: #"{"b"#)
            one.send(batch)
            _ = try await socket.read(through: #""id":"c2""#)
            await socket.close()
            #expect(await one.ended() == .cancelled)
            let history = [Self.user, Spoken.chat.call("c1", #"{"a":1}"#), Spoken.chat.output("c1", "done")].joined(separator: ",")
            async let second = server.post(Spoken.chat.path, Spoken.chat.body(history))
            let two = try await engine.next()
            two.answer("so")
            #expect(try await second.status == 200)
            #expect(two.request.prompt.text.contains(#"call c1 go("{\"a\":  1}")"#))
        }
    }

    @Test("ids that an engine counts anew in each turn are new for the client")
    func ids() async throws {
        let engine = HandEngine()
        try await TestServer.with(engine) { server in
            var messages = [Self.user]
            var seen: Set<String> = []
            for turn in 0..<3 {
                let body = Spoken.chat.body(messages.joined(separator: ","))
                async let answer = server.post(Spoken.chat.path, body)
                let generation = try await engine.next()
                generation.send(Self.call("0", #"{"n":\#(turn)}"#))
                generation.finish()
                let id = try #require(try await answer.json.string("choices.0.message.tool_calls.0.id"))
                #expect(seen.insert(id).inserted)
                messages += [Spoken.chat.call(id, #"{"n":\#(turn)}"#), Spoken.chat.output(id, "r")]
            }
        }
    }

    @Test("errors have their wire's form, wherever they come from")
    func forms() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.keys = APIKeys(["key"]) }) { server in
            let chat = try await server.post("/v1/chat/completions", "{}")
            #expect(chat.status == 401 && chat.json.string("error.code") == "invalid_api_key")
            let messages = try await server.post("/v1/messages", "{}")
            #expect(messages.status == 401 && messages.json.string("type") == "error")
            #expect(messages.json.string("error.type") == "authentication_error")
            #expect(messages.headers["x-should-retry"] == ["false"])
            let missing = try await server.post("/v1/messages", #"{"model":"m","messages":[]}"#, key: "key")
            #expect(missing.status == 400 && missing.json.string("error.type") == "invalid_request_error")
            let twice = try await server.post("/v1/v1/messages", "{}", key: "key")
            #expect(twice.status == 404 && twice.json.string("error.message")?.contains("without /v1") == true)
            let chatTwice = try await server.post("/v1/v1/chat/completions", "{}", key: "key")
            #expect(chatTwice.status == 404 && chatTwice.json.string("error.message")?.contains("without /v1") == true)
            let model = try await server.post("/v1/chat/completions", #"{"model":"x","messages":[\#(Self.user)]}"#, key: "key")
            #expect(model.status == 404 && model.json.string("error.code") == "model_not_found")
        }
    }
}
