import ResponsesAPI
import Synchronization
import Testing

@testable import ResponsesClient

/// The bound on what programs have not read.
struct TurnQueueTests {
    private static func event() throws -> ServerEvent { try ServerEvent(parsing: Array(delta("0123456789").utf8)) }

    @Test func theLimitIsToldWhenPassedAndWhenHalfIsFree() async throws {
        let event = try Self.event()
        let unread = UnreadEvents(bytesMax: 3 * event.json.bytes.count)
        let told = Mutex([Bool]())
        unread.onChange { told.withLock { $0.append(unread.isAbove) } }
        let queue = TurnQueue(unread: unread)
        for _ in 0..<4 { queue.add(event) }
        #expect(told.withLock { $0 } == [true])
        for _ in 0..<3 { _ = await queue.next() }
        #expect(told.withLock { $0 } == [true, false])
    }

    /// A turn that was dropped gets events until the line hears of it. They must not count, as nobody reads them.
    @Test func aTurnThatWasDroppedHoldsNothing() throws {
        let event = try Self.event()
        let unread = UnreadEvents(bytesMax: event.json.bytes.count / 2)
        let queue = TurnQueue(unread: unread)
        queue.add(event)
        #expect(unread.isAbove)
        queue.drop()
        queue.add(event)
        #expect(!unread.isAbove)
    }
}
