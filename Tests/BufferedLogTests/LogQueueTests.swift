import Testing

@testable import BufferedLog

/// What a buffer keeps, and where it says what it could not keep.
@Suite struct LogQueueTests {
    private func line(_ name: Character) -> [UInt8] { Array("\(name)".utf8) + [UInt8](repeating: 0x2E, count: 67) }

    /// The first letters of lines, and counts.
    private func told(_ entries: [LogQueue.Entry]) -> String {
        entries.map { entry in
            switch entry {
            case .line(let bytes): String(decoding: bytes.prefix(1), as: UTF8.self)
            case .dropped(let count): "\(count)"
            }
        }.joined()
    }

    @Test func theCountStandsWhereTheLinesAreMissing() {
        var queue = LogQueue(bytesMax: 400)
        for name in "abcdef" { queue.append(line(name)) }
        #expect(queue.dropped == 2)
        #expect(told(queue.take()) == "abcd2")
        #expect(queue.dropped == 0 && !queue.hasEntries)
    }

    @Test func whatIsBeingWrittenCountsUntilItIsSettled() {
        var queue = LogQueue(bytesMax: 400)
        for name in "abcd" { queue.append(line(name)) }
        let taken = queue.take()
        queue.append(line("e"))
        #expect(queue.dropped == 1)
        for entry in taken.prefix(3) { queue.wrote(entry) }
        queue.append(line("f"))
        queue.append(line("g"))
        #expect(queue.dropped == 1)
        #expect(told(queue.take()) == "1f1")
    }

    @Test func whatIsLostIsCountedWithWhatItStoodFor() {
        var queue = LogQueue(bytesMax: 300)
        for name in "abcd" { queue.append(line(name)) }
        let taken = queue.take()
        #expect(told(taken) == "abc1")
        queue.wrote(taken[0])
        for entry in taken.dropFirst() { queue.lost(entry) }
        #expect(queue.dropped == 3 && queue.isSettled)
        queue.append(line("e"))
        #expect(told(queue.take()) == "3e")
    }

    @Test func aLineAboveTheLimitIsDropped() {
        var queue = LogQueue(bytesMax: 50)
        queue.append(line("a"))
        #expect(told(queue.take()) == "1")
    }
}
