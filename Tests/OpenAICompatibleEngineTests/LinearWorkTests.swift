import AllocationCounter
import NIOCore
import ResponsesAPI
import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// Work grows with what is sent, whatever that is: counted in bytes taken of the allocator, at two sizes.
@Suite(.enabled(if: AllocationCounter.works)) struct LinearWorkTests {
    /// Linear work makes it 4; 16 is quadratic.
    private static let growthMax = 4.5

    struct Shape: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var item: @Sendable (_ index: Int, _ count: Int) -> String

        init(_ name: String, _ item: @escaping @Sendable (Int, Int) -> String) { (testDescription, self.item) = (name, item) }
    }

    private static func call(_ index: Int) -> String {
        #"{"type":"function_call","call_id":"c\#(index)","name":"f","arguments":"{}"}"#
    }

    static let shapes = [
        Shape("calls") { index, _ in call(index) },
        Shape("custom calls") { index, _ in #"{"type":"custom_tool_call","call_id":"c\#(index)","name":"f","input":"i"}"# },
        Shape("calls, then outputs in reverse") { index, count in
            index < count / 2
                ? call(index) : #"{"type":"function_call_output","call_id":"c\#(count - 1 - index)","output":"o"}"#
        },
        Shape("calls and outputs in turn") { index, _ in
            index % 2 == 0 ? call(index) : #"{"type":"function_call_output","call_id":"c\#(index - 1)","output":"o"}"#
        },
        Shape("outputs with images") { index, _ in
            #"{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"data:\#(index)"}]}"#
        },
        Shape("reasoning") { index, _ in
            #"{"type":"reasoning","id":"r\#(index)","summary":[],"content":[{"type":"reasoning_text","text":"t"}]}"#
        },
        Shape("assistant texts") { _, _ in #"{"role":"assistant","content":"a"}"# },
        Shape("user texts") { _, _ in #"{"role":"user","content":"u"}"# },
        Shape("user images") { index, _ in
            #"{"role":"user","content":[{"type":"input_text","text":"u"},{"type":"input_image","image_url":"data:\#(index)"}]}"#
        },
        Shape("system texts") { _, _ in #"{"role":"system","content":"s"}"# },
        Shape("reasoning, text and call in turn") { index, _ in
            switch index % 3 {
            case 0: #"{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"t"}]}"#
            case 1: #"{"role":"assistant","content":[{"type":"output_text","text":"a"},{"type":"refusal","refusal":"r"}]}"#
            default: call(index)
            }
        },
        Shape("all roles in turn") { index, _ in
            let role = ["user", "assistant", "developer", "system"][index % 4]
            return #"{"role":"\#(role)","content":"x"}"#
        },
    ]

    private static func request(_ shape: Shape, _ count: Int) -> [UInt8] {
        Array(#"{"model":"m","input":[\#((0..<count).map { shape.item($0, count) }.joined(separator: ","))]}"#.utf8)
    }

    @Test(arguments: shapes)
    func parsingFoldingAndWritingAreLinear(_ shape: Shape) throws {
        let tools = ToolSelection.of("{}")
        let requests = [4, 600, 2400].map { ($0, Self.request(shape, $0)) }
        let growth = try AllocationCounter.growth(from: 600) { count in
            let create = try CreateRequest(parsing: #require(requests.first { $0.0 == count }?.1))
            let prompt = try ChatDialect().extend(nil, with: create.input)
            let request = GenerationRequest(create, model: "m", prompt: prompt)
            return try ChatRequestBody(request, purpose: .generation, tools: tools, form: AdaptedProfile(EngineProfile())).length
        }
        #expect(growth <= Self.growthMax)
    }

    /// A chain of turns of one item each, every prompt of which is kept, as nodes keep them.
    @Test(arguments: shapes)
    func aChainCostsWhatItsTurnsAdd(_ shape: Shape) throws {
        let chains = try [4, 600, 2400].map { count in
            (count, try (0..<count).map { try Item(RawJSON(parsing: shape.item($0, count))) })
        }
        let growth = try AllocationCounter.growth(from: 600) { count in
            var prompts: [ChatPrompt] = []
            for item in try #require(chains.first { $0.0 == count }?.1) {
                prompts.append(try ChatDialect().extend(prompts.last, with: [item]))
            }
            return prompts
        }
        #expect(growth <= Self.growthMax)
    }

    // MARK: Answers

    private static func call(_ rest: String) -> String { #"{"tool_calls":[{\#(rest)}]}"# }

    static let answers = [
        Shape("calls with indices in reverse") { index, count in
            call(#""index":\#(count - index),"id":"call_\#(100_000 + index)","function":{"name":"f","arguments":"{}"}"#)
        },
        Shape("calls with fragments in turn") { index, count in
            let number = index % (count / 2)
            return index < count / 2
                ? call(#""index":\#(number),"id":"call_\#(100_000 + number)","function":{"name":"f","arguments":"{"}"#)
                : call(#""index":\#(number),"function":{"arguments":"}"}"#)
        },
        Shape("arguments in pieces") { _, _ in call(#""index":0,"function":{"name":"f","arguments":"x"}"#) },
        Shape("input of a custom tool in pieces") { index, _ in
            index == 0
                ? call(#""index":0,"function":{"name":"shell","arguments":"{\"input\":\""}"#)
                : call(#""index":0,"function":{"arguments":"x\\"}"#)
        },
        Shape("input of a custom tool that does not begin") { _, _ in
            call(#""index":0,"function":{"name":"shell","arguments":"x"}"#)
        },
        Shape("arguments before a name") { _, _ in call(#""index":0,"id":"call_11111111","function":{"arguments":"x"}"#) },
        Shape("a thought in pieces") { index, _ in
            #"{"content":"\#(index < 7 ? String(Array("<think>")[index]) : "<")"}"#
        },
        Shape("blanks before a thought") { _, _ in #"{"content":" "}"# },
    ]

    @Test(arguments: answers)
    func readingAnAnswerIsLinear(_ shape: Shape) throws {
        let tools = ToolSelection.of(#"{"tools":[{"type":"custom","name":"shell"},{"type":"function","name":"f"}]}"#)
        let streams = [4, 600, 2400].map { count in
            (count, stream((0..<count).map { shape.item($0, count) }, finish: "length"))
        }
        let growth = try AllocationCounter.growth(from: 600) { count in
            try hearNothing(try #require(streams.first { $0.0 == count }?.1), tools: tools)
        }
        #expect(growth <= Self.growthMax)
    }

    /// Reads a stream whole, as a transport does, and counts events only.
    private func hearNothing(_ stream: [UInt8], tools: ToolSelection) throws -> Int {
        var reader = SSEReader(lengthMax: 1 << 20)
        var chunks = ChatChunkReader(ChatChunkReader.Options(calls: tools.calls))
        var batch = GenerationBatch()
        var events = 0
        try stream.withUnsafeBufferPointer { bytes in
            try reader.read(bytes) { event in
                if ChatChunkReader.isDone(event.data) { return }
                try chunks.read(event.data, into: &batch)
                events += batch.events.count
                batch.removeAll()
            }
        }
        return events
    }
}

/// Work that takes nothing of the allocator, so that it can only be seen by its time: each of these takes minutes when it is
/// quadratic.
@Suite(.timeLimit(.minutes(1))) struct LinearTimeTests {
    private func read(_ texts: [String], _ calls: CallPolicy) throws -> ChatChunkReader {
        var reader = ChatChunkReader(ChatChunkReader.Options(calls: calls))
        var batch = GenerationBatch()
        for text in texts {
            try Array(text.utf8).withUnsafeBufferPointer { try reader.read($0, into: &batch) }
            batch.removeAll()
        }
        return reader
    }

    private func chunk(_ calls: [String], finish: String = "null") -> String {
        #"{"choices":[{"index":0,"delta":{"tool_calls":[\#(calls.joined(separator: ","))]},"finish_reason":\#(finish)}]}"#
    }

    @Test func callsWithoutIndexAndID() throws {
        let call = #"{"function":{"name":"f","arguments":"{}"}}"#
        _ = try read([chunk([String](repeating: call, count: 131_072))], CallPolicy())
    }

    /// Calls that the client may not see are no items of its response, so no limit of those ends it.
    @Test func callsBehindTheEnd() throws {
        let calls = (0..<60_000).map { #"{"index":\#($0),"function":{"name":"f\#($0)"}}"# }
        let late = [String](repeating: #"{"function":{"name":"f59999"}}"#, count: 60_000)
        var reader = try read([chunk(calls, finish: #""stop""#), chunk(late)], CallPolicy(allowed: []))
        var batch = GenerationBatch()
        #expect(try reader.end(isMarked: true, into: &batch).finish == .stop)
    }

    @Test func secretsInLongNames() throws {
        let spellings = SecretSpellings(["Zq7-secret-of-the-engine-0123456789-abcdef"])
        let name = String(repeating: "a tool that nobody offered ", count: 40_000)
        #expect(!spellings.occur(in: name))
        #expect(spellings.occur(in: name + "OF-THE-ENGINE-0"))
        #expect(spellings.occur(in: "zq7-secret-of"))
        #expect(!SecretSpellings(["abc"]).occur(in: "xabcx") && SecretSpellings(["abc"]).occur(in: "x abc x"))
    }
}
