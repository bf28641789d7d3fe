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
