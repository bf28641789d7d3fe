import ResponsesAPI
import ResponsesCore
import Testing

@testable import ResponsesServer

/// What waits for a transport keeps its order, and many small events are few pieces.
struct WaitingEventsTests {
    private func events(_ numbers: Range<Int>, bytes: Int = 200) -> EventBuffer {
        var events = EventBuffer()
        for number in numbers {
            events.event(.error, number: number, lane: LaneTag(nil)) { json in
                json.key("text")
                json.value(String(repeating: "x", count: bytes))
            }
        }
        return events
    }

    private func taken(of waiting: inout WaitingEvents) -> [Int] {
        var numbers: [Int] = []
        while !waiting.isEmpty {
            let (events, slice) = waiting.next()
            for index in slice {
                let bytes = events.bytes[events.start(of: index)..<events.marks[index].end]
                numbers.append((try? RawJSON(parsing: Array(bytes)))?["sequence_number"]?.intValue ?? -1)
            }
        }
        return numbers
    }

    @Test func whatWaitsKeepsItsOrder() {
        var waiting = WaitingEvents()
        waiting.append(events(0..<3, bytes: EventSlices.bytesMax))
        var next = 3
        for count in [1, 2, 5, 1] {
            waiting.append(events(next..<next + count))
            next += count
        }
        waiting.append(events(next..<next + 2, bytes: EventSlices.bytesMax / 2))
        next += 2
        // Nothing joins what is taken in part.
        let (first, slice) = waiting.next()
        #expect(slice == 0..<1 && first.marks.count == 3)
        waiting.append(events(next..<next + 1))
        #expect(taken(of: &waiting) == Array(1...next))
        #expect(waiting.heldBytes == 0)
    }

    /// A client that takes nothing, and is given a small event for each of its messages: the pieces, and so what each costs, do
    /// not grow with their number.
    @Test(arguments: [1_000, 8_000]) func manySmallOnesAreFewPieces(count: Int) {
        var waiting = WaitingEvents()
        waiting.append(events(0..<1, bytes: 2 * EventSlices.bytesMax))
        for number in 1...count { waiting.append(events(number..<number + 1)) }
        #expect(waiting.pieceCount <= 2 + 2 * waiting.heldBytes / EventSlices.bytesMax)
        #expect(taken(of: &waiting) == Array(0...count))
    }
}
