import ResponsesAPI
import ResponsesCore
import ResponsesTesting
import Testing

@testable import ResponsesServer

/// Events of one response, and the shelf of those that ended.
struct FeedTests {
    /// An event buffer with events of these numbers, as large as asked for.
    private func events(_ numbers: Range<Int>, bytes: Int = 40) -> EventBuffer {
        var buffer = EventBuffer()
        for number in numbers {
            buffer.event(.created, number: number, lane: LaneTag(nil)) { json in
                json.key("x")
                json.value(String(repeating: "x", count: bytes))
            }
        }
        return buffer
    }

    private func append(_ numbers: Range<Int>, bytes: Int = 40, to feed: ResponseFeed) {
        let events = events(numbers, bytes: bytes)
        feed.append(events, events.marks.indices)
    }

    /// Everything behind a number, as a reader gets it, and how the reading ended.
    private func read(_ feed: ResponseFeed, after number: Int) -> (numbers: [Int], end: String) {
        var (numbers, last) = ([Int](), number)
        while true {
            switch feed.read(after: last) {
            case .events(let slice):
                numbers += slice.events.compactMap { $0["sequence_number"]?.intValue }
                last = slice.end - 1
            case .nothingYet: return (numbers, "nothing yet")
            case .over: return (numbers, "over")
            case .forgotten: return (numbers, "forgotten")
            }
        }
    }

    @Test(arguments: [-1, 0, 5, 998, 999, 2000, Int.max]) func aReaderBeginsBehindItsNumber(_ number: Int) {
        let feed = ResponseFeed()
        // Over many slices.
        for start in stride(from: 0, to: 1000, by: 10) { append(start..<start + 10, bytes: 500, to: feed) }
        #expect(read(feed, after: number).numbers == Array(min(number, 999) + 1..<1000))
        #expect(read(feed, after: number).end == "nothing yet")
        feed.finish()
        #expect(read(feed, after: number).end == "over")
    }

    @Test func onlyWhatTheLogHasIsForgotten() {
        let feed = ResponseFeed()
        for start in 0..<100 { append(start..<start + 1, bytes: 50_000, to: feed) }
        #expect(read(feed, after: -1).numbers.count == 100)
        feed.logged(before: 50)
        #expect(read(feed, after: -1) == ([], "forgotten"))
        #expect(read(feed, after: 49).numbers == Array(50..<100))
        feed.logged(before: 100)
        #expect(feed.bytes < 2 << 20)
        #expect(read(feed, after: 98).numbers == [99])
    }

    @Test func readersAreWoken() async {
        let feed = ResponseFeed()
        async let numbers = {
            var (numbers, last) = ([Int](), -1)
            for await _ in feed.wakes() {
                reading: while true {
                    switch feed.read(after: last) {
                    case .events(let slice):
                        numbers += slice.events.compactMap { $0["sequence_number"]?.intValue }
                        last = slice.end - 1
                    case .nothingYet: break reading
                    case .over, .forgotten: return numbers
                    }
                }
            }
            return numbers
        }()
        for number in 0..<50 {
            append(number..<number + 1, to: feed)
            await Task.yield()
        }
        feed.finish()
        #expect(await numbers == Array(0..<50))
        await feed.over()
    }

    private let alice = Owner(rawValue: "alice")
    private let bob = Owner(rawValue: "bob")

    private func feed(_ bytes: Int) -> ResponseFeed {
        let feed = ResponseFeed()
        append(0..<1, bytes: bytes, to: feed)
        feed.finish()
        return feed
    }

    @Test func theShelfKeepsForAWhileAndForTheOwner() {
        let shelf = ReplayShelf(bytesMax: 1 << 20, ownerShare: 0.5, keptFor: .seconds(300))
        shelf.keep(feed(100), of: "resp_1", owner: alice, at: .seconds(10))
        #expect(shelf.feed(of: "resp_1", owner: alice, at: .seconds(309)) != nil)
        #expect(shelf.feed(of: "resp_1", owner: bob, at: .seconds(309)) == nil)
        #expect(shelf.feed(of: "resp_1", owner: alice, at: .seconds(310)) == nil)
        // What is over goes when something comes.
        shelf.keep(feed(100), of: "resp_2", owner: alice, at: .seconds(311))
        let bytes = shelf.bytes
        shelf.remove("resp_2", of: bob)
        #expect(shelf.bytes == bytes)
        shelf.remove("resp_2", of: alice)
        #expect(shelf.bytes == 0)
    }

    @Test func aFloodOfOneOwnerPushesOutItsOwn() {
        let shelf = ReplayShelf(bytesMax: 1 << 20, ownerShare: 0.5, keptFor: .seconds(300))
        shelf.keep(feed(10_000), of: "resp_alice", owner: alice, at: .zero)
        for number in 0..<1000 { shelf.keep(feed(10_000), of: ResponseID("resp_\(number)"), owner: bob, at: .seconds(1)) }
        #expect(shelf.feed(of: "resp_alice", owner: alice, at: .seconds(2)) != nil)
        #expect(shelf.feed(of: "resp_999", owner: bob, at: .seconds(2)) != nil)
        #expect(shelf.feed(of: "resp_0", owner: bob, at: .seconds(2)) == nil)
        // Bob's share, and what Alice has.
        #expect(shelf.bytes <= 1 << 19 + 20_000)
        shelf.giveWay(1 << 20)
        #expect(shelf.bytes == 0)
    }

    @Test func whatIsTooLargeIsNotKept() {
        let shelf = ReplayShelf(bytesMax: 1 << 20, ownerShare: 0.5, keptFor: .seconds(300))
        shelf.keep(feed(shelf.feedBytesMax), of: "resp_1", owner: alice, at: .zero)
        #expect(shelf.bytes == 0)
    }
}
