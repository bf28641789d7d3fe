import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// What a continuation sees, and which ids can be continued (WebSocket guide, 7.1, 7.2 and section 8).
struct ContinuationTests {
    @Test func aTurnSendsOnlyWhatIsNew() {
        let line = InMemoryConnection()
        let first = line.complete("one", say: "I")
        let second = line.complete("two", after: first, say: "II")
        line.create("three", after: second)
        #expect(
            line.works.first?.prompt == """
                <user>"one"</user>
                <assistant>"I"</assistant>
                <user>"two"</user>
                <assistant>"II"</assistant>
                <user>"three"</user>

                """)
        #expect(line.take().first?.string("response.previous_response_id") == second)
    }

    @Test func aToolLoopContinuesWithOutputsOnly() {
        let line = InMemoryConnection()
        let calling = line.completeCall("call_a")
        line.create(output("call_a"), after: calling)
        #expect(
            line.works.first?.prompt == """
                <user>"hello"</user>
                <assistant>call call_a get_time("{}")</assistant>
                <tool>call_a: "noon"</tool>

                """)
    }

    @Test func withoutParentAConversationIsNew() {
        let line = InMemoryConnection()
        line.complete("one", lane: "build")
        line.create("two", lane: "build")
        #expect(line.works.first?.prompt == "<user>\"two\"</user>\n")
    }

    /// Codex: "equal fields and equal input give the warmup's id with `input: []`" (section 8).
    @Test func aWarmupKeepsItsInput() {
        let line = InMemoryConnection()
        line.create("long and dear", #""generate":false,"instructions":"Be brief.""#)
        #expect(line.works.first?.isPrefill == true)
        line.answer(.warm(tokens: 100, cached: 40))
        let events = line.take()
        #expect(events.types == beginning + ["response.completed"])
        let warm = events.last
        #expect(warm?["response.output"]?.text == "[]")
        #expect(warm?["response.usage.input_tokens"]?.intValue == 100)
        #expect(warm?["response.usage.input_tokens_details.cached_tokens"]?.intValue == 40)
        #expect(warm?["response.usage.output_tokens"]?.intValue == 0)

        line.create("[]", after: warm?.string("response.id"))
        #expect(line.works.first?.isPrefill == false)
        #expect(line.works.first?.prompt == "<user>\"long and dear\"</user>\n")
        // "The warmup's instructions are not inherited by that turn."
        #expect(line.works.first?.request.instructions == nil)
    }

    @Test func aWarmupOfNothingIsLegal() {
        let line = InMemoryConnection()
        line.create("[]", #""generate":false"#)
        line.answer(.warm(tokens: 0))
        #expect(line.take().last?.type == "response.completed")
    }

    @Test func aWarmupMayLeaveCallsUnanswered() {
        let line = InMemoryConnection()
        let calling = line.completeCall("call_a")
        line.create("[]", after: calling, #""generate":false"#)
        line.answer(.warm(tokens: 3))
        let warm = line.take().last?.string("response.id")
        line.create(output("call_a"), after: warm)
        #expect(line.take().types == beginning)
    }

    @Test func anEngineThatCannotPrefillClaimsNothing() {
        let line = InMemoryConnection()
        line.create("hello", #""generate":false"#)
        line.answer(EngineAnswer([], filled: .unsupported(reason: "no such call")))
        #expect(line.take().last?["response.usage.total_tokens"]?.intValue == 0)
    }

    @Test func anUnknownParentIsNotFound() {
        let line = InMemoryConnection()
        line.create(after: "resp_never")
        let error = line.expectError("previous_response_not_found")
        #expect(
            error?["error"]?.text
                == #"{"type":"invalid_request_error","code":"previous_response_not_found","#
                + #""message":"Previous response with id 'resp_never' not found.","param":"previous_response_id"}"#)
        #expect(line.works.isEmpty)
    }

    @Test func whatIsNotStoredIsOfItsConnectionOnly() {
        let process = InMemoryProcess()
        let first = InMemoryConnection(process).complete(store: false)
        let other = InMemoryConnection(process)
        other.create(after: first)
        other.expectError("previous_response_not_found")
        // The error did not close the connection.
        other.complete()
    }

    @Test(arguments: [true, nil]) func whatIsStoredIsFoundAgain(store: Bool?) {
        let process = InMemoryProcess()
        let line = InMemoryConnection(process)
        let first = line.complete("one", store: store, say: "I")
        line.disconnect()
        let other = InMemoryConnection(process)
        other.create("two", after: first)
        #expect(
            other.works.first?.prompt == "<user>\"one\"</user>\n<assistant>\"I\"</assistant>\n<user>\"two\"</user>\n")
    }

    @Test func aForeignIDBehavesAsAnUnknownOne() {
        let process = InMemoryProcess()
        let mine = InMemoryConnection(process, owner: "alice").complete(store: true)
        let other = InMemoryConnection(process, owner: "bob")
        other.create(after: mine)
        let foreign = other.expectError("previous_response_not_found")?["error.message"]?.text
        other.create(after: "resp_never")
        let unknown = other.expectError("previous_response_not_found")?["error.message"]?.text
        #expect(foreign == unknown?.replacing("resp_never", with: mine))
    }

    /// "The `store` value that counts is that of the response being referenced" (7.2), and storing a response stores its
    /// whole conversation: so what follows `store: false` is not stored either, and says so.
    @Test func whatFollowsUnstoredContentIsNotStored() {
        let process = InMemoryProcess()
        let line = InMemoryConnection(process)
        let secret = line.complete("secret", store: false)
        line.create("and now?", after: secret, store: true)
        line.answer(.say("no"))
        let events = line.take()
        #expect(events.compactMap { $0["response.store"]?.boolValue } == [false, false, false])
        #expect(process.stored.isEmpty)

        let open = line.complete("open", store: true)
        line.complete("secret", after: open, store: false)
        #expect(process.stored["alice"]?.keys.map(\.rawValue) == [open])
    }

    @Test func incompleteResponsesCanBeContinued() {
        let line = InMemoryConnection()
        line.create("count")
        line.answer(EngineAnswer([[.text("one two"), .finish(.length)]]))
        let cut = line.take().last
        #expect(cut?.type == "response.incomplete")
        line.create("on", after: cut?.string("response.id"))
        #expect(line.works.first?.prompt.contains("one two") == true)
    }

    @Test func failedAndCancelledResponsesCannotBeContinued() {
        let line = InMemoryConnection()
        line.create()
        line.answer(.fail())
        let failed = line.take().last?.string("response.id")
        line.create(after: failed)
        line.expectError("previous_response_not_found")

        line.create()
        line.send(#"{"type":"response.cancel"}"#)
        let cancelled = line.take().last?.string("response.id")
        line.create(after: cancelled)
        line.expectError("previous_response_not_found")
    }

    /// A client that pipelines names the response that still runs.
    @Test func aTurnMayNameTheResponseThatStillRuns() {
        let line = InMemoryConnection()
        line.create("one")
        let running = line.take().first?.string("response.id")
        line.create("two", after: running)
        #expect(line.take().isEmpty)
        line.answer(.say("I"))
        #expect(line.works.first?.prompt.hasSuffix("<assistant>\"I\"</assistant>\n<user>\"two\"</user>\n") == true)
    }

    @Test func olderResponsesStayWhileThereIsRoom() {
        let line = InMemoryConnection()
        let first = line.complete("one")
        let second = line.complete("two", after: first)
        line.complete("three", after: second)
        line.create("again", after: first)
        #expect(line.take().types == beginning)
    }

    @Test func slowStoresHoldOnlyTheirTurn() {
        let process = InMemoryProcess()
        let stored = InMemoryConnection(process).complete("one", store: true)
        let line = InMemoryConnection(process)
        line.holdsFetches = true
        line.create("two", after: stored)
        line.create("three", lane: "other")
        #expect(line.take(lane: nil).isEmpty)
        #expect(line.take(lane: "other").types == beginning)
        line.answerFetches()
        #expect(line.take(lane: nil).types == beginning)
    }

    @Test func fetchesThatComeTooLateDoNothing() {
        let line = InMemoryConnection()
        line.holdsFetches = true
        line.create(after: "resp_x")
        line.disconnect()
        line.answerFetches()
        #expect(line.take().isEmpty)
        #expect(line.works.isEmpty)
    }
}
