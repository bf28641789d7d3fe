import NIOCore
import ResponsesAPI
import ResponsesEngine
import Synchronization
import Testing

@testable import OpenAICompatibleEngine

/// What the fields of a profile do on the wire.
struct ProfileWireTests {
    private static func sent(
        _ create: String, _ fields: [(String, String)], preset: String = "generic", purpose: ChatRequestBody.Purpose = .generation
    ) throws -> RawJSON {
        var profile = try #require(EngineProfile(named: preset))
        for (field, value) in fields { try profile.set(field, to: value) }
        let form = AdaptedProfile(profile)
        let request = GenerationRequest.json(create, dialect: form.dialect)
        let tools = try ToolSelection(
            request, catalog: .of(request.tools, strict: profile.strict), requiresCalls: profile.requiresCalls)
        let body = try ChatRequestBody(request, purpose: purpose, tools: tools, form: form)
        return try RawJSON(parsing: body.buffers.flatMap { Array($0.readableBytesView) })
    }

    private static let schema = #""text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}}"#

    @Test(arguments: [
        ("output-limit", "max_completion_tokens", #"{"input":"a","max_output_tokens":50}"#, "max_completion_tokens", "50"),
        ("output-limit", "no", #"{"input":"a","max_output_tokens":50}"#, "max_tokens", nil),
        ("stream-options", "no", #"{"input":"a"}"#, "stream_options", nil), ("effort", "no", #"{"input":"a","reasoning":{"effort":"low"}}"#, "reasoning_effort", nil),
        ("effort-words", "low=minimal", #"{"input":"a","reasoning":{"effort":"low"}}"#, "reasoning_effort", #""minimal""#),
        ("effort-none", "both", #"{"input":"a","reasoning":{"effort":"none"}}"#, "reasoning_effort", #""none""#),
        ("effort-none", "both", #"{"input":"a","reasoning":{"effort":"none"}}"#, "chat_template_kwargs", #"{"enable_thinking":false}"#),
        ("effort-none", "no", #"{"input":"a","reasoning":{"effort":"none"}}"#, "reasoning_effort", nil),
        ("tool-choice-required", "no", #"{"input":"a","tool_choice":"required","tools":[{"type":"function","name":"f"}]}"#, "tool_choice", nil),
        ("structured-output", "object", "{\"input\":\"a\",\(schema)}", "response_format", #"{"type":"json_object"}"#),
        ("structured-output", "no", "{\"input\":\"a\",\(schema)}", "response_format", nil),
        ("add-fields", #"{"thinking":{"type":"enabled"}}"#, #"{"input":"a"}"#, "thinking", #"{"type":"enabled"}"#),
        ("add-fields", #"{"stream_options":{"x":1}}"#, #"{"input":"a"}"#, "stream_options", #"{"x":1}"#),
        ("add-fields", #"{"seed":1}"#, #"{"input":"a","seed":2}"#, "seed", "2"), ("add-fields", #"{"model":"x"}"#, #"{"input":"a","model":"m"}"#, "model", #""m""#),
        ("leave-out", "temperature,seed", #"{"input":"a","temperature":1,"seed":2}"#, "temperature", nil),
        ("leave-out", "temperature,seed", #"{"input":"a","temperature":1,"seed":2}"#, "seed", nil),
        ("pass-fields", "+provider", #"{"input":"a","provider":{"only":["x"]}}"#, "provider", #"{"only":["x"]}"#),
        ("parallel-tool-calls", "always", #"{"input":"a","tools":[{"type":"function","name":"f"}]}"#, "parallel_tool_calls", "true"),
        ("parallel-tool-calls", "no", #"{"input":"a","parallel_tool_calls":false,"tools":[{"type":"function","name":"f"}]}"#, "parallel_tool_calls", nil),
    ])
    func aFieldOfTheProfileIsOneOfTheRequest(_ field: String, _ value: String, _ create: String, _ name: String, _ sent: String?) throws {
        let create = create.contains(#""model""#) ? create : #"{"model":"m",\#(create.dropFirst())"#
        let body = try Self.sent(create, [(field, value)])
        #expect(body[name]?.text == sent)
        // No member twice: engines differ in which of them counts.
        var names: [String] = []
        body.forEachMember { name, _ in names.append(name) }
        #expect(Set(names).count == names.count)
    }

    @Test func aSchemaThatIsNotTakenIsSaid() throws {
        let body = try Self.sent("{\"model\":\"m\",\"input\":\"a\",\(Self.schema)}", [("structured-output", "object")])
        #expect(body["messages"]?.elements.first?["content"]?.stringValue?.contains(#"{"type":"object"}"#) == true)
    }

    @Test(arguments: [
        ("true", true, true), ("true", false, nil), ("as-given", false, false), ("no", true, nil),
    ])
    func strictIsSentWhenTheProfileSaysSo(_ value: String, _ given: Bool, _ sent: Bool?) throws {
        let body = try Self.sent(
            #"{"model":"m","input":"a","tools":[{"type":"function","name":"f","strict":\#(given)},{"type":"namespace","name":"n","tools":[{"type":"function","name":"g","strict":\#(given)}]}]}"#,
            [("strict", value)])
        #expect(body["tools"]?.elements.map { $0["function"]?["strict"]?.boolValue } == [sent, sent])
    }

    @Test(arguments: EngineProfile.names)
    func theDefaultsAreNeverSent(_ preset: String) throws {
        let body = try Self.sent(
            #"{"model":"m","input":"a","parallel_tool_calls":true,"tools":[{"type":"function","name":"f"}]}"#, [], preset: preset)
        #expect(body["parallel_tool_calls"] == nil)
        #expect(body["tools"]?.elements.first?["function"]?["strict"] == nil)
        #expect(try Self.sent(#"{"model":"m","input":"a","tools":[]}"#, [], preset: preset)["tools"] == nil)
    }

    @Test(arguments: EngineProfile.names)
    func aWarmupAsksForOneTokenAfterSomethingToAnswer(_ preset: String) throws {
        let body = try Self.sent(#"{"model":"m","input":[],"instructions":"i"}"#, [], preset: preset, purpose: .prefill)
        #expect((body["max_tokens"] ?? body["max_completion_tokens"])?.intValue == 1)
        let last = body["messages"]?.elements.last
        #expect(last?["role"]?.stringValue == "user")
        let profile = try #require(EngineProfile(named: preset))
        #expect(profile.allowsBlankText || last?["content"]?.stringValue == ".")
    }

    // MARK: Headers and other endpoints

    @Test(arguments: [(nil, "Authorization: Bearer secret"), ("api-key", "api-key: secret")] as [(String?, String)])
    func theKeyGoesIntoItsHeader(_ header: String?, _ line: String) async throws {
        var profile = EngineProfile()
        if let header { try profile.set("key-header", to: header) }
        let heads = Mutex<[String]>([])
        try await FakeEngine.with(profile: profile, headers: [("X-Title", "hotline"), ("user-agent", "mine")]) { exchange in
            heads.withLock { $0.append(exchange.head) }
            exchange.answerStream("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
        } _: { engine, _ in
            try await engine.run(.json(#"{"model":"m","input":"a"}"#), into: ListeningSink())
        }
        let head = heads.withLock { $0.first ?? "" }.lowercased()
        #expect(head.contains(line.lowercased()))
        #expect(head.contains("x-title: hotline") && head.contains("user-agent: mine") && !head.contains("user-agent: hotline"))
        #expect((header == nil) == head.contains("authorization"))
    }

    @Test(arguments: [
        ("llama.cpp", ["/apply-template", "/tokenize"], TokenCount.counted(3)), ("vllm", ["/tokenize"], TokenCount.counted(7)),
    ])
    func tokensAreCountedByTheEngine(_ preset: String, _ paths: [String], _ expected: TokenCount) async throws {
        let asked = Mutex<[String]>([])
        try await FakeEngine.with(profile: try #require(EngineProfile(named: preset))) { exchange in
            let path = exchange.head.split(separator: " ")[1]
            asked.withLock { $0.append(String(path)) }
            switch path {
            case "/apply-template": exchange.answer("200 OK", #"{"prompt":"<|user|>a"}"#)
            case "/tokenize" where exchange.body.contains("messages"): exchange.answer("200 OK", #"{"count":7,"max_model_len":10,"tokens":[]}"#)
            default: exchange.answer("200 OK", #"{"tokens":[1,2,3]}"#)
            }
        } _: { engine, _ in
            let count = try await engine.countTokens(.json(#"{"model":"m","input":"a"}"#))
            #expect(count == expected)
        }
        #expect(asked.withLock { $0 } == paths)
    }

    @Test func anEngineWithoutTheEndpointSaysSo() async throws {
        try await FakeEngine.with(profile: try #require(EngineProfile(named: "vllm"))) { $0.answer("404 Not Found", #"{"detail":"Not Found"}"#) } _: { engine, _ in
            guard case .unsupported = try await engine.countTokens(.json(#"{"model":"m","input":"a"}"#)) else {
                Issue.record("counted")
                return
            }
        }
        try await FakeEngine.with { $0.close() } _: { engine, fake in
            guard case .unsupported = try await engine.countTokens(.json(#"{"model":"m","input":"a"}"#)) else {
                Issue.record("counted")
                return
            }
            #expect(fake.requests == 0)
        }
    }

    @Test(arguments: [
        ("/props", #"{"default_generation_settings":{}}"#, "llama.cpp"), ("/api/version", #"{"version":"0.12.0"}"#, "ollama"),
        ("/version", #"{"version":"0.11.0"}"#, "vllm"), ("/api/v0/models", #"{"object":"list","data":[{"id":"m","state":"loaded"}]}"#, "lmstudio"),
        ("/get_server_info", #"{"version":"0.5","model_path":"m"}"#, "sglang"), ("/nothing", "{}", "generic"),
        ("/api/v0/models", #"{"object":"list","data":[{"id":"m","object":"model"}]}"#, "generic"),
    ])
    func localEnginesAreKnownByTheirEndpoints(_ path: String, _ answer: String, _ preset: String) async throws {
        try await FakeEngine.with { exchange in
            // An answer of 200 to anything is no sign.
            let isAsked = exchange.head.split(separator: " ")[1] == path
            exchange.answer("200 OK", isAsked ? answer : #"{"error":"Unexpected endpoint or method."}"#)
        } _: { engine, _ in
            #expect(await EngineProfile.detected(at: engine.address, key: "secret", timeout: .seconds(20)).name == preset)
        }
    }
}
