import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import OpenAICompatibleEngine

/// Goal: the answer that comes out is the one that the engine meant, or the turn fails with its words, in whatever way the
/// engine puts it into a stream. Method: answers and ways at random (`StreamVariant`), cut into pieces at random.
struct StreamVariantTests {
    private static let tools = ToolSelection.of(
        #"{"tools":[{"type":"function","name":"f"},{"type":"function","name":"g"},{"type":"function","name":"get_weather"}]}"#)

    @Test(arguments: 0..<600 as Range<UInt64>)
    func whatIsMeantComesOut(seed: UInt64) throws {
        let variant = StreamVariant(seed: seed)
        for pieceMax in [Int.max, 40, 1] {
            let heard: Heard
            do {
                heard = try hear(variant.bytes, tools: Self.tools, pieces: { pieceMax == .max ? .max : Int.random(in: 1...pieceMax, using: &$0) }, seed: seed)
            } catch let error as EngineError {
                switch variant.end {
                case .whole: Issue.record("\(error.message)\n\(variant)")
                case .cut: #expect(error.kind == .interrupted, "\(variant)")
                case .failed: #expect(error.message.contains(StreamVariant.words), "\(error)\n\(variant)")
                }
                continue
            }
            guard case .whole(let finish) = variant.end else {
                Issue.record("no failure: \(variant)")
                continue
            }
            #expect(heard.finish == finish, "\(variant)")
            #expect(heard.text == variant.text, "\(variant)")
            #expect(heard.reasoning == variant.reasoning, "\(variant)")
            #expect(heard.refusal == variant.refusal, "\(variant)")
            #expect(heard.calls.map { StreamVariant.Call(name: $0.name, arguments: $0.input) } == variant.calls, "\(variant)")
            #expect(heard.usage?.inputTokens == variant.usage.inputTokens && heard.usage?.outputTokens == variant.usage.outputTokens, "\(variant)")
            #expect(heard.wrongs.isEmpty, "\(variant)")
        }
    }

    /// A generator that never makes a thing proves nothing of it.
    @Test func everyWayIsTaken() {
        var seen: Set<String> = []
        for seed in 0..<600 as Range<UInt64> { seen.formUnion(StreamVariant(seed: seed).choices) }
        #expect(seen.count > 60)
    }
}
