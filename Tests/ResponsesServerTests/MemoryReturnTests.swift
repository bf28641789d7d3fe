import Synchronization
import Testing

@testable import ResponsesServer

@Suite struct MemoryReturnTests {
    private let enough = TrimSchedule.bytesMin

    @Test func littleIsNotGivenBack() {
        var schedule = TrimSchedule()
        #expect(schedule.released(enough - 1, at: .seconds(1)) == nil)
        #expect(schedule.released(1, at: .seconds(100)) == .milliseconds(250), "It adds up.")
    }

    @Test func oneIsPlannedAtATimeAndTheNextASecondLater() {
        var schedule = TrimSchedule()
        #expect(schedule.released(enough, at: .seconds(1)) == .milliseconds(250))
        #expect(schedule.released(enough, at: .seconds(1)) == nil, "It goes with the one that is planned.")
        schedule.begins(at: .seconds(2))
        #expect(schedule.ended(at: .seconds(2)) == nil)
        #expect(schedule.released(enough, at: .seconds(2) + .milliseconds(100)) == .milliseconds(900))
        schedule.begins(at: .seconds(4))
        // Freed while it was at it.
        #expect(schedule.released(enough, at: .seconds(4)) == nil)
        #expect(schedule.ended(at: .seconds(4)) == .seconds(1))
        schedule.begins(at: .seconds(5))
        #expect(schedule.ended(at: .seconds(5)) == nil)
        #expect(schedule.released(enough, at: .seconds(50)) == .milliseconds(250))
    }

    @Test func oneThatTakesLongIsSeldom() {
        var schedule = TrimSchedule()
        _ = schedule.released(enough, at: .seconds(1))
        schedule.begins(at: .seconds(2))
        _ = schedule.released(enough, at: .seconds(2))
        #expect(schedule.ended(at: .seconds(2) + .milliseconds(100)) == .seconds(100))
    }

    @Test func whatFailsIsPlannedAgain() {
        var schedule = TrimSchedule()
        #expect(schedule.released(enough, at: .seconds(1)) != nil)
        schedule.failed()
        #expect(schedule.released(1, at: .seconds(1)) != nil)
    }

    @Test func aLargeReleaseIsTrimmedOnceByOneThread() {
        let trims = Atomic<Int>(0)
        let waits = Mutex<[Duration]>([])
        let threads = Mutex<[@Sendable () -> Void]>([])
        let memory = MemoryReturn(
            trim: { trims.add(1, ordering: .relaxed) }, wait: { delay in waits.withLock { $0.append(delay) } },
            start: { body in
                threads.withLock { $0.append(body) }
                return true
            })
        for _ in 0..<1000 { memory.released(enough / 100) }
        #expect(threads.withLock { $0.count } == 1 && trims.load(ordering: .relaxed) == 0)
        threads.withLock { $0.removeFirst() }()
        #expect(trims.load(ordering: .relaxed) == 1)
        #expect(waits.withLock { $0 } == [.milliseconds(250)])
        memory.released(enough / 4)
        memory.released(-enough)
        #expect(threads.withLock { $0.isEmpty })
        memory.released(enough)
        #expect(threads.withLock { $0.count } == 1)
    }

    @Test func withoutAThreadTheNextReleaseTries() {
        let tries = Atomic<Int>(0)
        let memory = MemoryReturn(
            trim: {}, wait: { _ in },
            start: { _ in
                tries.add(1, ordering: .relaxed)
                return false
            })
        for _ in 0..<3 { memory.released(enough) }
        #expect(tries.load(ordering: .relaxed) == 3)
    }
}
