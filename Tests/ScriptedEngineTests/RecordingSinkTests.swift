import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@Suite struct RecordingSinkTests {
    @Test func itTellsWhatCameAtTheWrongTime() async {
        let sink = RecordingSink(pace: .manual)
        var batch = GenerationBatch()
        batch.append(text: "a")
        sink.send(batch)
        #expect(!sink.isReady && sink.sentUnready == 0)
        sink.send(batch)
        #expect(sink.sentUnready == 1)
        sink.close()
        sink.release()
        sink.send(batch)
        #expect(sink.sentLate == 1 && sink.sentUnready == 1)
        #expect(sink.generation(nil).text == "aaa")
        #expect(await sink.waitUntilAwaited() == false)
    }

    @Test func readyReturnsWhenReleasedOrCancelled() async {
        let sink = RecordingSink(pace: .manual)
        sink.send(GenerationBatch())
        await withTaskGroup { group in
            group.addTask { await sink.ready() }
            #expect(await sink.waitUntilAwaited())
            sink.release()
        }
        sink.send(GenerationBatch())
        await withTaskGroup { group in
            group.addTask { await sink.ready() }
            #expect(await sink.waitUntilAwaited())
            group.cancelAll()
        }
        #expect(!sink.isReady)
    }

    @Test func recordedGenerationsFindBrokenRules() {
        func problems(_ usage: Usage = Usage(), _ fill: (inout GenerationBatch) -> Void) -> Int {
            var batch = GenerationBatch()
            fill(&batch)
            return RecordedGeneration([batch], GenerationResult(finish: .stop, usage: usage)).problems.count
        }
        #expect(problems { _ in } == 0)
        #expect(problems { $0.append(usage: Usage()) } == 0)
        #expect(problems { $0.append(usage: Usage(inputTokens: 1, cachedTokens: 2)) } == 1)
        #expect(problems(Usage(inputTokens: 1, cachedTokens: 2)) { _ in } == 1)
        #expect(problems(Usage(inputTokens: -1)) { _ in } > 0)
        #expect(problems { $0.append(call: 0, input: "{}") } == 1)
    }
}
