import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import OpenAICompatibleEngine

/// A chunk that is like the last one but for its text is taken as it would have been read.
struct ChunkShapeTests {
    private func learned(_ chunk: String, _ text: String) -> ChunkShape {
        var shape = ChunkShape()
        let bytes = Array(chunk.utf8)
        let place = bytes.firstRange(of: Array(text.utf8))!
        bytes.withUnsafeBufferPointer { shape.learn($0, ChunkShape.Text(kind: .answer, range: place)) }
        return shape
    }

    @Test(arguments: [
        (#"{"content":"and","n":null}"#, "and"), (#"{"content":"\n\u00e9","n":null}"#, #"\n\u00e9"#),
        (#"{"content":"Straße","n":null}"#, "Straße"), (#"{"content":"","n":null}"#, nil),
        // Not the same before, after, or both ends of one string.
        (#"{"contend":"and","n":null}"#, nil), (#"{"content":"and","n":1234}"#, nil), (#"{"content":"and"}"#, nil),
        (#"{"content":"a","n":null,"content":"b","n":null}"#, nil), (#"{"content":"a"b","n":null}"#, nil),
        (#"{"content":"a\","n":null}"#, nil), ("{\"content\":\"a\nb\",\"n\":null}", nil), ("", nil), ("{", nil),
    ] as [(String, String?)])
    func knowsItsLike(_ chunk: String, _ text: String?) {
        let shape = learned(#"{"content":"text","n":null}"#, "text")
        let found = Array(chunk.utf8).withUnsafeBufferPointer { bytes in
            shape.text(of: bytes).map { String(decoding: bytes[$0.span.range], as: UTF8.self) }
        }
        #expect(found == text)
    }

    @Test func nothingIsKnownAtFirst() {
        #expect(Array("{}".utf8).withUnsafeBufferPointer { ChunkShape().text(of: $0) == nil })
    }

    /// Chunks of many kinds in any order are read to the same events, whether the reader may know their like or not.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func changesNothingThatIsHeard(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let chunks = Self.chunks(&random)
        // A space more at every other end: never like the chunk before.
        let unlike = chunks.enumerated().map { $1 + ($0.isMultiple(of: 2) ? "" : " ") }
        #expect(heard(chunks) == heard(unlike))
    }

    private func heard(_ chunks: [String]) -> [String] {
        var options = ChatChunkReader.Options(calls: CallPolicy())
        options.wantsLogprobs = true
        var reader = ChatChunkReader(options)
        var batch = GenerationBatch()
        var lines: [String] = []
        do throws(EngineError) {
            for chunk in chunks {
                try Array(chunk.utf8).withUnsafeBufferPointer { bytes throws(EngineError) in try reader.read(bytes, into: &batch) }
            }
            lines.append("\(try reader.end(isMarked: false, into: &batch))")
        } catch {
            lines.append("\(error.kind)")
        }
        return batch.events.map { "\($0)" } + [String(decoding: batch.escaped, as: UTF8.self)] + lines
    }

    private static func chunks(_ random: inout SplitMix64) -> [String] {
        let texts = [
            "", " word", "<think>", "</think>", "\\n", "\\u00e9\\/", "é", "\\\"", "}", "\\\\", "a longer text, with more to it",
        ]
        let frames: [(String) -> String] = [
            { #"{"id":"1","choices":[{"index":0,"delta":{"content":"\#($0)"},"finish_reason":null}]}"# },
            { #"{"id":"1","choices":[{"index":0,"delta":{"content":"\#($0)"},"finish_reason":null}],"usage":null}"# },
            { #"{"choices":[{"delta":{"role":"assistant","content":"\#($0)"},"index":0,"logprobs":null}]}"# },
            { #"{"choices":[{"index":0,"delta":{"reasoning_content":"\#($0)","tool_calls":null}}]}"# },
            { #"{"choices":[{"index":0,"delta":{"content":"\#($0)","reasoning":"r"}}]}"# },
            { #"{"choices":[{"index":0,"delta":{"content":"\#($0)"}},{"index":0,"delta":{"content":"y"}}]}"# },
            { #"{"choices":[{"index":1,"delta":{"content":"\#($0)"}}]}"# },
            { #"{"choices":[{"index":0,"delta":{"content":"\#($0)"},"logprobs":{"content":[{"token":"a"}]}}]}"# },
            { #"{"choices":[{"index":0,"delta":{"content":"\#($0)"}}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"# },
            { #"{"choices":[{"index":0,"delta":{"content":"\#($0)"}}],"timings":{"prompt_n":3,"predicted_n":2}}"# },
            { #"{"choices":[{"index":0,"delta":{"content":"\#($0)","refusal":"no"}}]}"# },
            { #"{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"\#($0)"}]}}]}"# },
            { #"{"choices":[{"index":0,"delta":{"content":"\#($0)","tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]}}]}"# },
        ]
        var chunks: [String] = []
        while chunks.count < 60 {
            // Runs of one frame, as streams have them.
            let frame = frames[random.next(below: frames.count)]
            for _ in 0...random.next(below: 6) { chunks.append(frame(texts[random.next(below: texts.count)])) }
        }
        if random.chance(30) { chunks.insert(#"{"choices":[{"index":0,"delta":{"content":"a"b"}}]}"#, at: random.next(below: chunks.count)) }
        if random.chance(30) { chunks.insert(#"{"error":{"message":"boom"}}"#, at: random.next(below: chunks.count)) }
        let end = #"{"choices":[{"index":0,"delta":{"content":"last"},"finish_reason":"stop"}]}"#
        return chunks + [end] + chunks.prefix(3)
    }
}
