import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Forks and what a failure forgets (websocket-mode 7.3, websocket-mode 7.4).
struct ForkTests {
    @Test func aForkSharesThePast() {
        let connection = InMemoryConnection()
        let root = connection.complete("root", lane: "a", say: "R")
        connection.create("left", after: root, lane: "a")
        connection.create("right", after: root, lane: "b")
        #expect(
            connection.works.map(\.prompt) == ["left", "right"].map { "<user>\"root\"</user>\n<assistant>\"R\"</assistant>\n<user>\"\($0)\"</user>\n" })
        // "in_progress on a forked lane is the client's signal that the parent has been bound" (websocket-mode 5.1).
        #expect(connection.take(lane: "b").types == beginning)
    }

    /// The race (websocket-mode 7.4): a fork that still waits keeps its parent, whatever its source lane does.
    @Test func aWaitingForkPinsItsParent() {
        let connection = InMemoryConnection { $0.limits.turnsInFlightMax = 1 }
        let root = connection.complete("root", lane: "a")
        connection.create("busy", lane: "c")
        connection.create(output("nothing"), after: root, lane: "a")
        connection.create("fork", after: root, lane: "b")
        _ = connection.take()
        connection.answer(.say("free"))
        // The source lane's continuation failed and forgot the parent; the fork was accepted before.
        connection.expectError("invalid_value", lane: "a")
        #expect(connection.take(lane: "b").types == beginning)
        connection.create(after: root, lane: "a")
        connection.answer(.say("done"))
        connection.expectError("previous_response_not_found", lane: "a")
    }

    @Test func twoTurnsOfOneLaneMayNameTheSameParent() {
        let connection = InMemoryConnection()
        let root = connection.complete("root")
        connection.create("first", after: root)
        connection.create("second", after: root)
        connection.answer(.say("1"))
        #expect(connection.works.first?.prompt == "<user>\"root\"</user>\n<assistant>\"ok\"</assistant>\n<user>\"second\"</user>\n")
    }

    /// The second was accepted while the parent was held, so it goes on from it even if the first one fails.
    @Test func aPinnedParentOutlivesAFailureOfItsLane() {
        let connection = InMemoryConnection()
        let root = connection.complete("root")
        connection.create("first", after: root)
        connection.create("second", after: root)
        connection.answer(.fail())
        _ = connection.take()
        #expect(connection.works.first?.prompt.hasSuffix("<user>\"second\"</user>\n") == true)
        connection.answer(.fail())
        _ = connection.take()
        connection.create("third", after: root)
        connection.expectError("previous_response_not_found")
    }

    // MARK: Failures on the parent's own lane

    /// The compliance suite's case: an output that answers no call, then the same parent again.
    @Test(arguments: [nil, "build"]) func anOrphanOutputEvicts(lane: String?) {
        let connection = InMemoryConnection()
        let root = connection.complete(lane: lane)
        connection.create(output("call_orphan"), after: root, lane: lane)
        connection.expectError("invalid_value", lane: lane)
        connection.create("again", after: root, lane: lane)
        connection.expectError("previous_response_not_found", lane: lane)
    }

    @Test func aFailedGenerationEvicts() {
        let connection = InMemoryConnection()
        let root = connection.complete()
        connection.create("more", after: root)
        connection.answer(.fail())
        #expect(connection.take().types == beginning + ["response.failed"])
        connection.create("again", after: root)
        connection.expectError("previous_response_not_found")
    }

    @Test func aFailedWarmupEvicts() {
        let connection = InMemoryConnection()
        let root = connection.complete()
        connection.create("more", after: root, #""generate":false"#)
        connection.answer(.fail(.unavailable))
        #expect(connection.take().last?.string("response.error.code") == "engine_unavailable")
        connection.create("again", after: root)
        connection.expectError("previous_response_not_found")
    }

    @Test(arguments: [
        (#""temperature":9"#, "invalid_value"), (#""tools":[{"type":"function"}]"#, "missing_required_parameter"),
        (#""background":true"#, "unsupported_value"), (#""conversation":"c_1""#, "invalid_value"),
        (#""tool_choice":{"type":"function","name":"gone"}"#, "invalid_value"), (#""model":"unheard""#, "model_not_found"),
    ]) func aWrongBodyEvicts(member: String, code: String) {
        let connection = InMemoryConnection()
        let root = connection.complete(lane: "a")
        connection.create(after: root, lane: "a", member)
        connection.expectError(code, status: code == "model_not_found" ? 404 : 400, lane: "a")
        connection.create("again", after: root, lane: "a")
        connection.expectError("previous_response_not_found", lane: "a")
    }

    /// A wrong body that names a response which still runs: the parent exists by the time the turn fails.
    @Test func aWrongBodyBehindItsRunningParentEvicts() {
        let connection = InMemoryConnection()
        connection.create("one")
        let running = connection.take().first?.string("response.id")
        connection.create("two", after: running, #""temperature":9"#)
        connection.answer(.say("I"))
        #expect(connection.take().types.suffix(2) == ["response.completed", "error"])
        connection.create("again", after: running)
        connection.expectError("previous_response_not_found")
    }

    @Test func storedParentsAreFoundAgainAfterEviction() {
        let connection = InMemoryConnection()
        let root = connection.complete("root", store: true)
        connection.create("more", after: root)
        connection.answer(.fail())
        _ = connection.take()
        connection.create("again", after: root)
        #expect(connection.take().types == beginning)
    }

    // MARK: What keeps the parent

    @Test func aFailedForkKeepsItsParent() {
        let connection = InMemoryConnection()
        let root = connection.complete("root", lane: "a")
        connection.create(output("call_orphan"), after: root, lane: "b")
        connection.expectError("invalid_value", lane: "b")
        connection.create("fork", after: root, lane: "b")
        connection.answer(.fail())
        #expect(connection.take(lane: "b").last?.type == "response.failed")
        connection.create(after: root, lane: "b", #""temperature":9"#)
        connection.expectError("invalid_value", lane: "b")
        connection.create("on", after: root, lane: "a")
        #expect(connection.take(lane: "a").types == beginning)
    }

    @Test func whatNeverReachedItsLaneKeepsTheParent() {
        let connection = InMemoryConnection { limits in
            limits.limits.laneNamesMax = 1
            limits.limits.turnsWaitingMax = 1
        }
        let root = connection.complete("root", lane: "a")
        connection.send(#"{"type":"response.create","model":"list","stream_id":"a","previous_response_id":"\#(root)","input":"#)
        connection.expectError("invalid_json")
        connection.send(#"{"type":"response.create","model":"list","stream_id":"a b","previous_response_id":"\#(root)","input":"x"}"#)
        #expect(connection.expectError("invalid_stream_id")?.string("error.param") == "stream_id")
        connection.create(after: root, lane: "b")
        connection.expectError("websocket_stream_limit_reached", lane: "b")
        connection.create("runs", lane: "a")
        connection.create("waits", lane: "a")
        _ = connection.take()
        connection.create("too many", after: root, lane: "a")
        connection.expectError("response_queue_full", status: 429, lane: "a")
        connection.answer(.say("1"))
        connection.answer(.say("2"))
        _ = connection.take()
        connection.create("on", after: root, lane: "a")
        #expect(connection.take(lane: "a").types == beginning)
    }

    @Test func cancellingKeepsTheParent() {
        let connection = InMemoryConnection()
        let root = connection.complete("root")
        connection.create("more", after: root)
        connection.send(#"{"type":"response.cancel"}"#)
        #expect(connection.take().last?.string("response.incomplete_details.reason") == "cancelled")
        connection.create("again", after: root)
        #expect(connection.take().types == beginning)
    }

    @Test func anIncompleteContinuationKeepsTheParent() {
        let connection = InMemoryConnection()
        let root = connection.complete("root")
        connection.create("more", after: root)
        connection.answer(EngineAnswer([[.text("cut")]], finish: .contentFilter))
        _ = connection.take()
        connection.create("again", after: root)
        #expect(connection.take().types == beginning)
    }
}
