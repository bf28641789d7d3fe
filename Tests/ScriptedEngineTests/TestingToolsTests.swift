import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@Suite struct ManualClockTests {
    private actor Log {
        private(set) var entries: [Int] = []
        func add(_ entry: Int) { entries.append(entry) }
    }

    @Test func sleepersWakeInOrder() async throws {
        let clock = ManualClock()
        let woken = Log()
        try await withThrowingTaskGroup { group in
            for seconds in [3, 1, 2] {
                group.addTask {
                    try await clock.sleep(for: .seconds(seconds))
                    await woken.add(seconds)
                }
            }
            await clock.waitForSleepers(3)
            #expect(clock.nextDeadline == .init(offset: .seconds(1)))
            for left in [2, 1, 0] {
                await clock.advanceToNextDeadline()
                while await woken.entries.count < 3 - left { await Task.yield() }
            }
            try await group.waitForAll()
        }
        #expect(await woken.entries == [1, 2, 3])
        #expect(clock.now.offset == .seconds(3))
    }

    @Test func timeThatHasComeNeedsNoSleep() async throws {
        let clock = ManualClock()
        clock.advance(by: .seconds(5))
        try await clock.sleep(until: .init(offset: .seconds(5)))
        clock.advance(to: .init(offset: .seconds(1)))
        #expect(clock.now.offset == .seconds(5))
    }

    @Test func cancellationWakes() async {
        let clock = ManualClock()
        await withTaskGroup { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await clock.sleep(for: .seconds(1)) }
            }
            await clock.waitForSleepers(1)
            group.cancelAll()
        }
        #expect(clock.nextDeadline == nil)
    }
}

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
        #expect(sink.generation.text == "aaa")
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
        func problems(_ fill: (inout GenerationBatch) -> Void) -> Int {
            var batch = GenerationBatch()
            fill(&batch)
            return RecordedGeneration([batch]).problems.count
        }
        #expect(problems { $0.append(usage: Usage()); $0.append(finish: .stop) } == 0)
        #expect(problems { $0.append(finish: .stop); $0.append(usage: Usage()) } == 0)
        #expect(problems { _ in } == 2)
        #expect(problems { $0.append(usage: Usage()); $0.append(finish: .stop); $0.append(finish: .stop) } == 1)
        #expect(problems { $0.append(usage: Usage(inputTokens: 1, cachedTokens: 2)); $0.append(finish: .stop) } == 1)
        #expect(problems { $0.append(call: 0, input: "{}"); $0.append(usage: Usage()); $0.append(finish: .stop) } == 1)
    }
}
