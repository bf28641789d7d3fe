import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ResponsesTesting
import Testing

/// Turns in a conversation: what they continue, what they add, and that one runs at a time (responses-api 9).
struct ConversationTests {
    private let process = InMemoryProcess()

    private func connection(_ configure: (inout Connection.Configuration) -> Void = { _ in }) -> InMemoryConnection {
        InMemoryConnection(process, configure: configure)
    }

    private func create(_ input: String, in id: String = "conv_1", lane: String? = nil, _ more: String = "") -> String {
        let lane = lane.map { #""stream_id":"\#($0)","# } ?? ""
        return #"{"type":"response.create",\#(lane)"model":"list","conversation":"\#(id)","input":"\#(input)"\#(more)}"#
    }

    private func contents(of id: String = "conv_1") -> [String] {
        (process.items(ofConversation: id) ?? []).map { item in
            item["content"]?.stringValue ?? item["content"]?.elements.first?["text"]?.stringValue ?? "?"
        }
    }

    @Test func aTurnContinuesTheListAndAddsToIt() throws {
        try process.makeConversation("conv_1", items: [message("before")])
        let it = connection()
        it.script = { _ in .say("answer") }
        it.send(create("first"))
        let last = it.take().last
        #expect(last?.type == "response.completed")
        #expect(last?.json["response"]?["conversation"]?["id"]?.stringValue == "conv_1")
        #expect(last?.json["response"]?["previous_response_id"]?.isNull == true)
        #expect(contents() == ["before", "first", "answer"])
        it.send(create("second"))
        #expect(it.take().last?.type == "response.completed")
        #expect(contents() == ["before", "first", "answer", "second", "answer"])
        let ids = (process.items(ofConversation: "conv_1") ?? []).compactMap { $0["id"]?.stringValue }
        #expect(Set(ids).count == 5)
    }

    /// The engine is given what a request with everything would have given it, whether from memory, from the store, or anew.
    @Test(arguments: ["memory", "store", "items"])
    func theEngineSeesTheWholeList(_ from: String) throws {
        try process.makeConversation("conv_1", items: [message("a")])
        let it = connection()
        it.script = { _ in .say("b") }
        it.send(create("c"))
        switch from {
        case "store": process.emptyCache()
        case "items": process.emptyStore()
        default: break
        }
        it.send(create("d"))
        let full = connection()
        full.script = { _ in .say("b") }
        full.send(
            #"""
            {"type":"response.create","model":"list","input":[{"role":"user","content":"a"},{"role":"user","content":"c"},
            {"role":"assistant","content":"b"},{"role":"user","content":"d"}]}
            """#)
        #expect(it.prompts.last == full.prompts.last)
    }

    @Test func aBusyConversationRefusesTurnsOfOtherConnections() throws {
        try process.makeConversation("conv_1")
        let first = connection()
        let second = connection()
        first.send(create("a"))
        second.send(create("b"))
        let error = try #require(second.take().last)
        #expect(error.json["status"]?.intValue == 409)
        #expect(error.json["error"]?["code"]?.stringValue == "conversation_locked")
        first.answer(.say("x"))
        second.script = { _ in .say("y") }
        second.send(create("b"))
        #expect(second.take().last?.type == "response.completed")
        #expect(contents() == ["a", "x", "b", "y"])
    }

    @Test func turnsOfOneConnectionQueue() throws {
        try process.makeConversation("conv_1")
        let it = connection()
        for (lane, input) in [("l1", "a"), ("l2", "b"), ("l3", "c")] { it.send(create(input, lane: lane)) }
        #expect(it.works.count == 1)
        // One that waits can be cancelled; the others keep their order.
        it.send(#"{"type":"response.cancel","stream_id":"l2"}"#)
        #expect(it.take(lane: "l2").last?.type == "error")
        it.answer(.say("1"))
        #expect(it.works.count == 1)
        it.answer(.say("2"))
        #expect(contents() == ["a", "1", "c", "2"])
    }

    /// However a turn ends, its place is free for the next.
    @Test(arguments: ["fails", "is cancelled", "goes away", "cannot be stored", "is refused", "is shut down"])
    func aTurnThatAddsNothingGivesItsPlaceBack(_ end: String) throws {
        try process.makeConversation("conv_1", items: [message("a")])
        let it = connection()
        switch end {
        case "is refused": it.send(create("x", #","tool_choice":{"type":"function","name":"none"}"#))
        default: it.send(create("x"))
        }
        switch end {
        case "fails": it.answer(.fail())
        case "is cancelled": it.send(#"{"type":"response.cancel"}"#)
        case "goes away": it.disconnect()
        case "cannot be stored":
            it.storeError = .full
            it.answer(.say("y"))
            it.storeError = nil
        case "is shut down":
            it.shutDown(within: .zero)
            it.advance(by: .seconds(1))
        default: break
        }
        let next = connection()
        next.script = { _ in .say("b") }
        next.send(create("c"))
        #expect(next.take().last?.type == "response.completed", "\(end)")
        #expect(contents() == ["a", "c", "b"], "\(end)")
    }

    @Test(arguments: [
        (#","previous_response_id":"resp_x""#, "previous_response_id", 400),
        (#","store":false"#, "conversation", 400),
        ("", "conversation", 404),
    ])
    func whatCannotBeIsSaid(_ more: String, _ field: String, _ status: Int) throws {
        let it = connection()
        it.send(create("a", in: "conv_none", more))
        let error = try #require(it.take().last)
        #expect(error.json["status"]?.intValue == status)
        #expect(error.json["error"]?["param"]?.stringValue == field)
    }

    @Test func nothingIsAddedForAKeyThatMustNotStore() throws {
        try process.makeConversation("conv_1")
        let it = connection { $0.mayStore = false }
        it.send(create("a"))
        #expect(it.take().last?.json["error"]?["param"]?.stringValue == "conversation")
        #expect(contents() == [])
    }

    @Test func anotherOwnerFindsNoConversation() throws {
        try process.makeConversation("conv_1", owner: "bob")
        let it = connection()
        it.send(create("a"))
        #expect(it.take().last?.json["status"]?.intValue == 404)
    }

    @Test func aWarmupAddsNothing() throws {
        try process.makeConversation("conv_1")
        let it = connection()
        it.send(create("a", #","generate":false"#))
        it.answer(.warm(tokens: 1))
        #expect(it.take().last?.type == "response.completed")
        #expect(contents() == [])
        it.script = { _ in .say("b") }
        it.send(create("c"))
        #expect(contents() == ["c", "b"])
    }

    private func message(_ text: String) -> RawJSON {
        RawJSON(stringLiteral: #"{"type":"message","role":"user","content":"\#(text)"}"#)
    }
}
