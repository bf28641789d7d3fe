import NIOCore
import Testing

@testable import ResponsesServer

/// Who reads slowly is kept, who does not read at all is not.
@Suite struct SlowReaderTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    @Test func whoTakesNothingIsDropped() {
        var reader = StalledReader(within: .seconds(100), taken: 7, now: start)
        #expect(reader.look(taken: 7, at: at(0)) == .look(at: at(25)))
        #expect(reader.look(taken: 7, at: at(25)) == .look(at: at(50)))
        #expect(reader.look(taken: 7, at: at(90)) == .look(at: at(100)))
        #expect(reader.look(taken: 7, at: at(100)) == .drop)
    }

    /// One byte is enough, and what was taken before does not count again.
    @Test func whoTakesSomethingIsKept() {
        var reader = StalledReader(within: .seconds(100), taken: -1_000, now: start)
        var taken = -1_000
        for second in stride(from: Int64(25), through: 10_000, by: 25) {
            if second % 100 == 0 { taken += 1 }
            #expect(reader.look(taken: taken, at: at(second)) != .drop)
        }
        for second in [10_025, 10_050, 10_075] as [Int64] { #expect(reader.look(taken: taken, at: at(second)) != .drop) }
        #expect(reader.look(taken: taken, at: at(10_100)) == .drop)
    }
}
