import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import OpenAICompatibleEngine

/// Shapes that engines write, one by one.
struct ChunkReaderTests {
    private static func call(_ rest: String) -> String { #"{"tool_calls":[{\#(rest)}]}"# }

    // MARK: Calls

    struct CallCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var deltas: [String]
        var calls: [(String, String)]

        init(_ name: String, _ deltas: [String], _ calls: [(String, String)]) {
            (testDescription, self.deltas, self.calls) = (name, deltas, calls)
        }
    }

    static let callCases = [
        CallCase(
            "name and id first, arguments after",
            [
                call(#""index":0,"id":"call_abcdef","type":"function","function":{"name":"f","arguments":""}"#),
                call(#""index":0,"function":{"arguments":"{\"a\""}"#), call(#""index":0,"function":{"arguments":":1}"}"#),
            ], [("f", #"{"a":1}"#)]),
        CallCase(
            "whole calls in one delta",
            [
                #"{"tool_calls":[{"index":0,"id":"call_11111111","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"call_22222222","function":{"name":"g","arguments":"{\"b\":2}"}}]}"#
            ], [("f", "{}"), ("g", #"{"b":2}"#)]),
        CallCase(
            "no ids, whole calls, index 0 for all",
            [
                call(#""index":0,"function":{"name":"f","arguments":"{\"x\":\"}\"}"}"#),
                call(#""index":0,"function":{"name":"f","arguments":"{}"}"#),
            ], [("f", #"{"x":"}"}"#), ("f", "{}")]),
        CallCase(
            "index 0 for every call, new ids",
            [
                call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"{"}"#),
                call(#""index":0,"function":{"arguments":"}"}"#),
                call(#""index":0,"id":"call_22222222","function":{"name":"f","arguments":"{}"}"#),
            ], [("f", "{}"), ("f", "{}")]),
        CallCase(
            "no index",
            [
                call(#""id":"call_11111111","function":{"name":"f","arguments":"{"}"#),
                call(#""function":{"arguments":"}"}"#),
                call(#""id":"call_22222222","function":{"name":"g","arguments":"{}"}"#),
            ], [("f", "{}"), ("g", "{}")]),
        CallCase(
            "arguments as an object",
            [call(#""index":0,"function":{"name":"f","arguments":{"a": "b\"c"}}"#)], [("f", #"{"a": "b\"c"}"#)]),
        CallCase(
            "arguments null", [call(#""index":0,"function":{"name":"f","arguments":null}"#)], [("f", "")]),
        CallCase(
            "name repeated with every fragment",
            [
                call(#""index":0,"function":{"name":"f","arguments":"{\"a"}"#),
                call(#""index":0,"function":{"name":"f","arguments":"\":1}"}"#),
            ], [("f", #"{"a":1}"#)]),
        CallCase(
            "id and name repeated with every fragment",
            [
                call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"{\"a"}"#),
                call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"\":1}"}"#),
            ], [("f", #"{"a":1}"#)]),
        CallCase(
            "id before the name, arguments before both",
            [
                call(#""index":0,"id":"call_11111111""#), call(#""index":0,"function":{"arguments":"{\"a\":"}"#),
                call(#""index":0,"function":{"name":"f","arguments":"1}"}"#),
            ], [("f", #"{"a":1}"#)]),
        CallCase(
            "two calls interleaved",
            [
                call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"{"}"#),
                call(#""index":1,"id":"call_22222222","function":{"name":"g","arguments":"["}"#),
                call(#""index":0,"function":{"arguments":"}"}"#), call(#""index":1,"function":{"arguments":"]"}"#),
            ], [("f", "{}"), ("g", "[]")]),
        CallCase(
            "the older function_call",
            [#"{"function_call":{"name":"f","arguments":"{"}}"#, #"{"function_call":{"arguments":"}"}}"#], [("f", "{}")]),
        CallCase("nothing of no call", [call(#""index":4,"function":{"arguments":""}"#), call(#""index":0"#), call("")], []),
        CallCase(
            "two calls without arguments in one array",
            [#"{"tool_calls":[{"index":0,"function":{"name":"f"}},{"index":0,"function":{"name":"f","arguments":""}}]}"#],
            [("f", ""), ("f", "")]),
        CallCase(
            "one id for two calls",
            [
                call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"{}"}"#),
                call(#""index":1,"id":"call_11111111","function":{"name":"f","arguments":"[]"}"#),
            ], [("f", "{}"), ("f", "[]")]),
        CallCase(
            "one id and one index for two names",
            [
                call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"{}"}"#),
                call(#""index":0,"id":"call_11111111","function":{"name":"g","arguments":"[]"}"#),
            ], [("f", "{}"), ("g", "[]")]),
        CallCase(
            "one id and name for two calls in one array",
            [
                #"{"tool_calls":[{"id":"call_11111111","function":{"name":"f","arguments":"{}"}},{"id":"call_11111111","function":{"name":"f","arguments":"[]"}}]}"#
            ], [("f", "{}"), ("f", "[]")]),
        CallCase(
            "arguments by id behind another call of the same index",
            [
                call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"{"}"#),
                call(#""index":0,"id":"call_22222222","function":{"name":"g","arguments":"["}"#),
                call(#""index":0,"id":"call_11111111","function":{"arguments":"}"}"#),
                call(#""index":0,"id":"call_22222222","function":{"arguments":"]"}"#),
            ], [("f", "{}"), ("g", "[]")]),
        CallCase(
            "arguments under another index",
            [
                call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"{"}"#),
                call(#""index":1,"id":"call_11111111","function":{"arguments":"}"}"#),
            ], [("f", "{}")]),
        CallCase("a call instead of an array", [#"{"tool_calls":{"function":{"name":"f","arguments":"{}"}}}"#], [("f", "{}")]),
        CallCase("a call that is no object", [#"{"tool_calls":[null,1,"x"]}"#], []),
        CallCase("calls that are no array", [#"{"tool_calls":null}"#, #"{"tool_calls":{}}"#], []),
    ]

    @Test(arguments: callCases)
    func callsComeOut(_ expected: CallCase) throws {
        let heard = try hear(stream(expected.deltas, finish: "tool_calls"))
        #expect(heard.calls.map(\.name) == expected.calls.map(\.0))
        #expect(heard.calls.map(\.input) == expected.calls.map(\.1))
        #expect(heard.finish == .stop)
        #expect(heard.wrongs.isEmpty)
    }

    /// What an engine sent of calls is handed on, or the answer fails: it never looks whole without them.
    static let lostCalls = [
        [call(#""index":4,"function":{"arguments":"{}"}"#)], [call(#""index":0,"id":"call_11111111""#)],
        [call(#""index":0,"id":"call_11111111","function":{"name":"","arguments":"{}"}"#)],
        [call(#""index":0,"id":"call_11111111","function":{"name":null,"arguments":{}}"#)],
        [call(#""index":0,"id":"call_11111111","function":{"name":5}"#)], [call(#""index":0,"id":"call_11111111","function":null"#)],
        [call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"{}"}"#), call(#""index":1,"function":{"arguments":"{}"}"#)],
        [#"{"function_call":{"arguments":"{}"}}"#], [#"{"tool_calls":{"function":{"arguments":"{}"}}}"#],
    ]

    @Test(arguments: lostCalls)
    func aCallWithoutANameFailsTheAnswer(_ deltas: [String]) throws {
        for finish in ["tool_calls", "stop"] {
            let error = #expect(throws: EngineError.self) { try hear(stream(deltas, finish: finish)) }
            #expect(error?.kind == .failed && error?.message.contains("without a name") == true)
        }
        // Cut off, it is no whole answer anyway.
        #expect(try hear(stream(deltas, finish: "length")).finish == .length)
    }

    @Test func whatComesAfterTheEndIsHeard() throws {
        let end = #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"# + "\n\n"
        func late(_ choice: String) -> [UInt8] {
            let begun = #"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}]}"# + "\n\n"
            return Array("\(begun)\(end)data: {\"choices\":[\(choice)]}\n\ndata: [DONE]\n\n".utf8)
        }
        let more = late(#"{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"name":"g","arguments":"{}"}}]}}"#)
        #expect(try hear(more).calls.map(\.name) == ["f", "g"])
        #expect(try hear(late(#"{"index":0,"delta":{"content":"and so"}}"#)).text == "and so")
        for nothing in [
            "null", #"{"index":0,"delta":{}}"#, #"{"index":0,"delta":{"tool_calls":null}}"#,
            #"{"index":0,"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}"#,
            #"{"index":1,"delta":{"role":"assistant","content":""}},{"index":1,"delta":{"tool_calls":[{"function":{"name":"g"}}]}}"#,
        ] { #expect(try hear(late(nothing)).calls.map(\.name) == ["f"]) }
        // What was taken back as an end is none: without another, or the mark, the answer was cut.
        let cut = Array(String(decoding: more, as: UTF8.self).replacing("data: [DONE]\n\n", with: "").utf8)
        #expect(#expect(throws: EngineError.self) { try hear(cut) }?.kind == .interrupted)
    }

    @Test func idsAreNotHandedOnTwice() throws {
        let one = Self.call(#""index":0,"id":"call_11111111","function":{"name":"f","arguments":"{}"}"#)
        let other = Self.call(#""index":1,"id":"call_11111111","function":{"name":"f","arguments":"{}"}"#)
        #expect(try hear(stream([one, other])).calls.map(\.id) == ["call_11111111", nil])
    }

    @Test func moreCallsThanTheLimitFailTheAnswer() throws {
        func answer(_ count: Int) -> [UInt8] {
            stream((0..<count).map { Self.call(#""index":\#($0),"id":"call_\#(100_000 + $0)","function":{"name":"f","arguments":"{}"}"#) })
        }
        #expect(try hear(answer(5000)).calls.count == 5000)
        let limit = OpenAICompatibleLimits().callsMax
        let error = #expect(throws: EngineError.self) { try hear(answer(limit + 1)) }
        #expect(error?.kind == .failed && error?.message.contains("\(limit)") == true)
    }

    /// Goal: with more calls than are searched one by one, fragments find the same calls as with few.
    @Test func fragmentsOfManyCallsFindTheirs() throws {
        let count = 300
        var deltas: [String] = []
        for index in (0..<count).reversed() {
            deltas.append(Self.call(#""index":\#(index),"id":"call_\#(100_000 + index)","function":{"name":"f\#(index)","arguments":""}"#))
        }
        for index in 0..<count { deltas.append(Self.call(#""index":\#(index),"function":{"arguments":"{\"n\":"}"#)) }
        for index in 0..<count { deltas.append(Self.call(#""id":"call_\#(100_000 + index)","function":{"arguments":"\#(index)}"}"#)) }
        let heard = try hear(stream(deltas))
        #expect(heard.wrongs.isEmpty)
        #expect(heard.calls.map(\.name) == (0..<count).reversed().map { "f\($0)" })
        #expect(heard.calls.map(\.input) == (0..<count).reversed().map { #"{"n":\#($0)}"# })
    }

    @Test func whatIsKeptOfCallsIsBounded() throws {
        let tools = ToolSelection.of(#"{"tools":[{"type":"custom","name":"shell"}]}"#)
        for first in [#""index":0,"id":"call_11111111""#, #""index":0,"function":{"name":"shell","arguments":"no object"}"#] {
            var options = ChatChunkReader.Options(calls: tools.calls)
            options.heldBytesMax = 10_000
            var reader = ChatChunkReader(options)
            var batch = GenerationBatch()
            func read(_ delta: String) throws {
                let chunk = Array(#"{"choices":[{"index":0,"delta":\#(delta)}]}"#.utf8)
                try chunk.withUnsafeBufferPointer { try reader.read($0, into: &batch) }
            }
            try read(Self.call(first))
            let more = Self.call(#""index":0,"function":{"arguments":"\#(String(repeating: "x", count: 1000))"}"#)
            for _ in 0..<9 { try read(more) }
            let error = #expect(throws: EngineError.self) { for _ in 0..<2 { try read(more) } }
            #expect(error?.kind == .failed)
        }
    }

    @Test(arguments: [
        ("call_12345678", "call_12345678"), ("abc123XYZ", "abc123XYZ"), ("0", nil), ("call_1", nil),
        (String(repeating: "x", count: 65), nil), ("call with space", nil),
    ])
    func onlyIdsOfTheirOwnArePassedOn(_ id: String, _ expected: String?) throws {
        let heard = try hear(stream([Self.call(#""index":0,"id":"\#(id)","function":{"name":"f","arguments":"{}"}"#)]))
        #expect(heard.calls.map(\.id) == [expected])
    }

    @Test func callsComeBackInTheKindTheyWereOffered() throws {
        let tools = ToolSelection.of(
            #"{"tools":[{"type":"namespace","name":"db","tools":[{"type":"function","name":"query"}]},{"type":"custom","name":"shell"}]}"#)
        let heard = try hear(
            stream([
                Self.call(#""index":0,"id":"call_11111111","function":{"name":"db__query","arguments":"{}"}"#),
                Self.call(#""index":1,"id":"call_22222222","function":{"name":"shell","arguments":"{\"input\":\"ls\"}"}"#),
                Self.call(#""index":2,"id":"call_33333333","function":{"name":"unknown","arguments":"{}"}"#),
            ]), tools: tools)
        #expect(
            heard.calls == [
                .init(name: "query", namespace: "db", id: "call_11111111", input: "{}"),
                .init(name: "shell", kind: .custom, id: "call_22222222", input: "ls"),
                .init(name: "unknown", id: "call_33333333", input: "{}"),
            ])
    }

    @Test func withoutToolsNoCallIsSeen() throws {
        let call = [Self.call(#""index":0,"function":{"name":"f","arguments":"{}"}"#)]
        #expect(try hear(stream(call), tools: .of("{}")).calls.isEmpty)
        #expect(try hear(stream(call), tools: .of(#"{"tools":[{"type":"function","name":"f"}],"tool_choice":"none"}"#)).calls.isEmpty)
    }

    // MARK: Custom tools

    static let inputs: [(arguments: String, input: String)] = [
        (#"{"input":"plain"}"#, "plain"), (#"{"input":""}"#, ""), (#" { "input" : "a b" } "#, "a b"),
        (#"{"input":"quote \" slash \\ \/ line\nend\ttab"}"#, "quote \" slash \\ / line\nend\ttab"),
        (#"{"input":"\u00e4\ud83d\ude00ä😀"}"#, "ä😀ä😀"), (#"{"other":"x","input":"y"}"#, "y"),
        (#"{"other":{"input":"no","a":["}"]},"n":1.5,"t":true,"input":"y","input":"z"}"#, "y"),
        // Cut off in the middle.
        (#"{"input":"begun"#, "begun"), (#"{"input":"begun \u00"#, "begun "), (#"{"input":"x\"#, "x"),
        // Not what was asked for: the arguments are the input.
        ("ls -l", "ls -l"), (#"{"code":"x"}"#, #"{"code":"x"}"#), (#""text""#, #""text""#), ("", ""), ("null", "null"),
        // Not JSON inside.
        ("{\"input\":\"raw\nline \\q \\u12zz\"}", "raw\nline \\q \\u12zz"), (#"{"input":"lone \ud83d end"}"#, "lone \u{FFFD} end"),
    ]

    @Test(arguments: inputs)
    func customInputIsStreamedOut(_ arguments: String, _ input: String) throws {
        let bytes = Array(arguments.utf8)
        for seed in 0..<20 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var reader = CustomInputReader()
            var batch = GenerationBatch()
            batch.append(call: 0, ToolCallHead(kind: .custom, name: "t"))
            // Engines cut at characters, not inside them; escapes of the inner JSON may be cut anywhere.
            var rest = String(decoding: bytes, as: UTF8.self)[...]
            while !rest.isEmpty {
                let piece = String(rest.prefix(seed == 0 ? .max : Int.random(in: 1...4, using: &random)))
                rest = rest.dropFirst(piece.count)
                JSONText(piece).escaped.withUnsafeBufferPointer {
                    reader.read($0, hasEscapes: true, call: 0, into: &batch)
                }
            }
            reader.end(call: 0, into: &batch)
            var heard = Heard()
            heard.add(batch)
            #expect(heard.calls[0].input == input)
            // What went out is canonical: it can stand in an event as it is.
            let canonical = JSONText(String(decoding: "".utf8, as: UTF8.self) + heard.calls[0].input)
            #expect(batch.escaped == canonical.escaped)
        }
    }

    // MARK: Text and reasoning

    struct TextCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var deltas: [String]
        var text: String
        var reasoning: String
        var refusal = ""

        init(_ name: String, _ deltas: [String], text: String = "", reasoning: String = "", refusal: String = "") {
            (testDescription, self.deltas) = (name, deltas)
            (self.text, self.reasoning, self.refusal) = (text, reasoning, refusal)
        }
    }

    static func content(_ pieces: String...) -> [String] {
        pieces.map { #"{"content":"\#($0)"}"# }
    }

    static let textCases = [
        TextCase("null and empty", [#"{"role":"assistant","content":null}"#, #"{"content":""}"#, #"{"content":"a"}"#], text: "a"),
        TextCase("escapes", content(#"\u00e4\n\"\/"#), text: "ä\n\"/"),
        TextCase("reasoning_content", [#"{"reasoning_content":"why"}"#, #"{"content":"so"}"#], text: "so", reasoning: "why"),
        TextCase("reasoning", [#"{"content":null,"reasoning":"why"}"#, #"{"content":"so"}"#], text: "so", reasoning: "why"),
        TextCase("both names with one text", [#"{"reasoning":"why","reasoning_content":"why"}"#], reasoning: "why"),
        TextCase("both names, one empty", [#"{"reasoning":"","reasoning_content":"why"}"#], reasoning: "why"),
        TextCase("content before reasoning in one delta", [#"{"content":"so","reasoning":"why"}"#], text: "so", reasoning: "why"),
        TextCase("refusal", [#"{"refusal":"no"}"#], refusal: "no"),
        TextCase(
            "parts", [#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"so"}]}"#],
            text: "so", reasoning: "hm"),
        TextCase("think tags", content("<think>", "why", "</think>", "so"), text: "so", reasoning: "why"),
        TextCase("think tags in pieces", content("<th", "ink>w", "hy</", "thi", "nk>s", "o"), text: "so", reasoning: "why"),
        TextCase("think tags with white space", content(#"\n "#, #"<think>\n"#, "why", #"</think>\n\n"#, "so"), text: "so", reasoning: "why"),
        TextCase("an empty thought", content(#"<think>\n\n</think>\n\nso"#), text: "so"),
        TextCase("an unfinished thought", content("<think>why</thi"), reasoning: "why</thi"),
        TextCase("escaped brackets", content(#"\u003cthink\u003ewhy\u003c/think\u003eso"#), text: "so", reasoning: "why"),
        TextCase("a tag that is none", content("<thin", "g>"), text: "<thing>"),
        TextCase("a tag later on", content("I <think>not</think>"), text: "I <think>not</think>"),
        TextCase("a second thought", content("<think>a</think>b<think>c</think>"), text: "b<think>c</think>", reasoning: "a"),
        TextCase("half a closing tag inside", content("<think>a</think", "er></th", "ink>b"), text: "b", reasoning: "a</thinker>"),
        TextCase("reasoning parted by the engine", [#"{"reasoning":"a"}"#, #"{"content":"<think>b"}"#], text: "<think>b", reasoning: "a"),
        TextCase("only white space", content(#" \n "#), text: " \n "),
    ]

    @Test(arguments: textCases)
    func textComesOut(_ expected: TextCase) throws {
        let heard = try hear(stream(expected.deltas))
        #expect(heard.text == expected.text)
        #expect(heard.reasoning == expected.reasoning)
        #expect(heard.refusal == expected.refusal)
        #expect(heard.wrongs.isEmpty)
    }

    @Test func thinkTagsStayWhenTold() throws {
        #expect(try hear(stream(Self.content("<think>a</think>b")), partsThinkTags: false).text == "<think>a</think>b")
    }

    @Test func reasoningTokensAreEstimatedByTheirShare() throws {
        let bytes = Array(
            """
            data: {"choices":[{"index":0,"delta":{"reasoning":"123456"}}]}

            data: {"choices":[{"index":0,"delta":{"content":"1234"},"finish_reason":"stop"}]}

            data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":20}}

            data: [DONE]

            """.utf8)
        #expect(try hear(bytes).usage == Usage(inputTokens: 5, outputTokens: 20, reasoningTokens: 12))
    }

    // MARK: Ends

    @Test(arguments: [
        ("stop", FinishReason.stop), ("tool_calls", .stop), ("function_call", .stop), ("eos", .stop), ("length", .length),
        ("content_filter", .contentFilter),
    ])
    func finishReasons(_ word: String, _ expected: FinishReason) throws {
        #expect(try hear(stream(Self.content("a"), finish: word)).finish == expected)
    }

    /// vLLM says which stop string it met, or which token.
    @Test(arguments: [(#""END\n""#, "END\n"), ("null", nil), ("128001", nil)] as [(String, String?)])
    func stopStringsAreNamed(_ sent: String, _ expected: String?) throws {
        let bytes = Array(#"data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop","stop_reason":\#(sent)}]}"#.utf8)
        let heard = try hear(bytes + Array("\n\n".utf8))
        #expect(heard.stopString == expected && heard.finish == .stop)
    }

    @Test(arguments: ["error", "abort"])
    func givingUpIsAFailure(_ word: String) {
        let error = #expect(throws: EngineError.self) { try hear(stream(Self.content("a"), finish: word)) }
        #expect(error?.kind == .failed)
    }

    @Test(arguments: [
        (#"{"error":{"message":"boom","type":"server_error","code":500}}"#, EngineError.Kind.failed),
        (#"{"error":"boom"}"#, .failed), (#"{"object":"error","message":"boom","code":400}"#, .invalidRequest),
        (#"{"error":{"message":"maximum context length is 5","code":400}}"#, .contextLengthExceeded),
        (#"{"error":{"message":"slow down","code":429}}"#, .rateLimited), (#"{"choices":[{"#, .interrupted), ("no json", .interrupted), ("Internal error", .failed),
        (#"{"choices":[]} extra"#, .interrupted),
    ])
    func wrongChunksFail(_ chunk: String, _ kind: EngineError.Kind) {
        let error = #expect(throws: EngineError.self) { try hear(Array("data: \(chunk)\n\ndata: [DONE]\n\n".utf8)) }
        #expect(error?.kind == kind)
    }

    @Test func unknownShapesArePassedOver() throws {
        let bytes = Array(
            """
            data: {"error":null,"choices":null}

            data: {"choices":[null,3,{"delta":null},{"index":1,"delta":{"content":"x"}},{"delta":{"content":"b"},"index":1}]}

            data: []

            data: {"prompt_progress":{"total":1},"choices":[{"delta":{"content":"a","weird":{"content":"z"}},"index":0}],"usage":null}

            data: {"choices":[{"delta":{},"finish_reason":"stop"}]}

            """.utf8)
        let heard = try hear(bytes)
        #expect(heard.text == "a")
        #expect(heard.finish == .stop)
    }
}
