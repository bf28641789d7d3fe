import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Whose turn it is (WebSocket guide, section 9).
struct LaneTests {
    @Test func turnsOfOneLaneRunInOrder() {
        let line = InMemoryConnection()
        for number in 1...3 { line.create("\(number)") }
        // "While queued, nothing is sent; response.created comes when it starts."
        #expect(line.take().types == beginning)
        for number in 1...3 {
            #expect(line.works.map(\.prompt) == ["<user>\"\(number)\"</user>\n"])
            line.answer(.say("ok"))
        }
        #expect(line.take().filter(\.isLast).types == ["response.completed", "response.completed", "response.completed"])
    }

    @Test func lanesRunBesideEachOther() {
        let line = InMemoryConnection()
        line.create("a", lane: "a")
        line.create("b", lane: "b")
        line.create("default")
        #expect(line.works.count == 3)
        line.give(.text("B"), to: line.works[1])
        line.give(.text("A"), to: line.works[0])
        line.give(.text("B"), to: line.works[1])
        #expect(line.take(lane: "a").deltas("response.output_text.delta") == "A")
        #expect(line.take(lane: "b").deltas("response.output_text.delta") == "BB")
        #expect(line.take(lane: nil).types == beginning)
    }

    @Test func sixteenRunAndTheNextWaitsUntilALastEventWasWritten() {
        let line = InMemoryConnection()
        line.holdsWrites = true
        for number in 1...18 { line.create(lane: "lane\(number)") }
        #expect(line.works.count == 16)
        #expect(line.take(lane: "lane17").isEmpty)
        line.answer(.say("ok"))
        #expect(line.take(lane: "lane1").last?.type == "response.completed")
        // Produced, but not yet written: the slot is still held.
        #expect(line.works.count == 15)
        line.confirmWrites()
        #expect(line.take(lane: "lane17").types == beginning)
        #expect(line.take(lane: "lane18").isEmpty)
        #expect(line.works.count == 16)
    }

    @Test func theLaneWaitsForTheWriteToo() {
        let line = InMemoryConnection()
        line.holdsWrites = true
        line.create("one")
        line.create("two")
        line.answer(.say("I"))
        #expect(line.take().types == message)
        line.confirmWrites()
        #expect(line.take().types == beginning)
    }

    @Test func lanesThatWaitForASlotGetItInTheirOrder() {
        let line = InMemoryConnection { $0.limits.turnsInFlightMax = 1 }
        line.create("a1", lane: "a")
        line.create("b1", lane: "b")
        line.create("b2", lane: "b")
        line.create("a2", lane: "a")
        line.create("c1", lane: "c")
        line.script = { _ in .say("ok") }
        line.answer(.say("ok"), to: line.works[0])
        #expect(
            line.prompts.map { $0.dropFirst(7).prefix(2) } == ["a1", "b1", "c1", "a2", "b2"],
            "a lane that has many turns does not hold up the others")
    }

    @Test func thirtyTwoNamesAndTheDefaultLane() {
        let line = InMemoryConnection()
        line.script = { _ in .say("ok") }
        for number in 1...32 { line.create(lane: "lane\(number)") }
        line.create()
        #expect(line.take().filter(\.isLast).types == Array(repeating: "response.completed", count: 33))
        line.create(lane: "lane33")
        #expect(line.expectError("websocket_stream_limit_reached", lane: "lane33")?.string("error.param") == "stream_id")
        // Names are never given back, but those in use stay usable.
        line.create(lane: "lane32")
        #expect(line.take(lane: "lane32").last?.type == "response.completed")
    }

    @Test func theQueueIsBoundedByCount() {
        let line = InMemoryConnection { $0.limits.turnsWaitingMax = 2 }
        for _ in 1...3 { line.create(lane: "a") }
        _ = line.take()
        line.create("too many", lane: "a")
        let error = line.expectError("response_queue_full", status: 429, lane: "a")
        #expect(error?.string("error.type") == "rate_limit_error")
        #expect(error?["headers.retry-after"]?.stringValue == "1")
        // A lane that is free does not wait, so the queue does not concern it.
        line.create(lane: "b")
        #expect(line.take(lane: "b").types == beginning)
        line.answer(.say("ok"))
        line.create("again", lane: "a")
        #expect(!line.take(lane: "a").types.contains("error"))
    }

    @Test func theQueueIsBoundedByBytes() {
        let line = InMemoryConnection { $0.limits.bytesWaitingMax = 1000 }
        let long = String(repeating: "x", count: 600)
        line.create(long + long)
        #expect(line.take().types == beginning, "a turn that can start at once does not wait, whatever its size")
        line.create(long)
        line.create("small")
        line.create(long)
        line.expectError("response_queue_full", status: 429)
        for _ in 1...3 { line.answer(.say("ok")) }
        _ = line.take()
        line.create(long)
        line.create(long)
        #expect(line.take().types == beginning, "what left the queue gave its bytes back")
    }

    @Test func everyEventOfANamedLaneCarriesItsName() {
        let line = InMemoryConnection()
        let rich = EngineAnswer([
            [.reasoning("hm"), .text("a"), .refusal("no"), .call(0, "f"), .input(0, "{}"), .finish(.stop)]
        ])
        for lane in ["A-z_0.9", nil] {
            line.create(lane: lane)
            line.advance(by: .seconds(30))
            line.answer(rich)
            line.create(lane: lane)
            line.answer(.fail())
            line.create(after: "resp_x", lane: lane)
            let events = line.take()
            #expect(events.count > 20)
            for event in events {
                #expect(event.json["stream_id"]?.stringValue == lane, "\(event)")
                #expect(event.json["stream_id"].map(\.isNull) != true, "the key is absent, not null")
            }
        }
    }

    @Test func aNullLaneIsTheDefaultLane() {
        let line = InMemoryConnection()
        line.send(#"{"type":"response.create","stream_id":null,"model":"list","input":"x"}"#)
        line.create()
        #expect(line.works.count == 1)
        #expect(line.take().allSatisfy { $0.lane == nil })
    }

    @Test(arguments: [#""""#, #""a b""#, #""é""#, "7", "{}", "\"\(String(repeating: "x", count: 257))\""])
    func wrongLaneNamesAreRefusedWithoutAName(name: String) {
        let line = InMemoryConnection()
        line.send(#"{"type":"response.create","stream_id":\#(name),"model":"list","input":"x"}"#)
        let error = line.expectError("invalid_stream_id")
        #expect(error?.string("error.param") == "stream_id")
        #expect(error?["stream_id"] == nil)
    }
}
