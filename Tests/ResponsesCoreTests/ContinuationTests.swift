import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

    /// The list dialect refuses items of other kinds; what else the model made is in the prompt all the same.
    @Test func anItemTheDialectRefusesLeavesTheOthers() {
        let connection = InMemoryConnection()
        connection.create("one")
        connection.answer(EngineAnswer([[.text("I"), .itemEnded(0, #"{"type":"web_search_call","id":"ws_1"}"#), .text("II")]]))
        let first = connection.take().last
        #expect(first?["response.output"]?.elements.count == 3)
        connection.create("two", after: first?.string("response.id"))
        #expect(
            connection.works.first?.prompt == "<user>\"one\"</user>\n<assistant>\"I\" · \"II\"</assistant>\n<user>\"two\"</user>\n")
        // It is in the chain, and can be referred to.
        connection.answer(.say("III"))
        connection.create(#"[{"type":"item_reference","id":"ws_1"}]"#, after: connection.take().last?.string("response.id"))
        #expect(connection.expectError("invalid_value")?.string("error.message")?.contains("'web_search_call'") == true)
    }

/// What a continuation sees, and which ids can be continued (websocket-mode 7.1, websocket-mode 7.2, websocket-mode 8).
struct ContinuationTests {
    @Test func aTurnSendsOnlyWhatIsNew() {
        let connection = InMemoryConnection()
        let first = connection.complete("one", say: "I")
        let second = connection.complete("two", after: first, say: "II")
        connection.create("three", after: second)
        #expect(
            connection.works.first?.prompt == """
                <user>"one"</user>
                <assistant>"I"</assistant>
                <user>"two"</user>
                <assistant>"II"</assistant>
                <user>"three"</user>

                """)
        #expect(connection.take().first?.string("response.previous_response_id") == second)
    }

    @Test func aToolLoopContinuesWithOutputsOnly() {
        let connection = InMemoryConnection()
        let calling = connection.completeCall("call_a")
        connection.create(output("call_a"), after: calling)
        #expect(
            connection.works.first?.prompt == """
                <user>"hello"</user>
                <assistant>call call_a get_time("{}")</assistant>
                <tool>call_a: "noon"</tool>

                """)
    }

    @Test func withoutParentAConversationIsNew() {
        let connection = InMemoryConnection()
        connection.complete("one", lane: "build")
        connection.create("two", lane: "build")
        #expect(connection.works.first?.prompt == "<user>\"two\"</user>\n")
    }

    /// Codex: "equal fields and equal input give the warmup's id with `input: []`" (websocket-mode 8).
    @Test func aWarmupKeepsItsInput() {
        let connection = InMemoryConnection()
        connection.create("long and dear", #""generate":false,"instructions":"Be brief.""#)
        #expect(connection.works.first?.isPrefill == true)
        connection.answer(.warm(tokens: 100, cached: 40))
        let events = connection.take()
        #expect(events.types == beginning + ["response.completed"])
        let warm = events.last
        #expect(warm?["response.output"]?.text == "[]")
        #expect(warm?["response.usage.input_tokens"]?.intValue == 100)
        #expect(warm?["response.usage.input_tokens_details.cached_tokens"]?.intValue == 40)
        #expect(warm?["response.usage.output_tokens"]?.intValue == 0)

        connection.create("[]", after: warm?.string("response.id"))
        #expect(connection.works.first?.isPrefill == false)
        #expect(connection.works.first?.prompt == "<user>\"long and dear\"</user>\n")
        // "The warmup's instructions are not inherited by that turn."
        #expect(connection.works.first?.request?.instructions == nil)
    }

    @Test func aWarmupOfNothingIsLegal() {
        let connection = InMemoryConnection()
        connection.create("[]", #""generate":false"#)
        connection.answer(.warm(tokens: 0))
        #expect(connection.take().last?.type == "response.completed")
    }

    @Test func aWarmupMayLeaveCallsUnanswered() {
        let connection = InMemoryConnection()
        let calling = connection.completeCall("call_a")
        connection.create("[]", after: calling, #""generate":false"#)
        connection.answer(.warm(tokens: 3))
        let warm = connection.take().last?.string("response.id")
        connection.create(output("call_a"), after: warm)
        #expect(connection.take().types == beginning)
    }

    @Test func anEngineThatCannotPrefillClaimsNothing() {
        let connection = InMemoryConnection()
        connection.create("hello", #""generate":false"#)
        connection.answer(EngineAnswer([], filled: .unsupported(reason: "no such call")))
        #expect(connection.take().last?["response.usage.total_tokens"]?.intValue == 0)
    }

    @Test func anUnknownParentIsNotFound() {
        let connection = InMemoryConnection()
        connection.create(after: "resp_never")
        let error = connection.expectError("previous_response_not_found")
        #expect(
            error?["error"]?.text
                == #"{"type":"invalid_request_error","code":"previous_response_not_found","#
                + #""message":"Previous response with id 'resp_never' not found.","param":"previous_response_id"}"#)
        #expect(connection.works.isEmpty)
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
        let connection = InMemoryConnection(process)
        let first = connection.complete("one", store: store, say: "I")
        connection.disconnect()
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

    /// "The `store` value that counts is that of the response being referenced" (websocket-mode 7.2), and storing a response stores its
    /// whole conversation: so what follows `store: false` is not stored either, and says so.
    @Test func whatFollowsUnstoredContentIsNotStored() {
        let process = InMemoryProcess()
        let connection = InMemoryConnection(process)
        let secret = connection.complete("secret", store: false)
        connection.create("and now?", after: secret, store: true)
        connection.answer(.say("no"))
        let events = connection.take()
        #expect(events.compactMap { $0["response.store"]?.boolValue } == [false, false, false])
        #expect(process.stored.isEmpty)

        let open = connection.complete("open", store: true)
        connection.complete("secret", after: open, store: false)
        #expect(process.stored["alice"]?.keys.map(\.rawValue) == [open])
    }

    @Test func incompleteResponsesCanBeContinued() {
        let connection = InMemoryConnection()
        connection.create("count")
        connection.answer(EngineAnswer([[.text("one two")]], finish: .length))
        let cut = connection.take().last
        #expect(cut?.type == "response.incomplete")
        connection.create("on", after: cut?.string("response.id"))
        #expect(connection.works.first?.prompt.contains("one two") == true)
    }

    @Test func failedAndCancelledResponsesCannotBeContinued() {
        let connection = InMemoryConnection()
        connection.create()
        connection.answer(.fail())
        let failed = connection.take().last?.string("response.id")
        connection.create(after: failed)
        connection.expectError("previous_response_not_found")

        connection.create()
        connection.send(#"{"type":"response.cancel"}"#)
        let cancelled = connection.take().last?.string("response.id")
        connection.create(after: cancelled)
        connection.expectError("previous_response_not_found")
    }

    /// A client that pipelines names the response that still runs.
    @Test func aTurnMayNameTheResponseThatStillRuns() {
        let connection = InMemoryConnection()
        connection.create("one")
        let running = connection.take().first?.string("response.id")
        connection.create("two", after: running)
        #expect(connection.take().isEmpty)
        connection.answer(.say("I"))
        #expect(connection.works.first?.prompt.hasSuffix("<assistant>\"I\"</assistant>\n<user>\"two\"</user>\n") == true)
    }

    @Test func olderResponsesStayWhileThereIsRoom() {
        let connection = InMemoryConnection()
        let first = connection.complete("one")
        let second = connection.complete("two", after: first)
        connection.complete("three", after: second)
        connection.create("again", after: first)
        #expect(connection.take().types == beginning)
    }

    @Test func slowStoresHoldOnlyTheirTurn() {
        let process = InMemoryProcess()
        let stored = InMemoryConnection(process).complete("one", store: true)
        let connection = InMemoryConnection(process)
        connection.holdsFetches = true
        connection.create("two", after: stored)
        connection.create("three", lane: "other")
        #expect(connection.take(lane: nil).isEmpty)
        #expect(connection.take(lane: "other").types == beginning)
        connection.answerFetches()
        #expect(connection.take(lane: nil).types == beginning)
    }

    @Test func fetchesThatComeTooLateDoNothing() {
        let connection = InMemoryConnection()
        connection.holdsFetches = true
        connection.create(after: "resp_x")
        connection.disconnect()
        connection.answerFetches()
        #expect(connection.take().isEmpty)
        #expect(connection.works.isEmpty)
    }
}
