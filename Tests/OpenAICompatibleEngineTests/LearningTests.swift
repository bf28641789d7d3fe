import ResponsesAPI
import ResponsesEngine
import Synchronization
import Testing

@testable import OpenAICompatibleEngine

/// An engine that refuses fields is asked otherwise, and remembered.
struct LearningTests {
    /// A field that a fake engine refuses, in the words of some engine.
    struct Refused: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Whether a request has it.
        var isIn: @Sendable (RawJSON) -> Bool
        var status: String
        var words: String

        init(_ name: String, status: String = "400 Bad Request", _ words: String, isIn: @escaping @Sendable (RawJSON) -> Bool) {
            (testDescription, self.status, self.words, self.isIn) = (name, status, words, isIn)
        }
    }

    private static func openAI(_ field: String) -> String {
        #"{"error":{"message":"Unsupported parameter: '\#(field)' is not supported with this model.","type":"invalid_request_error","param":"\#(field)","code":"unsupported_parameter"}}"#
    }

    private static func messages(_ body: RawJSON) -> [RawJSON] { body["messages"]?.elements ?? [] }

    static let fields = [
        Refused("stream_options", #"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{}}]}"#) {
            $0["stream_options"] != nil
        },
        Refused("parallel_tool_calls", openAI("parallel_tool_calls")) { $0["parallel_tool_calls"] != nil },
        Refused(
            "max_tokens",
            #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}"#
        ) { $0["max_tokens"] != nil },
        Refused("strict", #"[{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"strict\" at 'tools[0].function': Cannot find field."}}]"#) {
            $0["tools"]?.elements.contains { $0["function"]?["strict"] != nil } ?? false
        },
        Refused("reasoning_effort", status: "422 Unprocessable Entity", #"{"message":"reasoning_effort: not supported by this model"}"#) {
            $0["reasoning_effort"] != nil
        },
        Refused(
            "reasoning_content",
            #"{"error":{"message":"'messages.1' : for 'role:assistant' the following must be satisfied[('messages.1' : property 'reasoning_content' is unsupported)]"}}"#
        ) { messages($0).contains { $0["reasoning_content"] != nil } },
        Refused(
            "name",
            #"{"error":{"message":"'messages.2' : for 'role:tool' the following must be satisfied[('messages.2' : property 'name' is unsupported)]"}}"#
        ) { messages($0).contains { $0["role"]?.stringValue == "tool" && $0["name"] != nil } },
        Refused("content", #"{"error":{"message":"messages.1: content must be null or non-empty beside tool_calls"}}"#) {
            messages($0).contains { $0["tool_calls"] != nil && $0["content"]?.stringValue == "" }
        },
    ]

    /// Has every field that some engine refuses.
    private static let create = #"""
        {"model":"m","max_output_tokens":50,"parallel_tool_calls":false,"reasoning":{"effort":"low"},
        "tools":[{"type":"function","name":"f","strict":true}],"input":[{"role":"user","content":"u"},
        {"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"why"}]},
        {"type":"function_call","call_id":"call_aaaaaaaa","name":"f","arguments":"{}"},
        {"type":"function_call_output","call_id":"call_aaaaaaaa","output":"o"}]}
        """#

    private static let answer = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

    private static func request(_ engine: OpenAICompatibleEngine, model: String = "m") throws -> GenerationRequest<ChatPrompt> {
        let create = try CreateRequest(parsing: Array(create.utf8))
        // As the server does it: by the dialect that the engine has now.
        return GenerationRequest(create, model: model, prompt: try engine.dialect.extend(nil, with: create.input))
    }

    private static func refusing(_ refused: [Refused], _ exchange: FakeEngine.Exchange) {
        guard let body = try? RawJSON(parsing: exchange.body) else { return exchange.answer("500 No", "{}") }
        if let field = refused.first(where: { $0.isIn(body) }) { return exchange.answer(field.status, field.words) }
        exchange.answerStream(answer)
    }

    private static let pairs = fields.indices.flatMap { first in (first..<fields.count).map { (first, $0) } }

    @Test(arguments: pairs)
    func anyTwoFieldsAreLearntWithinThreeRequests(_ first: Int, _ second: Int) async throws {
        let refused = first == second ? [Self.fields[first]] : [Self.fields[first], Self.fields[second]]
        try await FakeEngine.with { Self.refusing(refused, $0) } _: { engine, fake in
            let sink = ListeningSink()
            try await engine.run(Self.request(engine), into: sink)
            #expect(sink.heard.text == "Hello")
            #expect(fake.requests <= 1 + refused.count)
            let before = fake.requests
            try await engine.run(Self.request(engine), into: ListeningSink())
            #expect(fake.requests == before + 1, "what was learnt is kept")
            #expect(!engine.learnt.isEmpty)
            for learnt in engine.learnt {
                var profile = EngineProfile()
                try profile.set(learnt.field, to: learnt.value)
            }
        }
    }

    @Test func aTurnIsTriedThreeTimesAtMostAndWhatItProvedIsKept() async throws {
        let refused = Array(Self.fields[0..<4])
        try await FakeEngine.with { Self.refusing(refused, $0) } _: { engine, fake in
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request(engine), into: ListeningSink()) }
            #expect(error?.kind == .invalidRequest)
            #expect(fake.requests == 3)
            // Two of four are known by now.
            let sink = ListeningSink()
            try await engine.run(Self.request(engine), into: sink)
            #expect(sink.heard.text == "Hello")
        }
    }

    @Test func aPromptOfBeforeIsSentByTheNewRules() async throws {
        let refused = [Self.fields[5]]
        try await FakeEngine.with { Self.refusing(refused, $0) } _: { engine, fake in
            let old = try Self.request(engine)
            try await engine.run(old, into: ListeningSink())
            #expect(fake.requests == 2)
            #expect(engine.dialect.name != ChatDialect().name)
            try await engine.run(old, into: ListeningSink())
            #expect(fake.requests == 3)
        }
    }

    @Test func oneModelsFieldsAreNotAnothers() async throws {
        let hadOptions = Mutex<[Bool]>([])
        try await FakeEngine.with { exchange in
            let body = try? RawJSON(parsing: exchange.body)
            hadOptions.withLock { $0.append(body?["stream_options"] != nil) }
            if body?["model"]?.stringValue == "m" { Self.refusing([Self.fields[0]], exchange) } else { exchange.answerStream(Self.answer) }
        } _: { engine, _ in
            try await engine.run(Self.request(engine), into: ListeningSink())
            try await engine.run(Self.request(engine, model: "n"), into: ListeningSink())
            #expect(hadOptions.withLock { $0 } == [true, false, true])
            #expect(engine.learnt == [LearntField(model: "m", field: "stream-options", value: "no")])
        }
    }

    @Test(arguments: [
        // What the client asked for is its own.
        ("400 Bad Request", openAI("temperature")), ("400 Bad Request", openAI("tool_choice")),
        // Other failures that name a field.
        ("500 Internal Server Error", openAI("stream_options")), ("401 Unauthorized", openAI("stream_options")),
        ("400 Bad Request", #"{"error":{"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}"#),
        ("400 Bad Request", #"{"error":{"message":"This model's maximum context length is 10 tokens. However, you requested 60 tokens (10 in the messages, 50 in max_tokens)","code":"context_length_exceeded"}}"#),
    ])
    func whatTeachesNothingIsToldAtOnce(_ status: String, _ words: String) async throws {
        try await FakeEngine.with { $0.answer(status, words) } _: { engine, fake in
            await #expect(throws: EngineError.self) { try await engine.run(Self.request(engine), into: ListeningSink()) }
            #expect(fake.requests == 1)
            #expect(engine.learnt.isEmpty)
        }
    }

    /// What asks for more than the context leaves gets what it leaves (chat-completions 2, anthropic-messages 3).
    @Test(arguments: [
        ("'max_tokens' or 'max_completion_tokens' is too large: 50. This model's maximum context length is 40 tokens and your request has 9 input tokens (50 > 40 - 9).", true),
        ("This model's maximum context length is 40 tokens. However, you requested 60 tokens (10 in the messages, 50 in the completion). Please reduce the length of the messages or completion.", true),
        ("max_tokens=50 cannot be greater than max_model_len=40. Please request fewer output tokens.", true),
        ("Requested token count exceeds the model's maximum context length of 40 tokens. You requested a total of 59 tokens: 9 tokens from the input messages and 50 tokens for the completion.", true),
        ("`inputs` tokens + `max_new_tokens` must be <= 40. Given: 9 `inputs` tokens and 50 `max_new_tokens`", true),
        // The model's own limit, which is no window.
        ("max_tokens is too large: 50. This model supports at most 40 completion tokens.", false),
    ])
    func aLimitOfOutputThatIsTooLargeIsLeftOut(_ words: String, _ namesWindow: Bool) async throws {
        let limits = Mutex<[Int?]>([])
        try await FakeEngine.with { exchange in
            guard let body = try? RawJSON(parsing: exchange.body) else { return exchange.answer("500 No", "{}") }
            let limit = body["max_tokens"]?.intValue
            limits.withLock { $0.append(limit) }
            if limit ?? 0 > 30 { return exchange.answer("400 Bad Request", #"{"error":{"message":"\#(words)","type":"BadRequestError"}}"#) }
            exchange.answerStream(Self.answer)
        } _: { engine, _ in
            let sink = ListeningSink()
            try await engine.run(Self.request(engine), into: sink)
            #expect(sink.heard.text == "Hello")
            // What surely is over is not sent again; what may fit is, and is the client's limit.
            try await engine.run(Self.request(engine), into: ListeningSink())
            var small = try Self.request(engine)
            small.maxOutputTokens = 20
            try await engine.run(small, into: ListeningSink())
            #expect(limits.withLock { $0 } == (namesWindow ? [50, nil, nil, 20] : [50, nil, 50, nil, 20]))
            #expect(engine.learnt.isEmpty, "nothing of it is a field of the profile")
        }
    }

    @Test func aLimitIsLeftOutOnce() async throws {
        let words = "'max_tokens' or 'max_completion_tokens' is too large: 50. This model's maximum context length is 40 tokens"
        try await FakeEngine.with { $0.answer("400 Bad Request", #"{"error":{"message":"\#(words)"}}"#) } _: { engine, fake in
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request(engine), into: ListeningSink()) }
            #expect(error?.param == "max_output_tokens" && fake.requests == 2)
        }
    }

    /// The core looks for stop strings all the same.
    @Test func stopStringsThatAreRefusedAreLeftOut() async throws {
        try await FakeEngine.with { exchange in
            guard let body = try? RawJSON(parsing: exchange.body) else { return exchange.answer("500 No", "{}") }
            body["stop"] == nil ? exchange.answerStream(Self.answer) : exchange.answer("400 Bad Request", Self.openAI("stop"))
        } _: { engine, fake in
            var request = try Self.request(engine)
            request.stop = ["END"]
            try await engine.run(request, into: ListeningSink())
            try await engine.run(request, into: ListeningSink())
            #expect(fake.requests == 3)
            #expect(engine.learnt == [LearntField(model: "m", field: "leave-out", value: "+stop")])
        }
    }

    @Test func whatDidNotHelpIsNotLearnt() async throws {
        try await FakeEngine.with { $0.answer("400 Bad Request", Self.openAI("stream_options")) } _: { engine, fake in
            await #expect(throws: EngineError.self) { try await engine.run(Self.request(engine), into: ListeningSink()) }
            #expect(fake.requests == 2)
            #expect(engine.learnt.isEmpty)
        }
    }

    @Test(arguments: [
        ("chat_template_kwargs", "reasoning_effort"), ("reasoning_effort", "chat_template_kwargs"), ("reasoning_effort", nil), ("chat_template_kwargs", nil),
    ])
    func noEffortIsSaidAsFarAsTheEngineTakesIt(_ first: String, _ second: String?) async throws {
        try await FakeEngine.with { exchange in
            let body = try? RawJSON(parsing: exchange.body)
            for name in [first, second].compactMap({ $0 }) where body?[name] != nil { return exchange.answer("400 Bad Request", Self.openAI(name)) }
            exchange.answerStream(Self.answer)
        } _: { engine, fake in
            let request = GenerationRequest.json(#"{"model":"m","input":"hi","reasoning":{"effort":"none"}}"#, dialect: ChatDialect())
            try await engine.run(request, into: ListeningSink())
            #expect(fake.requests == (second == nil ? 2 : 3))
            try await engine.run(request, into: ListeningSink())
            #expect(fake.requests == (second == nil ? 3 : 4))
        }
    }

    @Test func aRefusalInTheStreamTeachesToo() async throws {
        try await FakeEngine.with { exchange in
            guard let body = try? RawJSON(parsing: exchange.body), body["stream_options"] != nil else { return exchange.answerStream(Self.answer) }
            exchange.answerStream("data: {\"error\":{\"message\":\"Unknown field: stream_options\",\"code\":400}}\n\n")
        } _: { engine, fake in
            let sink = ListeningSink()
            try await engine.run(Self.request(engine), into: sink)
            #expect(sink.heard.text == "Hello" && fake.requests == 2)
        }
    }

    @Test func reasoningGoesBackUnderTheNameItCameWith() async throws {
        try await FakeEngine.with { exchange in
            exchange.answerStream(
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"why\",\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
        } _: { engine, _ in
            #expect(engine.dialect.name == "chat")
            try await engine.run(Self.request(engine), into: ListeningSink())
            let prompt = try Self.request(engine).prompt
            #expect(prompt.text.contains(#""reasoning":"why""#) && !prompt.text.contains("reasoning_content"))
        }
    }
}
