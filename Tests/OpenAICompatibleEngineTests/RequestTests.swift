import NIOCore
import ResponsesAPI
import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// Create requests as Chat Completions bodies, byte for byte.
struct RequestTests {
    private func body(
        _ create: String, purpose: ChatRequestBody.Purpose = .generation, _ form: AdaptedProfile = .local
    ) throws -> String {
        try body(GenerationRequest.json(create, dialect: form.dialect), purpose: purpose, form)
    }

    private func body(
        _ request: GenerationRequest<ChatPrompt>, purpose: ChatRequestBody.Purpose = .generation, _ form: AdaptedProfile = .local
    ) throws -> String {
        let tools = try ToolSelection(
            request, catalog: ToolCatalog(request.tools, strict: form.profile.strict), requiresCalls: form.profile.requiresCalls)
        let body = try ChatRequestBody(request, purpose: purpose, tools: tools, form: form)
        let bytes = body.buffers.flatMap { Array($0.readableBytesView) }
        #expect(bytes.count == body.length)
        _ = try RawJSON(parsing: bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let head = #"{"model":"m","stream":true,"stream_options":{"include_usage":true}"#
    private static let hi = #""messages":[{"role":"user","content":"hi"}]}"#
    private static let f = #"{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true}"#
    private static let g = #"{"type":"function","name":"g"}"#
    private static let fOut = #"{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}"#
    private static let gOut = #"{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}"#

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Members beside `model` and `input`.
        var given: String
        /// Members between the head and the messages.
        var sent: String

        init(_ name: String, _ given: String, _ sent: String) { (testDescription, self.given, self.sent) = (name, given, sent) }
    }

    static let cases = [
        Case("nothing more", "", ""),
        Case(
            "sampling", #","temperature":0.5,"top_p":1,"presence_penalty":-1,"frequency_penalty":2,"max_output_tokens":100"#,
            #","max_tokens":100,"temperature":0.5,"top_p":1,"presence_penalty":-1,"frequency_penalty":2"#),
        Case("logprobs", #","include":["message.output_text.logprobs"],"top_logprobs":3"#, #","logprobs":true,"top_logprobs":3"#),
        Case("logprobs, no alternatives", #","include":["message.output_text.logprobs"]"#, #","logprobs":true,"top_logprobs":1"#),
        Case("effort", #","reasoning":{"effort":"high"}"#, #","reasoning_effort":"high""#),
        Case("less effort", #","reasoning":{"effort":"minimal"}"#, #","reasoning_effort":"low""#),
        Case("more effort", #","reasoning":{"effort":"xhigh"}"#, #","reasoning_effort":"high""#),
        Case("no effort", #","reasoning":{"effort":"none"}"#, #","chat_template_kwargs":{"enable_thinking":false}"#),
        Case(
            "no effort, with the template's own",
            #","reasoning":{"effort":"none"},"chat_template_kwargs":{"x":1}"#, #","chat_template_kwargs":{"enable_thinking":false,"x":1}"#),
        Case(
            "no effort, but the client says otherwise",
            #","reasoning":{"effort":"none"},"chat_template_kwargs":{"enable_thinking":true}"#,
            #","chat_template_kwargs":{"enable_thinking":true}"#),
        Case("a summary alone", #","reasoning":{"summary":"auto"}"#, ""),
        Case("json_object", #","text":{"format":{"type":"json_object"}}"#, #","response_format":{"type":"json_object"}"#),
        Case(
            "json_schema",
            #","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true,"description":"d"},"verbosity":"low"}"#,
            #","response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}}"#),
        Case("text", #","text":{"format":{"type":"text"}}"#, ""),
        Case(
            "vendors' fields", #","top_k":5,"seed":1,"stop":["a"],"n":3,"prompt":{},"min_p":null,"service_tier":"flex","metadata":{},"user":"u","top_k":6"#,
            #","top_k":5,"seed":1,"stop":["a"]"#),
        Case(
            "functions", #","tools":[\#(f),\#(g)]"#, #","tools":[\#(fOut),\#(gOut)]"#),
        Case(
            "one call at a time", #","tools":[\#(g)],"parallel_tool_calls":false"#,
            #","parallel_tool_calls":false,"tools":[\#(gOut)]"#),
        Case(
            "no calls", #","tools":[\#(g)],"tool_choice":"none""#,
            #","tool_choice":"none","tools":[\#(gOut)]"#),
        Case(
            "required", #","tools":[\#(g)],"tool_choice":"required""#,
            #","tool_choice":"required","tools":[\#(gOut)]"#),
        Case(
            "one function", #","tools":[\#(f),\#(g)],"tool_choice":{"type":"function","name":"g"}"#,
            #","tool_choice":"required","tools":[\#(gOut)]"#),
        Case(
            "allowed tools", #","tools":[\#(f),\#(g)],"tool_choice":{"type":"allowed_tools","tools":[{"type":"function","name":"f"}]}"#,
            #","tools":[\#(fOut)]"#),
        Case(
            "allowed tools, required",
            #","tools":[\#(f),\#(g)],"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"},{"type":"web_search"}]}"#,
            #","tool_choice":"required","tools":[\#(fOut)]"#),
        Case("built-in tools alone", #","tools":[{"type":"web_search"}],"tool_choice":"required""#, ""),
        Case(
            "built-in tools beside others", #","tools":[{"type":"web_search"},\#(g)],"tool_choice":{"type":"web_search"}"#,
            #","tools":[\#(gOut)]"#),
        Case(
            "a namespace", #","tools":[{"type":"namespace","name":"ns","description":"nd","tools":[\#(g)]}]"#,
            #","tools":[{"type":"function","function":{"name":"ns__g","description":"nd","parameters":{"type":"object","properties":{}}}}]"#),
        Case(
            "a custom tool",
            #","tools":[{"type":"custom","name":"c","description":"d","format":{"type":"grammar","syntax":"lark","definition":"start: \"a\""}}]"#,
            #","tools":[{"type":"function","function":{"name":"c","description":"d\n\nThe input must follow this lark grammar:\nstart: \"a\"","parameters":{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}}}]"#
        ),
        Case(
            "one name twice", #","tools":[\#(g),\#(g)]"#, #","tools":[\#(gOut)]"#),
        Case(
            "the namespace that functions are in anyway", #","tools":[{"type":"namespace","name":"functions","tools":[\#(g)]}]"#,
            #","tools":[\#(gOut)]"#),
    ]

    @Test("four stop strings at most; the core looks for all")
    func stopStrings() throws {
        var request = GenerationRequest.json(#"{"model":"m","input":"hi"}"#, dialect: ChatDialect())
        request.stop = ["a", "b\n", "c", "d", "e"]
        #expect(try body(request) == #"\#(Self.head),"stop":["a","b\n","c","d"],\#(Self.hi)"#)
        #expect(try !body(request, purpose: .prefill).contains("stop"))
    }

    @Test(arguments: cases)
    func fieldsAreMapped(_ expected: Case) throws {
        #expect(try body(#"{"model":"m","input":"hi"\#(expected.given)}"#) == "\(Self.head)\(expected.sent),\(Self.hi)")
    }

    @Test("tools that would get one name are told apart, and each call finds its own tool", arguments: [
        [#"{"type":"function","name":"x"}"#, #"{"type":"custom","name":"x"}"#],
        [#"{"type":"shell"}"#, #"{"type":"function","name":"shell"}"#, #"{"type":"custom","name":"shell"}"#],
        [#"{"type":"function","name":"a__b"}"#, #"{"type":"namespace","name":"a","tools":[{"type":"function","name":"b"}]}"#],
        [
            #"{"type":"namespace","name":"a__b","tools":[{"type":"function","name":"c"}]}"#,
            #"{"type":"namespace","name":"a","tools":[{"type":"function","name":"b__c"},{"type":"custom","name":"b__c"}]}"#,
        ],
    ])
    func oneNameOfTwoTools(_ tools: [String]) throws {
        let catalog = ToolCatalog(.json("[\(tools.joined(separator: ","))]"))
        let sent = try #require(catalog.json.map { try RawJSON(parsing: String(buffer: $0)).elements })
        let names = sent.compactMap { $0["function"]?["name"]?.stringValue }
        #expect(Set(names).count == names.count && names.count == catalog.entries.count && names.count >= tools.count)
        // Each name leads back to another tool.
        #expect(Set(names.compactMap { catalog.heads[$0] }).count == names.count)
        // And is the same in every process.
        #expect(names.allSatisfy { $0.utf8.count <= ToolNames.lengthMax && !$0.contains(" ") })
    }

    @Test func aChoiceOfTwoToolsWithOneNameIsTheOneOfItsType() throws {
        let tools = #","tools":[{"type":"function","name":"x"},{"type":"custom","name":"x"}],"tool_choice":"#
        let custom = try body(#"{"model":"m","input":"hi"\#(tools){"type":"custom","name":"x"}}"#)
        let function = try body(#"{"model":"m","input":"hi"\#(tools){"type":"function","name":"x"}}"#)
        #expect(custom.contains(#""name":"x_"#) && !custom.contains(#""name":"x""#))
        #expect(function.contains(#""name":"x""#) && !function.contains(#""name":"x_"#))
    }

    @Test func hostedAPIsAreSpokenToInTheirWords() throws {
        let sent = try body(
            #"{"model":"m","input":"hi","max_output_tokens":100,"reasoning":{"effort":"none"},"top_k":1,"seed":2}"#, .named("openai"))
        #expect(sent == #"\#(Self.head),"max_completion_tokens":100,"reasoning_effort":"none","seed":2,\#(Self.hi)"#)
    }

    @Test(arguments: [
        (#""instructions":"i","input":"hi""#, #"{"role":"system","content":"i"},{"role":"user","content":"hi"}"#),
        (
            #""instructions":"i","input":[{"role":"system","content":"s"},{"role":"developer","content":"d"},{"role":"user","content":"hi"}]"#,
            #"{"role":"system","content":"i\n\ns\n\nd"},{"role":"user","content":"hi"}"#
        ),
        (#""instructions":"","input":[{"role":"system","content":"s"}]"#, #"{"role":"system","content":"s"},{"role":"user","content":" "}"#),
        // Closed messages after a system message, and without one.
        (
            #""instructions":"i","input":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]"#,
            #"{"role":"system","content":"i"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}"#
        ),
        (
            #""input":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]"#,
            #"{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":" "}"#
        ),
        (
            #""input":[{"type":"function_call_output","call_id":"c","output":"o"}]"#,
            #"{"role":"tool","tool_call_id":"c","content":"o"}"#
        ),
        (
            #""instructions":"i","input":[{"type":"function_call_output","call_id":"c","output":"o"}]"#,
            #"{"role":"system","content":"i"},{"role":"tool","tool_call_id":"c","content":"o"}"#
        ),
        (#""input":[]"#, #"{"role":"user","content":" "}"#),
        (#""instructions":"i","input":[]"#, #"{"role":"system","content":"i"},{"role":"user","content":" "}"#),
    ])
    func messagesAreJoined(_ given: String, _ messages: String) throws {
        #expect(try body(#"{"model":"m",\#(given)}"#) == #"\#(Self.head),"messages":[\#(messages)]}"#)
    }

    @Test func prefillRendersWhatTheTurnWill() throws {
        let create = #"{"model":"m","input":"hi","instructions":"i","max_output_tokens":500,"include":["message.output_text.logprobs"],"tools":[\#(Self.g)],"tool_choice":"required","text":{"format":{"type":"json_object"}}}"#
        let turn = try body(create)
        let warm = try body(create, purpose: .prefill)
        #expect(turn.replacing(#""max_tokens":500,"logprobs":true,"top_logprobs":1,"#, with: #""max_tokens":1,"#) == warm)
    }

    @Test(arguments: [
        #"{"tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"g"}}"#,
        #"{"tool_choice":{"type":"function","name":"g"}}"#,
    ])
    func aChoiceThatIsNotOfferedIsRefused(_ create: String) {
        let request = GenerationRequest.json(create)
        let error = #expect(throws: EngineError.self) { try ToolSelection(request, catalog: ToolCatalog(request.tools)) }
        #expect(error?.kind == .invalidRequest)
        #expect(error?.param == "tool_choice")
    }

    @Test func toolsAreRenderedOnceAndNotKeptBeyondTheirSet() throws {
        let text = #"[{"type":"function","name":"f"}]"#
        weak var gone: ToolCatalog?
        do {
            let tools = ToolSet.json(text)
            #expect(!ToolCatalog.isMade(of: tools))
            let first = ToolCatalog.of(tools)
            gone = first
            #expect(ToolCatalog.isMade(of: tools) && ToolCatalog.of(tools) === first)
            #expect(ToolCatalog.of(.json(text)) !== first)
        }
        #expect(gone == nil)
        #expect(ToolCatalog.of(.empty) === ToolCatalog.empty && ToolCatalog.isMade(of: .empty))
    }

    @Test func onlyWhatIsNotSharedCountsAsToRender() throws {
        let long = String(repeating: "o", count: 100_000)
        func bytes(_ create: String) -> Int { GenerationRequest.json(create).bytesToRender(strict: .whenTrue) }
        #expect(bytes(#"{"input":"hi","model":"m"}"#) < 100)
        // What came before the newest message is shared with other turns.
        #expect(bytes(#"{"input":[{"role":"user","content":"\#(long)"},{"role":"assistant","content":"a"}]}"#) < 100)
        for create in [
            #"{"input":"\#(long)"}"#, #"{"instructions":"\#(long)"}"#, #"{"input":[{"role":"system","content":"\#(long)"}]}"#,
            #"{"seed":"\#(long)"}"#, #"{"tools":[{"type":"function","name":"f","description":"\#(long)"}]}"#,
            #"{"text":{"format":{"type":"json_schema","name":"n","schema":{"description":"\#(long)"}}}}"#,
        ] { #expect(bytes(create) >= 100_000) }
        let tools = #""tools":[{"type":"function","name":"f","description":"\#(long)"}]"#
        let request = GenerationRequest.json("{\(tools)}")
        _ = ToolCatalog.of(request.tools)
        #expect(request.bytesToRender(strict: .whenTrue) < 100)
        let chosen = GenerationRequest.json(#"{\#(tools),"tool_choice":{"type":"function","name":"f"}}"#)
        _ = ToolCatalog.of(chosen.tools)
        #expect(chosen.bytesToRender(strict: .whenTrue) > 100_000)
    }

    @Test func thePromptIsNotCopied() throws {
        let long = String(repeating: "o", count: 300_000)
        let request = GenerationRequest.json(
            #"{"input":[{"role":"user","content":"\#(long)"},{"role":"assistant","content":"a"},{"role":"user","content":"b"}]}"#)
        let tools = ToolSelection.of("{}")
        let first = try ChatRequestBody(request, purpose: .generation, tools: tools, form: .local)
        let second = try ChatRequestBody(request, purpose: .generation, tools: tools, form: .local)
        func address(_ body: ChatRequestBody) -> UInt? {
            body.buffers.max { $0.readableBytes < $1.readableBytes }?.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        }
        #expect(address(first) == address(second))
    }
}
