import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Cancelling, steering, and messages that are not events (websocket-mode 3, websocket-mode 4, websocket-mode 10, websocket-mode 11).
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
        let connection = InMemoryConnection()
        let root = connection.complete("root")
        connection.send(text)
        let error = connection.expectError(code)
        #expect(error?.string("error.type") == "invalid_request_error")
        #expect(error?.string("error.param") == param)
        connection.complete("on", after: root)
    }

    @Test(arguments: [
        ("", "missing_required_parameter", "model"),
        (#""model":"unheard""#, "model_not_found", "model"),
        (#""model":"list""#, "missing_required_parameter", "input"),
        (#""model":"list","input":[]"#, "invalid_value", "input"),
        (#""model":"list","input":7"#, "invalid_type", "input"),
        (#""model":"list","input":[{"role":"robot","content":"x"}]"#, "invalid_value", "input[0].role"),
        (#""model":"list","input":"x","background":true"#, "unsupported_value", "background"),
        (#""model":"list","input":"x","conversation":7"#, "invalid_type", "conversation"),
    ]) func wrongCreatesNameTheField(members: String, code: String, param: String) {
        let connection = InMemoryConnection()
        connection.send(#"{"type":"response.create","stream_id":"a""# + (members.isEmpty ? "" : "," + members) + "}")
        let error = connection.expectError(code, status: code == "model_not_found" ? 404 : 400, lane: "a")
        #expect(error?.string("error.param") == param)
        #expect(connection.core.turnCount == 0)
        connection.complete("on", lane: "a")
    }

    /// "openai-agents-python always sends `stream: true`" (websocket-mode 4.1), and members may come in any order.
    @Test(arguments: [
        #"{"type":"response.create","model":"list","input":"x","stream":true}"#,
        #"{"type":"response.create","model":"list","input":"x","stream":false,"background":false,"stream_options":{}}"#,
        #"{"model":"list","client_metadata":{"a":"b"},"input":"x","type":"response.create","background":null}"#,
        " \n{ \"type\" : \"response.create\" , \"model\":\"list\",\"input\":[{\"role\":\"user\",\"content\":\"x\"}]} ",
        #"{"t\u0079pe":"response.creat\u0065","model":"list","input":"x","previous_response_id":null}"#,
    ]) func toleratedCreates(text: String) {
        let connection = InMemoryConnection()
        connection.send(text)
        #expect(connection.take().types == beginning)
        #expect(connection.works.first?.prompt == "<user>\"x\"</user>\n")
    }

    @Test func toolsOfTheTurnBeforeAreReused() {
        let connection = InMemoryConnection()
        let tools = #""tools":[{"type":"function","name":"f"}]"#
        connection.script = nil
        connection.create("x", tools)
        let first = connection.works.first?.request?.tools
        connection.answer(.say("ok"))
        connection.create("y", tools)
        #expect(connection.works.first?.request?.tools === first)
        connection.answer(.say("ok"))
        connection.create("z", tools.replacing("f\"", with: "g\""))
        #expect(connection.works.first?.request?.tools.callable(named: "f") == nil)
        connection.answer(.say("ok"))
        connection.create("z")
        #expect(connection.works.first?.request?.tools.tools.isEmpty == true, "tools are not inherited")
    }

    /// An idle connection does not hold on to tools of megabytes.
    @Test func largeToolsAreNotKept() {
        let connection = InMemoryConnection { $0.limits.toolsKeptBytesMax = 100 }
        let tools = #""tools":[{"type":"function","name":"f","description":"\#(String(repeating: "x", count: 100))"}]"#
        connection.create("x", tools)
        let first = connection.works.first?.request?.tools
        connection.answer(.say("ok"))
        connection.create("y", tools)
        #expect(connection.works.first?.request?.tools !== first)
        #expect(connection.works.first?.request?.tools.json == first?.json)
    }

    // MARK: Notifications

    @Test(arguments: [#"{"type":"response.processed","response_id":"resp_1"}"#, #"{"type":"response.processed"}"#])
    func processedGetsNoAnswer(text: String) {
        let connection = InMemoryConnection()
        connection.send(text)
        connection.create()
        connection.send(text)
        #expect(connection.take().types == beginning)
    }

    // MARK: Steering

    @Test func steeringIsAnsweredInTheCountOfItsResponse() {
        let connection = InMemoryConnection()
        connection.create(lane: "a")
        let id = connection.take().first?.string("response.id") ?? ""
        connection.send(#"{"type":"response.steer","previous_response_id":"\#(id)","input":"Skip it."}"#)
        let failed = connection.take()
        #expect(failed.types == ["response.steer.failed"])
        #expect(failed.first?.number == 2)
        #expect(failed.first?.lane == "a")
        #expect(failed.first?.string("error.code") == "steering_not_supported")
        #expect(failed.first?["steer"]?.text == #"{"previous_response_id":"\#(id)","input":"Skip it."}"#)
        #expect(failed.first?["response"] == nil)
        connection.answer(.say("ok"))
        #expect(connection.take().compactMap(\.number) == Array(3...9))
    }

    @Test func steeringNothingIsNoErrorEither() {
        let connection = InMemoryConnection()
        connection.send(#"{"type":"response.steer","previous_response_id":"resp_x","input":[]}"#)
        connection.send(#"{"type":"response.steer"}"#)
        let events = connection.take()
        #expect(events.types == ["response.steer.failed", "response.steer.failed"])
        #expect(events.last?["steer"]?.text == #"{"previous_response_id":null,"input":null}"#)
    }

    // MARK: Cancelling

    @Test(arguments: [
        (nil, #"{"type":"response.cancel"}"#), ("a", #"{"type":"response.cancel","stream_id":"a"}"#),
        (nil, #"{"type":"response.cancel","response_id":"ID"}"#), ("a", #"{"type":"response.cancel","response_id":"ID"}"#),
        ("a", #"{"type":"response.cancel","response_id":"ID","stream_id":"a"}"#),
    ]) func cancellingWhatRuns(lane: String?, text: String) {
        let connection = InMemoryConnection()
        connection.create(lane: lane)
        connection.give(.text("half"))
        let id = connection.take().first?.string("response.id") ?? ""
        let work = connection.works.first
        connection.send(text.replacing("ID", with: id))
        let events = connection.take(lane: lane)
        #expect(events.last?.type == "response.incomplete")
        #expect(events.last?.string("response.incomplete_details.reason") == "cancelled")
        #expect(events.last?.string("response.output[0].content[0].text") == "half")
        #expect(events.last?.string("response.output[0].status") == "incomplete")
        #expect(connection.stopped == [work?.turn])
        // Whatever the engine still says comes too late.
        connection.give(.text("late"), to: work)
        connection.end(nil, of: work)
        #expect(connection.take().isEmpty)
        connection.complete(lane: lane)
    }

    @Test(arguments: [
        #"{"type":"response.cancel"}"#, #"{"type":"response.cancel","stream_id":"b"}"#,
        #"{"type":"response.cancel","response_id":"resp_gone"}"#,
        #"{"type":"response.cancel","response_id":"resp_gone","stream_id":"a"}"#,
        #"{"type":"response.cancel","response_id":7}"#,
    ]) func cancellingNothingIsSilent(text: String) {
        let connection = InMemoryConnection()
        connection.create(lane: "a")
        _ = connection.take()
        connection.send(text)
        #expect(connection.take().isEmpty)
        #expect(connection.works.count == 1)
    }

    @Test func cancellingWhatWaits() {
        let connection = InMemoryConnection { $0.limits.turnsInFlightMax = 1 }
        connection.create("runs")
        connection.create("waits", lane: "a")
        connection.create("waits too", lane: "a")
        _ = connection.take()
        connection.send(#"{"type":"response.cancel","stream_id":"a"}"#)
        connection.expectError("response_cancelled", status: 409, lane: "a")
        connection.answer(.say("ok"))
        #expect(connection.works.first?.prompt == "<user>\"waits too\"</user>\n")
        #expect(connection.core.turnCount == 1)
    }

    @Test func theRunningTurnIsCancelledBeforeThoseBehindIt() {
        let connection = InMemoryConnection()
        connection.create("runs")
        connection.create("waits")
        connection.send(#"{"type":"response.cancel"}"#)
        #expect(connection.take().types == beginning + ["response.incomplete"] + beginning)
        #expect(connection.works.first?.prompt == "<user>\"waits\"</user>\n")
    }

    @Test func cancellingWhileTheStoreIsAsked() {
        let connection = InMemoryConnection()
        connection.holdsFetches = true
        connection.create(after: "resp_slow")
        connection.create("next")
        connection.send(#"{"type":"response.cancel"}"#)
        connection.send(#"{"type":"response.cancel"}"#)
        #expect(connection.take().isEmpty)
        connection.answerFetches()
        let events = connection.take()
        #expect(events.types == ["error"] + beginning)
        #expect(events.first?.string("error.code") == "response_cancelled")
        #expect(connection.works.first?.prompt == "<user>\"next\"</user>\n")
    }

    @Test func cancelsOfWrongLanesAreTold() {
        let connection = InMemoryConnection()
        connection.send(#"{"type":"response.cancel","stream_id":""}"#)
        connection.expectError("invalid_stream_id")
    }
}
