import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Items that stand for others, and outputs that answer calls.
struct ResolutionTests {
    @Test func referencesAreReplaced() {
        let connection = InMemoryConnection()
        connection.create(#"[{"type":"message","id":"mine","role":"user","content":"one"}]"#)
        connection.answer(.say("I"))
        let first = connection.take().last
        let message = first?.string("response.output[0].id") ?? ""
        connection.create(#"[{"type":"item_reference","id":"mine"},{"id":"\#(message)"}]"#, after: first?.string("response.id"))
        #expect(
            connection.works.first?.prompt == """
                <user>"one"</user>
                <assistant>"I"</assistant>
                <user>"one"</user>
                <assistant>"I"</assistant>

                """)
    }

    @Test func aReferenceToNothingNamesItsPlace() {
        let connection = InMemoryConnection()
        connection.create(#"[{"type":"message","role":"user","content":"a"},{"type":"item_reference","id":"gone"}]"#)
        #expect(connection.expectError("invalid_value")?.string("error.param") == "input[1].id")
    }

    /// A reference of forty bytes can stand for megabytes.
    @Test func referencesShareALimit() {
        let connection = InMemoryConnection { $0.limits.messageBytesMax = 10_000 }
        let big = #"{"type":"message","id":"big","role":"user","content":"\#(String(repeating: "x", count: 4000))"}"#
        let reference = #"{"type":"item_reference","id":"big"}"#
        connection.create("[\(big),\(reference),\(reference)]")
        #expect(connection.take().types == beginning)
        connection.disconnect()
        let other = InMemoryConnection { $0.limits.messageBytesMax = 10_000 }
        other.create("[\(big),\(reference),\(reference),\(reference)]")
        #expect(other.expectError("invalid_value")?.string("error.param") == "input[3].id")
    }

    @Test func callsAndOutputsMatch() {
        let call = { (id: String, more: String) in
            #"{"type":"function_call","call_id":"\#(id)","name":"f","arguments":"{}"\#(more)}"#
        }
        let out = { (id: String) in #"{"type":"function_call_output","call_id":"\#(id)","output":"x"}"# }
        let table: [(items: [String], param: String?)] = [
            ([call("a", ""), out("a")], nil),
            ([call("a", ""), call("b", ""), out("b"), out("a")], nil),
            // Each call has one output, and may have the id of another that has its own.
            ([call("a", ""), out("a"), out("a")], "input[2].call_id"),
            ([call("a", ""), out("a"), call("a", ""), out("a")], nil),
            // A call cut by a limit need not be answered.
            ([call("a", #","status":"incomplete""#)], nil),
            ([out("a")], "input[0].call_id"),
            // Outputs before their calls are found by their ids; errors name the places as they were sent.
            ([out("a"), call("a", "")], nil),
            ([out("b"), out("a"), call("a", ""), call("b", "")], nil),
            ([out("a"), call("a", ""), call("a", ""), out("a")], nil),
            ([out("a"), call("a", ""), out("a")], "input[2].call_id"),
            ([out("b"), out("a"), call("a", "")], "input[0].call_id"),
            ([call("b", ""), out("a"), call("a", ""), out("b"), out("c")], "input[4].call_id"),
            ([call("a", ""), out("b")], "input[1].call_id"),
            ([call("a", "")], "input"),
            ([call("a", ""), call("a", ""), out("a")], "input"),
        ]
        for (items, param) in table {
            let connection = InMemoryConnection()
            connection.create("[\(items.joined(separator: ","))]")
            let events = connection.take()
            #expect(events.last?.string("error.param") == param, "\(items)")
            #expect(events.first?.type == (param == nil ? "response.created" : "error"), "\(items)")
            // Open Responses wants a code that is a string.
            if param != nil { #expect(events.last?.string("error.code") != nil) }
        }
    }

    @Test("an output that is sent again in a later turn is refused, and the response before its turn can still be answered")
    func anOutputSentAgainIsRefused() {
        let connection = InMemoryConnection()
        let calling = connection.completeCall("call_a")
        let answered = connection.complete(output("call_a"), after: calling)
        connection.create(output("call_a"), after: answered)
        let error = connection.expectError("invalid_value")
        #expect(error?.string("error.param") == "input[0].call_id")
        #expect(error?.string("error.message")?.hasPrefix("Duplicate function_call_output for call_id 'call_a'") == true)
        connection.create(output("call_a"), after: calling)
        #expect(connection.take().types == beginning)
    }

    @Test("outputs before their calls are read, kept and listed behind them")
    func outputsBeforeTheirCalls() {
        let out = { (id: String) in #"{"type":"function_call_output","call_id":"\#(id)","output":"of \#(id)"}"# }
        let call = { (id: String) in #"{"type":"function_call","call_id":"\#(id)","name":"f","arguments":"{}"}"# }
        let user = #"{"role":"user","content":"Go on."}"#
        let prompts = [
            [user, call("a"), out("a"), call("b"), out("b")], [user, out("b"), out("a"), call("a"), call("b")],
            [out("a"), user, call("a"), out("b"), call("b")],
        ].map { items in
            let connection = InMemoryConnection()
            connection.create("[\(items.joined(separator: ","))]")
            return connection.works.first?.prompt
        }
        #expect(prompts[0] != nil && prompts[1] == prompts[0] && prompts[2] == prompts[0])
    }

    @Test func aCallLeftWithoutOutputIsRefused() {
        let connection = InMemoryConnection()
        let calling = connection.completeCall("call_a")
        connection.create("never mind", after: calling)
        #expect(connection.expectError("invalid_value")?.string("error.message")?.contains("call_a") == true)
    }

    /// Seconds when each output searched all calls; must not hold up other connections of the loop.
    @Test func manyParallelCallsCostNoMoreThanTheirNumber() {
        let count = 20_000
        var items = (0..<count).map { #"{"type":"function_call","call_id":"c\#($0)","name":"f","arguments":"{}"}"# }
        items += (0..<count).reversed().map { #"{"type":"function_call_output","call_id":"c\#($0)","output":""}"# }
        let connection = InMemoryConnection()
        connection.keepsRecords = false
        connection.create("[\(items.joined(separator: ","))]")
        #expect(connection.take().types == beginning)
    }

    @Test func itemsTheEngineCannotTakeFailTheTurnOnly() {
        let connection = InMemoryConnection()
        connection.create(#"[{"type":"vendor:odd"}]"#)
        #expect(connection.expectError("invalid_value")?.string("error.param") == "input[0].type")
        connection.complete()
    }

    @Test func theModelMayChangeWithinAChain() {
        let process = InMemoryProcess(engines: ListDirectory(["small": "one", "large": "two"]))
        let connection = InMemoryConnection(process)
        let first = connection.complete("one", model: "small", say: "I")
        connection.create("two", after: first, model: "large")
        let moved = connection.works.first
        #expect(moved?.request?.prompt.dialect == "two")
        #expect(moved?.prompt == "<user>\"one\"</user>\n<assistant>\"I\"</assistant>\n<user>\"two\"</user>\n")
    }

    @Test("a compaction needs its server; reasoning that another sealed is left closed, and its summary stands for it")
    func sealedContentNeedsItsServer() {
        let connection = InMemoryConnection()
        connection.create(#"[{"type":"compaction","encrypted_content":"x"}]"#)
        #expect(connection.expectError("invalid_encrypted_content")?.string("error.param") == "input[0].encrypted_content")
        let summary = #"{"type":"summary_text","text":"because"}"#
        connection.create(
            #"[{"role":"user","content":"Why?"},{"type":"reasoning","summary":[\#(summary)],"encrypted_content":"x"}]"#)
        #expect(connection.take().types == ["response.created", "response.in_progress"])
        #expect(connection.works.first?.prompt.contains("encrypted") != true)
        #expect(connection.leftOut.map(\.type) == ["sealed_reasoning"])
    }

    @Test func sealedContentIsOpened() {
        let connection = InMemoryConnection { $0.sealer = MarkingSealer() }
        connection.create("think", #""include":["reasoning.encrypted_content"]"#)
        connection.answer(EngineAnswer([[.reasoning("first a, then b"), .text("b")]]))
        let reasoning = connection.take().last?["response.output[0]"]
        #expect(reasoning?["encrypted_content"]?.stringValue == "reasoning:first a, then b")
        // A client that keeps no reasoning text sends the seal only.
        connection.create(#"[{"type":"reasoning","summary":[],"encrypted_content":"reasoning:first a, then b"}]"#)
        #expect(connection.works.first?.prompt == "<assistant>think \"first a, then b\"</assistant>\n")
        connection.end(EngineError(.failed, "no"))
        _ = connection.take()
        connection.create(#"[{"type":"compaction","encrypted_content":"compaction:it was long"}]"#)
        #expect(connection.works.first?.prompt.contains("it was long") == true)
    }
}
