import ResponsesAPI
import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// Recorded streams of llama.cpp and vLLM, whole and in pieces.
struct TranscriptTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: Int
        var reasoning = 0
        var calls = 0
        var finish: FinishReason
        var input: Int
        var cached = 0
        var output: Int
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "llamacpp/chat_stream", text: 94, finish: .stop, input: 27, cached: 26, output: 37),
        Case(name: "llamacpp/chat_stream_length", text: 10, finish: .length, input: 27, cached: 26, output: 4),
        Case(name: "llamacpp/chat_stream_logprobs", text: 7, finish: .length, input: 27, cached: 26, output: 3),
        // Two choices: the one that began first is ours.
        Case(name: "llamacpp/chat_stream_n2", text: 7, finish: .length, input: 27, cached: 26, output: 4),
        // No usage was asked for: llama.cpp's timings tell the counts.
        Case(name: "llamacpp/chat_stream_no_usage", text: 94, finish: .stop, input: 27, cached: 26, output: 37),
        Case(name: "llamacpp/chat_stream_progress", text: 5, finish: .length, input: 2720, output: 2),
        Case(name: "llamacpp/chat_stream_reasoning", text: 26, reasoning: 54, finish: .stop, input: 23, cached: 22, output: 37),
        Case(name: "llamacpp/chat_stream_stop", text: 2, finish: .stop, input: 27, cached: 26, output: 2),
        Case(name: "llamacpp/chat_stream_timings", text: 7, finish: .length, input: 27, cached: 26, output: 3),
        Case(name: "llamacpp/json_object_stream", text: 31, finish: .stop, input: 27, cached: 26, output: 27),
        Case(name: "llamacpp/json_schema_stream", text: 69, finish: .stop, input: 27, cached: 26, output: 69),
        Case(name: "llamacpp/raw_stream", text: 56, finish: .length, input: 20, output: 40),
        Case(name: "llamacpp/tools_auto_stream", text: 397, calls: 4, finish: .length, input: 385, cached: 381, output: 400),
        Case(name: "llamacpp/tools_named_stream", text: 64, finish: .stop, input: 385, cached: 384, output: 26),
        Case(name: "llamacpp/tools_required_cut_stream", text: 326, calls: 1, finish: .length, input: 385, cached: 384, output: 196),
        Case(name: "llamacpp/tools_required_parallel_stream", text: 9, calls: 9, finish: .length, input: 385, cached: 384, output: 600),
        Case(name: "llamacpp/tools_required_reasoning_stream", text: 137, reasoning: 64, calls: 1, finish: .stop, input: 381, cached: 380, output: 183),
        Case(name: "llamacpp/tools_required_stream", text: 326, calls: 1, finish: .stop, input: 385, cached: 384, output: 218),
        Case(name: "llamacpp/tools_result_stream", text: 90, calls: 1, finish: .length, input: 431, cached: 379, output: 60),
        Case(name: "llamacpp/warm_0_stream", text: 1, finish: .length, input: 2720, cached: 2719, output: 1),
        Case(name: "llamacpp/warm_1_stream", text: 1, finish: .length, input: 2720, cached: 1, output: 1),
        Case(name: "llamacpp/warm_1_then_stream", text: 5, finish: .length, input: 2720, cached: 2719, output: 2),
        Case(name: "vllm/chat_stream", text: 99, finish: .length, input: 27, output: 60),
        Case(name: "vllm/chat_stream_length", text: 4, finish: .length, input: 27, output: 4),
        Case(name: "vllm/chat_stream_logprobs", text: 4, finish: .length, input: 27, output: 3),
        // No usage and no timings: estimated from bytes.
        Case(name: "vllm/chat_stream_no_usage", text: 99, finish: .length, input: 100, output: 38),
        Case(name: "vllm/json_schema_stream", text: 67, finish: .stop, input: 27, output: 62),
        Case(name: "vllm/tools_auto_stream", text: 29, finish: .length, input: 385, output: 400),
        Case(name: "vllm/tools_named_stream", text: 0, calls: 1, finish: .stop, input: 385, output: 190),
        Case(name: "vllm/tools_required_stream", text: 0, calls: 1, finish: .stop, input: 385, output: 190),
        Case(name: "vllm/warm_1_stream", text: 1, finish: .length, input: 2720, output: 1),
    ]

    @Test(arguments: cases)
    func streamIsHeardWhole(_ expected: Case) throws {
        let bytes = try Fixture.bytes("\(expected.name).sse")
        let heard = try hear(bytes)
        #expect(heard.text.unicodeScalars.count == expected.text)
        #expect(heard.reasoning.unicodeScalars.count == expected.reasoning)
        #expect(heard.calls.count == expected.calls)
        #expect(heard.calls.allSatisfy { ["get_time", "get_weather"].contains($0.name) && $0.id != nil })
        #expect(heard.finish == expected.finish)
        #expect(heard.usage?.inputTokens == expected.input)
        #expect(heard.usage?.cachedTokens == expected.cached)
        #expect(heard.usage?.outputTokens == expected.output)
        #expect((heard.usage?.reasoningTokens ?? 0 > 0) == (expected.reasoning > 0))
        #expect(heard.wrongs.isEmpty)
        if expected.finish == .stop {
            for call in heard.calls { #expect((try? RawJSON(parsing: call.input)) != nil) }
        }
        for seed in 1...8 as ClosedRange<UInt64> {
            var inPieces = try hear(bytes, pieces: { Int.random(in: 1...40, using: &$0) }, seed: seed)
            inPieces.batches = heard.batches
            #expect(inPieces == heard)
        }
    }

    @Test(arguments: ["llamacpp/killed_stream", "llamacpp/terminated_stream"])
    func streamThatStopsIsInterrupted(_ name: String) throws {
        let bytes = try Fixture.bytes("\(name).sse")
        #expect(throws: EngineError(.interrupted, "The engine's answer stopped in the middle. Try again.")) {
            try hear(bytes)
        }
    }

    @Test func errorInsideTheStreamFails() throws {
        let bytes = try Fixture.bytes("vllm/engine_died_stream.sse")
        let error = #expect(throws: EngineError.self) { try hear(bytes) }
        #expect(error?.kind == .failed)
    }

    @Test func parallelCallsAreCutToTheFirst() throws {
        let bytes = try Fixture.bytes("llamacpp/tools_required_parallel_stream.sse")
        let all = try hear(bytes)
        let first = try hear(bytes, tools: .of(#"{"tools":[{"type":"function","name":"get_time"}],"parallel_tool_calls":false}"#))
        #expect(all.calls.count == 9)
        #expect(first.calls == [all.calls[0]])
    }

    @Test func toolThatIsNotAllowedIsNotSeen() throws {
        let bytes = try Fixture.bytes("llamacpp/tools_required_stream.sse")
        let heard = try hear(
            bytes,
            tools: .of(
                #"""
                {"tools":[{"type":"function","name":"get_time"},{"type":"function","name":"other"}],
                 "tool_choice":{"type":"allowed_tools","tools":[{"type":"function","name":"other"}]}}
                """#))
        #expect(heard.calls.isEmpty)
        #expect(heard.finish == .stop)
    }

    @Test func logprobsFollowTheirText() throws {
        let bytes = try Fixture.bytes("vllm/chat_stream_logprobs.sse")
        #expect(try hear(bytes).logprobs.isEmpty)
        let heard = try hear(bytes, wantsLogprobs: true)
        #expect(heard.logprobs.count == 3)
        #expect(heard.logprobs[0].hasPrefix(#"[{"token":"g","logprob":-5.92"#))
    }

    @Test(arguments: ["llamacpp/chat", "llamacpp/chat_reasoning", "llamacpp/tools_required", "vllm/chat"])
    func wholeCompletionIsHeardLikeAStream(_ name: String) throws {
        var chunks = ChatChunkReader(.init(calls: ToolSelection.anything.calls))
        var batch = GenerationBatch()
        try Fixture.bytes("\(name).json").withUnsafeBufferPointer { try chunks.read($0, into: &batch) }
        let result = try chunks.end(isMarked: true, into: &batch)
        var heard = Heard()
        heard.add(batch)
        heard.add(result)
        #expect(heard.finish != nil)
        #expect(!heard.text.isEmpty || !heard.calls.isEmpty)
        #expect(heard.reasoning.isEmpty == (name != "llamacpp/chat_reasoning"))
        #expect(heard.usage?.inputTokens ?? 0 > 20)
    }
}
