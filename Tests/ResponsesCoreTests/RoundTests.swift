import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import ResponsesCore

/// Turns whose engine is asked more than once: what is over the client's threshold is compacted before it is answered, and what the
/// engine finds too long is shown without its beginning.
struct RoundTests {
    private static let compacting = #""context_management":[{"type":"compaction","compact_threshold":1000}]"#
    private static let cutting = #""truncation":"auto""#

    private static func item(_ json: String) throws -> Item { try Item(RawJSON(parsing: json)) }

    private func connection(_ process: InMemoryProcess = InMemoryProcess()) -> InMemoryConnection {
        InMemoryConnection(process) { $0.sealer = MarkingSealer() }
    }

    private static func say(_ text: String, tokens: Int) -> EngineAnswer {
        EngineAnswer([[.text(text), .usage(Usage(inputTokens: tokens, outputTokens: 10))]])
    }

    /// A chain of one turn whose engine counted so many tokens.
    private func begin(_ connection: InMemoryConnection, tokens: Int, store: Bool = false) -> String {
        connection.create("Walk.", store: store, Self.compacting)
        connection.answer(Self.say("By the sea.", tokens: tokens), to: connection.works.last)
        return connection.take().last?.string("response.id") ?? ""
    }

    // MARK: Compaction

    @Test("over the threshold the conversation is compacted, then answered, and the chain goes on from there")
    func compactsWithinATurn() throws {
        let connection = connection()
        let first = begin(connection, tokens: 2000)
        connection.create("And then?", after: first, Self.compacting)
        let asked = try #require(connection.works.first)
        #expect(asked.prompt.hasPrefix("<user>\"Walk.\"</user>\n<assistant>\"By the sea.\"</assistant>\n<user>\"And then?\"</user>\n<user>"))
        #expect(asked.prompt.contains("Summarize this conversation") && asked.request?.toolChoice == ToolChoice.none)
        #expect(connection.take().types == beginning)
        connection.answer(.say("We walked."), to: asked)
        let item = connection.take()
        #expect(item.types == ["response.output_item.added", "response.output_item.done"])
        #expect(item.last?.string("item.type") == "compaction" && item.last?.string("item.encrypted_content") == "compaction:We walked.")
        let summary = #"<user>"Summary of the conversation so far:\n\nWe walked."</user>"#
        let compacted = "<user>\"Walk.\"</user>\n<user>\"And then?\"</user>\n\(summary)\n"
        #expect(connection.works.map(\.prompt) == [compacted])
        connection.answer(Self.say("Home.", tokens: 300))
        let events = connection.take()
        let output = events.last?["response.output"]?.elements ?? []
        #expect(events.last?.type == "response.completed" && output.map { $0["type"]?.stringValue } == ["compaction", "message"])
        #expect(events.last?["response.usage.input_tokens"]?.intValue == 300)
        #expect(connection.process.placed == 0, "each place is given back")
        let second = try #require(events.last?.string("response.id"))
        connection.create("Sleep.", after: second, Self.compacting)
        #expect(connection.works.map(\.prompt) == [compacted + "<assistant>\"Home.\"</assistant>\n<user>\"Sleep.\"</user>\n"])
    }

    @Test("under the threshold, or with nothing but what the user said, it is answered at once")
    func compactsNoMoreThanIsAsked() {
        let connection = connection()
        let first = begin(connection, tokens: 900)
        connection.create("And then?", after: first, Self.compacting)
        #expect(connection.works.first?.prompt.contains("Summarize") == false)
        let long = String(repeating: "word ", count: 2000)
        connection.create("[{\"role\":\"user\",\"content\":\"\(long)\"}]", lane: "a", Self.compacting)
        #expect(connection.works.last?.prompt.contains("Summarize") == false)
        // What nobody counted is estimated.
        connection.create("[{\"role\":\"assistant\",\"content\":\"\(long)\"},{\"role\":\"user\",\"content\":\"a\"}]", lane: "b", Self.compacting)
        #expect(connection.works.last?.prompt.contains("Summarize") == true)
    }

    @Test("a second compaction takes up the first one's summary")
    func compactsAgain() throws {
        let connection = connection()
        var id = begin(connection, tokens: 2000)
        for round in 1...2 {
            connection.create("Go on \(round).", after: id, Self.compacting)
            connection.answer(.say("summary \(round)"))
            connection.answer(Self.say("answer \(round)", tokens: 2000))
            id = try #require(connection.take().last?.string("response.id"))
        }
        let last = try #require(connection.prompts.last)
        #expect(last.contains("summary 2") && !last.contains("summary 1") && last.contains("Walk.") && last.contains("Go on 1."))
    }

    @Test("a stored chain is read again as it was compacted")
    func storedChains() throws {
        let process = InMemoryProcess()
        let first = connection(process)
        let parent = begin(first, tokens: 2000, store: true)
        first.create("And then?", after: parent, store: true, Self.compacting)
        first.answer(.say("We walked."))
        first.answer(.say("Home."))
        let id = try #require(first.take().last?.string("response.id"))
        first.create("Sleep.", after: id, store: true)
        let kept = try #require(first.works.first?.prompt)
        process.emptyCache()
        let second = connection(process)
        second.create("Sleep.", after: id, store: true)
        #expect(second.works.first?.prompt == kept && kept.contains("Summary of the conversation"))
    }

    @Test("where the model writes no summary the conversation is answered as it is")
    func answersWithoutASummary() {
        let connection = connection()
        let first = begin(connection, tokens: 2000)
        connection.create("And then?", after: first, Self.compacting)
        connection.answer(EngineAnswer([[.reasoning("hm")]]))
        #expect(connection.works.map(\.prompt) == ["<user>\"Walk.\"</user>\n<assistant>\"By the sea.\"</assistant>\n<user>\"And then?\"</user>\n"])
        connection.answer(.say("Home."))
        let last = connection.take().last
        #expect(last?.type == "response.completed" && last?.string("response.output[0].type") == "message")
    }

    @Test("what a compaction in the input stands for does not count, whether the client leaves it out or not")
    func whatACompactionStandsFor() {
        let connection = connection()
        let compaction = #"{"type":"compaction","encrypted_content":"compaction:We walked."}"#
        let call = #"{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":"x"}"#
        let long = String(repeating: "word ", count: 2000)
        connection.create(
            #"[{"role":"developer","content":"Be kind."},{"role":"user","content":"Walk."},{"role":"assistant","content":"\#(long)"},\#(call),\#(compaction),{"role":"user","content":"And then?"}]"#,
            Self.compacting)
        #expect(connection.works.map(\.prompt) == [
            "<developer>\"Be kind.\"</developer>\n<user>\"Walk.\"</user>\n<user>\"Summary of the conversation so far:\\n\\nWe walked.\"</user>\n<user>\"And then?\"</user>\n",
        ])
        connection.create(#"[{"role":"assistant","content":"x"},\#(compaction),{"role":"user","content":5}]"#, lane: "b")
        #expect(connection.take(lane: "b").last?.string("error.param") == "input[2].content")
        connection.create(#"[{"role":"assistant","content":"x"},\#(compaction),{"type":"item_reference","id":"gone"}]"#, lane: "c")
        #expect(connection.take(lane: "c").last?.string("error.param") == "input[2].id")
    }

    @Test("a compaction of a turn can be referred to")
    func referringToACompaction() throws {
        let connection = connection()
        let first = begin(connection, tokens: 2000)
        connection.create("And then?", after: first, Self.compacting)
        connection.answer(.say("We walked."))
        connection.answer(.say("Home."))
        let last = try #require(connection.take().last)
        let id = try #require(last.string("response.output[0].id"))
        connection.create(#"[{"type":"item_reference","id":"\#(id)"},{"role":"user","content":"Sleep."}]"#, after: last.string("response.id"))
        #expect(connection.works.first?.prompt.hasSuffix("We walked.\"</user>\n<user>\"Sleep.\"</user>\n") == true)
    }

    @Test("counts of an engine that are too large to add are as large as can be")
    func hugeCounts() {
        let connection = connection()
        connection.create("Walk.", #""context_management":[{"type":"compaction","compact_threshold":9223372036854775807}]"#)
        connection.answer(EngineAnswer([[.text("I"), .usage(Usage(inputTokens: .max, outputTokens: .max))]]))
        let id = connection.take().last?.string("response.id")
        connection.create("And then?", after: id, #""context_management":[{"type":"compaction","compact_threshold":9223372036854775807}]"#)
        #expect(connection.works.first?.prompt.contains("Summarize") == true)
    }

    @Test("without a summary the response fails", arguments: [.fail(.overloaded), .fail(.contextLengthExceeded)] as [EngineAnswer])
    func failsWithoutASummary(answer: EngineAnswer) {
        let connection = connection()
        let first = begin(connection, tokens: 2000)
        connection.create("And then?", after: first, Self.compacting)
        connection.answer(answer)
        #expect(connection.take().types == beginning + ["response.failed"])
        #expect(connection.works.isEmpty)
        connection.create("And then?", after: first)
        connection.expectError("previous_response_not_found")
    }

    @Test("it can be cancelled while it is compacted, and while it is prepared anew; the chain before it stays")
    func cancellation() {
        for whileWorking in [true, false] {
            let connection = InMemoryConnection {
                $0.sealer = MarkingSealer()
                $0.limits.largeBytesMin = 10
            }
            let first = begin(connection, tokens: 2000)
            connection.create("And then?", after: first, Self.compacting)
            if whileWorking {
                connection.holdsWork = true
                connection.answer(.say("We walked."))
                #expect(connection.heldWork.count == 1 && connection.works.isEmpty)
                // It lives on in silence.
                connection.advance(by: .seconds(60))
                #expect(connection.take().last?.type == "response.in_progress")
            }
            connection.send(#"{"type":"response.cancel"}"#)
            let last = connection.take().last
            #expect(last?.type == "response.incomplete" && last?.string("response.incomplete_details.reason") == "cancelled")
            connection.holdsWork = false
            connection.doWork()
            #expect(connection.works.isEmpty && connection.take().isEmpty)
            connection.create("And then?", after: first)
            #expect(connection.works.count == 1)
        }
    }

    @Test func numbersGoOn() {
        let connection = connection()
        let first = begin(connection, tokens: 2000)
        connection.create("And then?", after: first, Self.compacting)
        connection.answer(.say("We walked."))
        connection.answer(.say("Home."))
        let events = connection.take()
        #expect(events.compactMap(\.number) == Array(0..<events.count))
        #expect(events.types.filter { $0 == "response.created" }.count == 1)
    }

    // MARK: A conversation that is too long

    private static let conversation = """
        [{"role":"developer","content":"Be kind."},
         {"role":"user","content":"one one one one one one one one"},{"role":"assistant","content":"I I I I I I I I I I I I I I"},
         {"role":"user","content":"two two two two two two two two"},{"role":"assistant","content":"II II II II II II II II II"},
         {"role":"user","content":"three"}]
        """

    @Test("whole exchanges are left out at the front until the engine takes the rest, and the chain goes on with what it took")
    func cutsTheFront() throws {
        let connection = connection()
        connection.create(Self.conversation, Self.cutting)
        connection.answer(.fail(.contextLengthExceeded))
        var shown = try #require(connection.works.first?.prompt)
        #expect(shown.contains("Be kind.") && !shown.contains("one one") && shown.contains("two two"))
        connection.answer(.fail(.contextLengthExceeded))
        shown = try #require(connection.works.first?.prompt)
        #expect(shown.contains("Be kind.") && !shown.contains("II") && shown.contains("three"))
        connection.answer(.say("III"))
        let last = try #require(connection.take().last)
        #expect(last.type == "response.completed" && last.string("response.truncation") == "auto")
        connection.create("four", after: last.string("response.id"), Self.cutting)
        #expect(connection.works.first?.prompt == shown + "<assistant>\"III\"</assistant>\n<user>\"four\"</user>\n")
    }

    @Test("where nothing is left to leave out, or was not to be, the engine's refusal is the answer")
    func refusals() {
        let connection = connection()
        connection.create(Self.conversation, Self.cutting)
        var asked = 0
        while !connection.works.isEmpty, asked < 20 {
            connection.answer(.fail(.contextLengthExceeded))
            asked += 1
        }
        #expect((3...Round.cutsMax).contains(asked))
        var events = connection.take()
        #expect(events.types == beginning + ["response.failed"])
        #expect(events.last?.string("response.error.code") == "context_length_exceeded")
        connection.create(Self.conversation)
        connection.answer(.fail(.contextLengthExceeded))
        events = connection.take()
        #expect(events.types == beginning + ["response.failed"] && connection.works.isEmpty)
        // What has said something cannot begin anew.
        connection.create(Self.conversation, Self.cutting)
        connection.answer(EngineAnswer([[.text("a")]], error: EngineError(.contextLengthExceeded, "full")))
        #expect(connection.take().last?.type == "response.failed" && connection.works.isEmpty)
    }

    @Test("a chain that only the store has whole is read for it")
    func cutsAStoredChain() throws {
        let process = InMemoryProcess()
        let first = connection(process)
        let one = first.complete("one one one one one one one one one one one one one", store: true, say: "I I I I I I I I I I I I I I I I")
        let two = first.complete("two", after: one, store: true, say: "II")
        process.emptyCache()
        let second = connection(process)
        second.create("three", after: two, store: true, Self.cutting)
        second.answer(.fail(.contextLengthExceeded))
        let shown = try #require(second.works.first?.prompt)
        #expect(!shown.contains("one one") && shown.contains("two") && shown.contains("three"))
        second.answer(.say("III"))
        #expect(second.take().last?.type == "response.completed")
    }

    @Test("what a hook says between a call and its output does not end the exchange")
    func hooksAreOfTheirExchange() throws {
        let call = { (id: String) in try Self.item(#"{"type":"function_call","call_id":"\#(id)","name":"f","arguments":"{}"}"#) }
        let out = { (id: String) in try Self.item(#"{"type":"function_call_output","call_id":"\#(id)","output":"oooooooooooooooooooooooo"}"#) }
        let question = Item.userMessage("Find it.")
        let items = [
            Item.userMessage("old old old old"), try Self.item(#"{"role":"assistant","content":"old"}"#), question, try call("a"), try out("a"),
            try call("b"), Item.userMessage("hook says hello"), try out("b"),
        ]
        let shown = ShortenedConversation(items, cuts: 2)
        #expect(shown.items == [question] + items[5...])
    }

    @Test("a chain that was cut is cut from what its engine took last, again and again")
    func cutsAgainAndAgain() throws {
        let connection = connection()
        var id: String?
        var asked = 0
        for turn in 0..<60 {
            connection.create("question \(turn) " + String(repeating: "word ", count: 20), after: id, Self.cutting)
            while let work = connection.works.first {
                asked += 1
                // An engine with room for some ten turns.
                connection.answer(work.prompt.utf8.count > 2000 ? .fail(.contextLengthExceeded) : .say("answer \(turn)"))
            }
            let last = try #require(connection.take().last)
            try #require(last.type == "response.completed", "turn \(turn)")
            id = last.string("response.id")
        }
        #expect(asked < 60 * 2)
    }

    @Test("an agent's long loop loses its oldest steps, never half of one", arguments: 1...6)
    func longLoops(cuts: Int) throws {
        var items = [Item.userMessage("Find it.")]
        for step in 0..<12 {
            items.append(try Self.item(#"{"type":"function_call","call_id":"a\#(step)","name":"f","arguments":"{}"}"#))
            items.append(try Self.item(#"{"type":"function_call","call_id":"b\#(step)","name":"f","arguments":"{}"}"#))
            items.append(try Self.item(#"{"type":"function_call_output","call_id":"b\#(step)","output":"bbbbbbbb"}"#))
            items.append(try Self.item(#"{"type":"function_call_output","call_id":"a\#(step)","output":"aaaaaaaa"}"#))
        }
        let shown = ShortenedConversation(items, cuts: cuts)
        #expect(shown.items.first == items.first && shown.items.last == items.last)
        #expect(shown.items.count < items.count && (shown.items.count - 1).isMultiple(of: 4))
        #expect(shown.canBeCut == (shown.items.count > 5))
        let bytes = { (items: [Item]) in items.reduce(0) { $0 + Double($1.json.bytes.count) } }
        var goal = bytes(items)
        for _ in 0..<cuts { goal *= 0.75 }
        #expect(bytes(shown.items) <= goal || shown.items.count == 5)
    }

    @Test("a call that was cut off, and has no output, does not hold an exchange together")
    func callsThatWereCutOff() throws {
        let items = [
            Item.userMessage(JSONText(String(repeating: "long ", count: 100))),
            try Self.item(#"{"type":"function_call","call_id":"a","name":"f","arguments":"{","status":"incomplete"}"#), Item.userMessage("Well?"),
        ]
        #expect(ShortenedConversation(items, cuts: 2).items == [items[2]])
    }

    // MARK: Codex's own compaction

    private static func codex(_ kind: String, key: String = "thread") -> String {
        let metadata = #"{\"request_kind\":\"\#(kind)\"}"#
        return #""prompt_cache_key":"\#(key)","client_metadata":{"x-codex-turn-metadata":"\#(metadata)"}"#
    }

    @Test("Codex's compaction on another connection has the tools of its thread, which cannot be called")
    func codexCompactions() {
        let process = InMemoryProcess()
        let tools = #","tools":[{"type":"function","name":"f"}]"#
        let first = connection(process)
        first.create("hello", Self.codex("turn") + tools)
        first.answer(.say("ok"))
        first.disconnect()
        let conversation = #"[{"role":"user","content":"hello"},{"role":"assistant","content":"ok"},{"role":"user","content":"Summarize."}]"#
        let second = connection(process)
        second.create(conversation, Self.codex("compaction") + #","tools":[]"#)
        #expect(second.works.first?.request?.tools.callable(named: "f") != nil)
        #expect(second.works.first?.request?.toolChoice == ToolChoice.none)
        second.answer(.say("short"))
        // A name that no client has is not kept: it would be memory that nobody counts.
        let long = String(repeating: "k", count: 200)
        let third = connection(process)
        third.create("hello", Self.codex("turn", key: long) + tools)
        third.answer(.say("ok"))
        third.create(conversation, Self.codex("compaction", key: long) + #","tools":[]"#)
        #expect(third.works.first?.request?.tools.isEmpty == true)
        // Another thread, another kind, another owner, tools of its own: as they were sent.
        for (more, owner) in [
            (Self.codex("compaction", key: "other"), "alice"), (Self.codex("turn"), "alice"), (Self.codex("compaction"), "bob"),
            (#""prompt_cache_key":"thread""#, "alice"),
        ] {
            let other = InMemoryConnection(process, owner: owner)
            other.create(conversation, more + #","tools":[]"#)
            #expect(other.works.first?.request?.tools.isEmpty == true, "\(more) of \(owner)")
            other.disconnect()
        }
    }
}
