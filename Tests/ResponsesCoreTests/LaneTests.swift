import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Whose turn it is (websocket-mode 9).
struct LaneTests {
    @Test func turnsOfOneLaneRunInOrder() {
        let connection = InMemoryConnection()
        for number in 1...3 { connection.create("\(number)") }
        // "While queued, nothing is sent; response.created comes when it starts."
        #expect(connection.take().types == beginning)
        for number in 1...3 {
            #expect(connection.works.map(\.prompt) == ["<user>\"\(number)\"</user>\n"])
            connection.answer(.say("ok"))
        }
        #expect(connection.take().filter(\.isLast).types == ["response.completed", "response.completed", "response.completed"])
    }

    @Test func lanesRunBesideEachOther() {
        let connection = InMemoryConnection()
        connection.create("a", lane: "a")
        connection.create("b", lane: "b")
        connection.create("default")
        #expect(connection.works.count == 3)
        connection.give(.text("B"), to: connection.works[1])
        connection.give(.text("A"), to: connection.works[0])
        connection.give(.text("B"), to: connection.works[1])
        #expect(connection.take(lane: "a").deltas("response.output_text.delta") == "A")
        #expect(connection.take(lane: "b").deltas("response.output_text.delta") == "BB")
        #expect(connection.take(lane: nil).types == beginning)
    }

    @Test func sixteenRunAndTheNextWaitsUntilALastEventWasWritten() {
        let connection = InMemoryConnection()
        connection.holdsWrites = true
        for number in 1...18 { connection.create(lane: "lane\(number)") }
        #expect(connection.works.count == 16)
        #expect(connection.take(lane: "lane17").isEmpty)
        connection.answer(.say("ok"))
        #expect(connection.take(lane: "lane1").last?.type == "response.completed")
        // Produced, but not yet written: the slot is still held.
        #expect(connection.works.count == 15)
        connection.confirmWrites()
        #expect(connection.take(lane: "lane17").types == beginning)
        #expect(connection.take(lane: "lane18").isEmpty)
        #expect(connection.works.count == 16)
    }

    @Test func theLaneWaitsForTheWriteToo() {
        let connection = InMemoryConnection()
        connection.holdsWrites = true
        connection.create("one")
        connection.create("two")
        connection.answer(.say("I"))
        #expect(connection.take().types == message)
        connection.confirmWrites()
        #expect(connection.take().types == beginning)
    }

    @Test func lanesThatWaitForASlotGetItInTheirOrder() {
        let connection = InMemoryConnection { $0.limits.turnsInFlightMax = 1 }
        connection.create("a1", lane: "a")
        connection.create("b1", lane: "b")
        connection.create("b2", lane: "b")
        connection.create("a2", lane: "a")
        connection.create("c1", lane: "c")
        connection.script = { _ in .say("ok") }
        connection.answer(.say("ok"), to: connection.works[0])
        #expect(
            connection.prompts.map { $0.dropFirst(7).prefix(2) } == ["a1", "b1", "c1", "a2", "b2"],
            "a lane that has many turns does not hold up the others")
    }

    @Test func thirtyTwoNamesAndTheDefaultLane() {
        let connection = InMemoryConnection()
        connection.script = { _ in .say("ok") }
        for number in 1...32 { connection.create(lane: "lane\(number)") }
        connection.create()
        #expect(connection.take().filter(\.isLast).types == Array(repeating: "response.completed", count: 33))
        connection.create(lane: "lane33")
        #expect(connection.expectError("websocket_stream_limit_reached", lane: "lane33")?.string("error.param") == "stream_id")
        // Names are never given back, but those in use stay usable.
        connection.create(lane: "lane32")
        #expect(connection.take(lane: "lane32").last?.type == "response.completed")
    }

    @Test func theQueueIsBoundedByCount() {
        let connection = InMemoryConnection { $0.limits.turnsWaitingMax = 2 }
        for _ in 1...3 { connection.create(lane: "a") }
        _ = connection.take()
        connection.create("too many", lane: "a")
        let error = connection.expectError("response_queue_full", status: 429, lane: "a")
        #expect(error?.string("error.type") == "rate_limit_error")
        #expect(error?["headers.retry-after"]?.stringValue == "1")
        // A lane that is free does not wait, so the queue does not concern it.
        connection.create(lane: "b")
        #expect(connection.take(lane: "b").types == beginning)
        connection.answer(.say("ok"))
        connection.create("again", lane: "a")
        #expect(!connection.take(lane: "a").types.contains("error"))
    }

    @Test func theQueueIsBoundedByBytes() {
        let connection = InMemoryConnection { $0.limits.bytesWaitingMax = 1000 }
        let long = String(repeating: "x", count: 600)
        connection.create(long + long)
        #expect(connection.take().types == beginning, "a turn that can start at once does not wait, whatever its size")
        connection.create(long)
        connection.create("small")
        connection.create(long)
        connection.expectError("response_queue_full", status: 429)
        for _ in 1...3 { connection.answer(.say("ok")) }
        _ = connection.take()
        connection.create(long)
        connection.create(long)
        #expect(connection.take().types == beginning, "what left the queue gave its bytes back")
    }

    @Test func everyEventOfANamedLaneCarriesItsName() {
        let connection = InMemoryConnection()
        let rich = EngineAnswer([
            [.reasoning("hm"), .text("a"), .refusal("no"), .call(0, "f"), .input(0, "{}")]
        ])
        for lane in ["A-z_0.9", nil] {
            connection.create(lane: lane)
            connection.advance(by: .seconds(30))
            connection.answer(rich)
            connection.create(lane: lane)
            connection.answer(.fail())
            connection.create(after: "resp_x", lane: lane)
            let events = connection.take()
            #expect(events.count > 20)
            for event in events {
                #expect(event.json["stream_id"]?.stringValue == lane, "\(event)")
                #expect(event.json["stream_id"].map(\.isNull) != true, "the key is absent, not null")
            }
        }
    }

    @Test func aNullLaneIsTheDefaultLane() {
        let connection = InMemoryConnection()
        connection.send(#"{"type":"response.create","stream_id":null,"model":"list","input":"x"}"#)
        connection.create()
        #expect(connection.works.count == 1)
        #expect(connection.take().allSatisfy { $0.lane == nil })
    }

    @Test(arguments: [#""""#, #""a b""#, #""é""#, "7", "{}", "\"\(String(repeating: "x", count: 257))\""])
    func wrongLaneNamesAreRefusedWithoutAName(name: String) {
        let connection = InMemoryConnection()
        connection.send(#"{"type":"response.create","stream_id":\#(name),"model":"list","input":"x"}"#)
        let error = connection.expectError("invalid_stream_id")
        #expect(error?.string("error.param") == "stream_id")
        #expect(error?["stream_id"] == nil)
    }
}
