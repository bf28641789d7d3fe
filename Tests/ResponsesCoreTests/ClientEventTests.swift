import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Cancelling, steering, and messages that are none (WebSocket guide, sections 3, 4, 10 and 11).
struct ClientEventTests {
    // MARK: Nonsense

    @Test(arguments: [
        ("", "invalid_json", nil), ("{", "invalid_json", nil), ("hello", "invalid_json", nil),
        ("[]", "invalid_json", nil), ("\"x\"", "invalid_json", nil), ("null", "invalid_json", nil),
        (#"{"type":"response.create"} x"#, "invalid_json", nil),
        ("{}", "missing_required_parameter", "type"), (#"{"type":null}"#, "missing_required_parameter", "type"),
        (#"{"type":7}"#, "invalid_type", "type"),
        (#"{"type":"response.append","stream_id":"a"}"#, "unknown_event_type", "type"),
        (#"{"type":"session.update"}"#, "unknown_event_type", "type"),
    ]) func nonsenseIsAnsweredAndTheConnectionLives(text: String, code: String, param: String?) {
        let line = InMemoryConnection()
        let root = line.complete("root")
        line.send(text)
        let error = line.expectError(code)
        #expect(error?.string("error.type") == "invalid_request_error")
        #expect(error?.string("error.param") == param)
        line.complete("on", after: root)
    }

    @Test(arguments: [
        ("", "missing_required_parameter", "model"),
        (#""model":"unheard""#, "model_not_found", "model"),
        (#""model":"list""#, "missing_required_parameter", "input"),
        (#""model":"list","input":[]"#, "invalid_value", "input"),
        (#""model":"list","input":7"#, "invalid_type", "input"),
        (#""model":"list","input":[{"role":"robot","content":"x"}]"#, "invalid_value", "input[0].role"),
        (#""model":"list","input":"x","background":true"#, "unsupported_value", "background"),
        (#""model":"list","input":"x","conversation":"conv_1""#, "unsupported_value", "conversation"),
    ]) func wrongCreatesNameTheField(members: String, code: String, param: String) {
        let line = InMemoryConnection()
        line.send(#"{"type":"response.create","stream_id":"a""# + (members.isEmpty ? "" : "," + members) + "}")
        let error = line.expectError(code, status: code == "model_not_found" ? 404 : 400, lane: "a")
        #expect(error?.string("error.param") == param)
        #expect(line.connection.turnCount == 0)
        line.complete("on", lane: "a")
    }

    /// "openai-agents-python always sends `stream: true`" (4.1), and members may come in any order.
    @Test(arguments: [
        #"{"type":"response.create","model":"list","input":"x","stream":true}"#,
        #"{"type":"response.create","model":"list","input":"x","stream":false,"background":false,"stream_options":{}}"#,
        #"{"model":"list","client_metadata":{"a":"b"},"input":"x","type":"response.create","background":null}"#,
        " \n{ \"type\" : \"response.create\" , \"model\":\"list\",\"input\":[{\"role\":\"user\",\"content\":\"x\"}]} ",
        #"{"t\u0079pe":"response.creat\u0065","model":"list","input":"x","previous_response_id":null}"#,
    ]) func toleratedCreates(text: String) {
        let line = InMemoryConnection()
        line.send(text)
        #expect(line.take().types == beginning)
        #expect(line.works.first?.prompt == "<user>\"x\"</user>\n")
    }

    @Test func toolsOfTheTurnBeforeAreReused() {
        let line = InMemoryConnection()
        let tools = #""tools":[{"type":"function","name":"f"}]"#
        line.script = nil
        line.create("x", tools)
        let first = line.works.first?.request.tools
        line.answer(.say("ok"))
        line.create("y", tools)
        #expect(line.works.first?.request.tools === first)
        line.answer(.say("ok"))
        line.create("z", tools.replacing("f\"", with: "g\""))
        #expect(line.works.first?.request.tools.callable(named: "f") == nil)
        line.answer(.say("ok"))
        line.create("z")
        #expect(line.works.first?.request.tools.tools.isEmpty == true, "tools are not inherited")
    }

    /// An idle connection does not hold on to tools of megabytes.
    @Test func largeToolsAreNotKept() {
        let line = InMemoryConnection { $0.limits.toolsKeptBytesMax = 100 }
        let tools = #""tools":[{"type":"function","name":"f","description":"\#(String(repeating: "x", count: 100))"}]"#
        line.create("x", tools)
        let first = line.works.first?.request.tools
        line.answer(.say("ok"))
        line.create("y", tools)
        #expect(line.works.first?.request.tools !== first)
        #expect(line.works.first?.request.tools.json == first?.json)
    }

    // MARK: Notifications

    @Test(arguments: [#"{"type":"response.processed","response_id":"resp_1"}"#, #"{"type":"response.processed"}"#])
    func processedGetsNoAnswer(text: String) {
        let line = InMemoryConnection()
        line.send(text)
        line.create()
        line.send(text)
        #expect(line.take().types == beginning)
    }

    // MARK: Steering

    @Test func steeringIsAnsweredInTheCountOfItsResponse() {
        let line = InMemoryConnection()
        line.create(lane: "a")
        let id = line.take().first?.string("response.id") ?? ""
        line.send(#"{"type":"response.steer","previous_response_id":"\#(id)","input":"Skip it."}"#)
        let failed = line.take()
        #expect(failed.types == ["response.steer.failed"])
        #expect(failed.first?.number == 2)
        #expect(failed.first?.lane == "a")
        #expect(failed.first?.string("error.code") == "steering_not_supported")
        #expect(failed.first?["steer"]?.text == #"{"previous_response_id":"\#(id)","input":"Skip it."}"#)
        #expect(failed.first?["response"] == nil)
        line.answer(.say("ok"))
        #expect(line.take().compactMap(\.number) == Array(3...9))
    }

    @Test func steeringNothingIsNoErrorEither() {
        let line = InMemoryConnection()
        line.send(#"{"type":"response.steer","previous_response_id":"resp_x","input":[]}"#)
        line.send(#"{"type":"response.steer"}"#)
        let events = line.take()
        #expect(events.types == ["response.steer.failed", "response.steer.failed"])
        #expect(events.last?["steer"]?.text == #"{"previous_response_id":null,"input":null}"#)
    }

    // MARK: Cancelling

    @Test(arguments: [
        (nil, #"{"type":"response.cancel"}"#), ("a", #"{"type":"response.cancel","stream_id":"a"}"#),
        (nil, #"{"type":"response.cancel","response_id":"ID"}"#), ("a", #"{"type":"response.cancel","response_id":"ID"}"#),
        ("a", #"{"type":"response.cancel","response_id":"ID","stream_id":"a"}"#),
    ]) func cancellingWhatRuns(lane: String?, text: String) {
        let line = InMemoryConnection()
        line.create(lane: lane)
        line.give(.text("half"))
        let id = line.take().first?.string("response.id") ?? ""
        let work = line.works.first
        line.send(text.replacing("ID", with: id))
        let events = line.take(lane: lane)
        #expect(events.last?.type == "response.incomplete")
        #expect(events.last?.string("response.incomplete_details.reason") == "cancelled")
        #expect(events.last?.string("response.output[0].content[0].text") == "half")
        #expect(events.last?.string("response.output[0].status") == "incomplete")
        #expect(line.stopped == [work?.turn])
        // Whatever the engine still says comes too late.
        line.give(.text("late"), to: work)
        line.end(nil, of: work)
        #expect(line.take().isEmpty)
        line.complete(lane: lane)
    }

    @Test(arguments: [
        #"{"type":"response.cancel"}"#, #"{"type":"response.cancel","stream_id":"b"}"#,
        #"{"type":"response.cancel","response_id":"resp_gone"}"#,
        #"{"type":"response.cancel","response_id":"resp_gone","stream_id":"a"}"#,
        #"{"type":"response.cancel","response_id":7}"#,
    ]) func cancellingNothingIsSilent(text: String) {
        let line = InMemoryConnection()
        line.create(lane: "a")
        _ = line.take()
        line.send(text)
        #expect(line.take().isEmpty)
        #expect(line.works.count == 1)
    }

    @Test func cancellingWhatWaits() {
        let line = InMemoryConnection { $0.limits.turnsInFlightMax = 1 }
        line.create("runs")
        line.create("waits", lane: "a")
        line.create("waits too", lane: "a")
        _ = line.take()
        line.send(#"{"type":"response.cancel","stream_id":"a"}"#)
        line.expectError("response_cancelled", status: 409, lane: "a")
        line.answer(.say("ok"))
        #expect(line.works.first?.prompt == "<user>\"waits too\"</user>\n")
        #expect(line.connection.turnCount == 1)
    }

    @Test func theRunningTurnIsCancelledBeforeThoseBehindIt() {
        let line = InMemoryConnection()
        line.create("runs")
        line.create("waits")
        line.send(#"{"type":"response.cancel"}"#)
        #expect(line.take().types == beginning + ["response.incomplete"] + beginning)
        #expect(line.works.first?.prompt == "<user>\"waits\"</user>\n")
    }

    @Test func cancellingWhileTheStoreIsAsked() {
        let line = InMemoryConnection()
        line.holdsFetches = true
        line.create(after: "resp_slow")
        line.create("next")
        line.send(#"{"type":"response.cancel"}"#)
        line.send(#"{"type":"response.cancel"}"#)
        #expect(line.take().isEmpty)
        line.answerFetches()
        let events = line.take()
        #expect(events.types == ["error"] + beginning)
        #expect(events.first?.string("error.code") == "response_cancelled")
        #expect(line.works.first?.prompt == "<user>\"next\"</user>\n")
    }

    @Test func cancelsOfWrongLanesAreTold() {
        let line = InMemoryConnection()
        line.send(#"{"type":"response.cancel","stream_id":""}"#)
        line.expectError("invalid_stream_id")
    }
}
