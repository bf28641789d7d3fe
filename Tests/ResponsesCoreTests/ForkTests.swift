import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Forks and what a failure forgets (WebSocket guide, 7.3 and 7.4).
struct ForkTests {
    @Test func aForkSharesThePast() {
        let line = InMemoryConnection()
        let root = line.complete("root", lane: "a", say: "R")
        line.create("left", after: root, lane: "a")
        line.create("right", after: root, lane: "b")
        #expect(
            line.works.map(\.prompt) == ["left", "right"].map { "<user>\"root\"</user>\n<assistant>\"R\"</assistant>\n<user>\"\($0)\"</user>\n" })
        // "in_progress on a forked lane is the client's signal that the parent has been bound" (5.1).
        #expect(line.take(lane: "b").types == beginning)
    }

    /// The race of the guide: a fork that still waits keeps its parent, whatever its source lane does.
    @Test func aWaitingForkPinsItsParent() {
        let line = InMemoryConnection { $0.limits.turnsInFlightMax = 1 }
        let root = line.complete("root", lane: "a")
        line.create("busy", lane: "c")
        line.create(output("nothing"), after: root, lane: "a")
        line.create("fork", after: root, lane: "b")
        _ = line.take()
        line.answer(.say("free"))
        // The source lane's continuation failed and forgot the parent; the fork was accepted before.
        line.expectError("invalid_value", lane: "a")
        #expect(line.take(lane: "b").types == beginning)
        line.create(after: root, lane: "a")
        line.answer(.say("done"))
        line.expectError("previous_response_not_found", lane: "a")
    }

    @Test func twoTurnsOfOneLaneMayNameTheSameParent() {
        let line = InMemoryConnection()
        let root = line.complete("root")
        line.create("first", after: root)
        line.create("second", after: root)
        line.answer(.say("1"))
        #expect(line.works.first?.prompt == "<user>\"root\"</user>\n<assistant>\"ok\"</assistant>\n<user>\"second\"</user>\n")
    }

    /// The second was accepted while the parent was held, so it goes on from it even if the first one fails.
    @Test func aPinnedParentOutlivesAFailureOfItsLane() {
        let line = InMemoryConnection()
        let root = line.complete("root")
        line.create("first", after: root)
        line.create("second", after: root)
        line.answer(.fail())
        _ = line.take()
        #expect(line.works.first?.prompt.hasSuffix("<user>\"second\"</user>\n") == true)
        line.answer(.fail())
        _ = line.take()
        line.create("third", after: root)
        line.expectError("previous_response_not_found")
    }

    // MARK: Failures on the parent's own lane

    /// The compliance suite's case: an output that answers no call, then the same parent again.
    @Test(arguments: [nil, "build"]) func anOrphanOutputEvicts(lane: String?) {
        let line = InMemoryConnection()
        let root = line.complete(lane: lane)
        line.create(output("call_orphan"), after: root, lane: lane)
        line.expectError("invalid_value", lane: lane)
        line.create("again", after: root, lane: lane)
        line.expectError("previous_response_not_found", lane: lane)
    }

    @Test func aFailedGenerationEvicts() {
        let line = InMemoryConnection()
        let root = line.complete()
        line.create("more", after: root)
        line.answer(.fail())
        #expect(line.take().types == beginning + ["response.failed"])
        line.create("again", after: root)
        line.expectError("previous_response_not_found")
    }

    @Test func aFailedWarmupEvicts() {
        let line = InMemoryConnection()
        let root = line.complete()
        line.create("more", after: root, #""generate":false"#)
        line.answer(.fail(.unavailable))
        #expect(line.take().last?.string("response.error.code") == "engine_unavailable")
        line.create("again", after: root)
        line.expectError("previous_response_not_found")
    }

    @Test(arguments: [
        (#""temperature":9"#, "invalid_value"), (#""tools":[{"type":"function"}]"#, "missing_required_parameter"),
        (#""background":true"#, "unsupported_value"), (#""conversation":"c_1""#, "invalid_value"),
        (#""tool_choice":{"type":"function","name":"gone"}"#, "invalid_value"), (#""model":"unheard""#, "model_not_found"),
    ]) func aWrongBodyEvicts(member: String, code: String) {
        let line = InMemoryConnection()
        let root = line.complete(lane: "a")
        line.create(after: root, lane: "a", member)
        line.expectError(code, status: code == "model_not_found" ? 404 : 400, lane: "a")
        line.create("again", after: root, lane: "a")
        line.expectError("previous_response_not_found", lane: "a")
    }

    /// A wrong body that names a response which still runs: the parent exists by the time the turn fails.
    @Test func aWrongBodyBehindItsRunningParentEvicts() {
        let line = InMemoryConnection()
        line.create("one")
        let running = line.take().first?.string("response.id")
        line.create("two", after: running, #""temperature":9"#)
        line.answer(.say("I"))
        #expect(line.take().types.suffix(2) == ["response.completed", "error"])
        line.create("again", after: running)
        line.expectError("previous_response_not_found")
    }

    @Test func storedParentsAreFoundAgainAfterEviction() {
        let line = InMemoryConnection()
        let root = line.complete("root", store: true)
        line.create("more", after: root)
        line.answer(.fail())
        _ = line.take()
        line.create("again", after: root)
        #expect(line.take().types == beginning)
    }

    // MARK: What keeps the parent

    @Test func aFailedForkKeepsItsParent() {
        let line = InMemoryConnection()
        let root = line.complete("root", lane: "a")
        line.create(output("call_orphan"), after: root, lane: "b")
        line.expectError("invalid_value", lane: "b")
        line.create("fork", after: root, lane: "b")
        line.answer(.fail())
        #expect(line.take(lane: "b").last?.type == "response.failed")
        line.create(after: root, lane: "b", #""temperature":9"#)
        line.expectError("invalid_value", lane: "b")
        line.create("on", after: root, lane: "a")
        #expect(line.take(lane: "a").types == beginning)
    }

    @Test func whatNeverReachedItsLaneKeepsTheParent() {
        let line = InMemoryConnection { limits in
            limits.limits.laneNamesMax = 1
            limits.limits.turnsWaitingMax = 1
        }
        let root = line.complete("root", lane: "a")
        line.send(#"{"type":"response.create","model":"list","stream_id":"a","previous_response_id":"\#(root)","input":"#)
        line.expectError("invalid_json")
        line.send(#"{"type":"response.create","model":"list","stream_id":"a b","previous_response_id":"\#(root)","input":"x"}"#)
        #expect(line.expectError("invalid_stream_id")?.string("error.param") == "stream_id")
        line.create(after: root, lane: "b")
        line.expectError("websocket_stream_limit_reached", lane: "b")
        line.create("runs", lane: "a")
        line.create("waits", lane: "a")
        _ = line.take()
        line.create("too many", after: root, lane: "a")
        line.expectError("response_queue_full", status: 429, lane: "a")
        line.answer(.say("1"))
        line.answer(.say("2"))
        _ = line.take()
        line.create("on", after: root, lane: "a")
        #expect(line.take(lane: "a").types == beginning)
    }

    @Test func cancellingKeepsTheParent() {
        let line = InMemoryConnection()
        let root = line.complete("root")
        line.create("more", after: root)
        line.send(#"{"type":"response.cancel"}"#)
        #expect(line.take().last?.string("response.incomplete_details.reason") == "cancelled")
        line.create("again", after: root)
        #expect(line.take().types == beginning)
    }

    @Test func anIncompleteContinuationKeepsTheParent() {
        let line = InMemoryConnection()
        let root = line.complete("root")
        line.create("more", after: root)
        line.answer(EngineAnswer([[.text("cut"), .finish(.contentFilter)]]))
        _ = line.take()
        line.create("again", after: root)
        #expect(line.take().types == beginning)
    }
}
