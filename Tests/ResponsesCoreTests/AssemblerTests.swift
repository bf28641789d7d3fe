import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// From what an engine makes to the events of one response (responses-api 12).
struct AssemblerTests {
    /// One engine's run, and the events after `created` and `in_progress`, told shortly.
    struct Row: CustomTestStringConvertible {
        var name: String
        var batches: [GenerationBatch]
        var finish: FinishReason
        var error: EngineError?
        var events: [String]
        /// Type, status and content of each item of the final response.
        var output: [String]
        var testDescription: String { name }

        init(
            _ name: String, _ batches: [GenerationBatch], finish: FinishReason = .stop, error: EngineError? = nil, _ events: [String],
            output: [String]
        ) {
            (self.name, self.batches, self.finish, self.error) = (name, batches, finish, error)
            (self.events, self.output) = (events, output)
        }
    }

    static let text = ["+msg", "+part", "text a", "text b", "text=ab", "-part", "-msg"]

    static let rows: [Row] = [
        Row("text", [[.text("a"), .text("b")]], text + ["completed"], output: ["message completed ab"]),
        Row("text in one batch", [[.text("a"), .text("b")]], text + ["completed"], output: ["message completed ab"]),
        Row("nothing", [], ["completed"], output: []),
        Row("empty pieces", [[.text(""), .reasoning(""), .refusal("")]], ["completed"], output: []),
        Row(
            "text that JSON escapes", [[.text("\"\\\n\u{1}é🎉")]],
            ["+msg", "+part", "text \"\\\n\u{1}é🎉", "text=\"\\\n\u{1}é🎉", "-part", "-msg", "completed"],
            output: ["message completed \"\\\n\u{1}é🎉"]),
        Row(
            "a refusal", [[.refusal("no")]],
            ["+msg", "+part", "refusal no", "refusal=no", "-part", "-msg", "completed"], output: ["message completed no"]),
        Row(
            "a refusal after text", [[.text("a"), .refusal("no"), .text("b")]],
            [
                "+msg", "+part", "text a", "text=a", "-part", "+part", "refusal no", "refusal=no", "-part", "+part", "text b",
                "text=b", "-part", "-msg", "completed",
            ], output: ["message completed a|no|b"]),
        Row(
            "reasoning, then text", [[.reasoning("h")], [.reasoning("m"), .text("a")]],
            [
                "+rs", "+part", "reasoning h", "reasoning m", "reasoning=hm", "-part", "-rs", "+msg", "+part", "text a",
                "text=a", "-part", "-msg", "completed",
            ], output: ["reasoning completed hm", "message completed a"]),
        Row(
            "reasoning between texts", [[.text("a"), .reasoning("h"), .text("b")]],
            [
                "+msg", "+part", "text a", "text=a", "-part", "-msg", "+rs", "+part", "reasoning h", "reasoning=h", "-part",
                "-rs", "+msg", "+part", "text b", "text=b", "-part", "-msg", "completed",
            ], output: ["message completed a", "reasoning completed h", "message completed b"]),
        Row(
            "a call", [[.call(0, "f", id: "c"), .input(0, "{\"a\":")], [.input(0, "1}")]],
            ["+fc", "args {\"a\":", "args 1}", "args={\"a\":1}", "-fc", "completed"],
            output: ["function_call completed f c {\"a\":1}"]),
        Row(
            "a call without arguments", [[.call(0, "f", id: "c"), .input(0, "")]],
            ["+fc", "args {}", "args={}", "-fc", "completed"], output: ["function_call completed f c {}"]),
        Row(
            "a custom call", [[.call(0, "sh", id: "c", kind: .custom), .input(0, "ls "), .input(0, "-l")]],
            ["+ctc", "input ls ", "input -l", "input=ls -l", "-ctc", "completed"],
            output: ["custom_tool_call completed sh c ls -l"]),
        Row(
            "a custom call without input", [[.call(0, "sh", id: "c", kind: .custom)]],
            ["+ctc", "input=", "-ctc", "completed"], output: ["custom_tool_call completed sh c "]),
        Row(
            "text, then calls one after the other",
            [[.text("a")], [.call(0, "f", id: "c"), .input(0, "{}")], [.call(1, "g", id: "d")], [.input(1, "{}")]],
            [
                "+msg", "+part", "text a", "text=a", "-part", "-msg", "+fc", "args {}", "args={}", "-fc", "+fc", "args {}",
                "args={}", "-fc", "completed",
            ], output: ["message completed a", "function_call completed f c {}", "function_call completed g d {}"]),
        Row(
            "two calls whose pieces come in turns",
            [
                [.call(0, "f", id: "c"), .call(1, "g", id: "d"), .input(0, "{\"a\""), .input(1, "{\"b\"")],
                [.input(0, ":1}")], [.input(1, ":2}")],
            ],
            [
                "+fc", "args {\"a\"", "args :1}", "args={\"a\":1}", "-fc", "+fc", "args {\"b\"", "args :2}", "args={\"b\":2}",
                "-fc", "completed",
            ], output: ["function_call completed f c {\"a\":1}", "function_call completed g d {\"b\":2}"]),
        Row(
            // The pieces of the second call must not wait behind the beginning of the third.
            "three calls whose pieces come in turns",
            [
                [.call(0, "f", id: "c"), .call(1, "g", id: "d"), .call(2, "h", id: "e")],
                [.input(0, "{"), .input(1, "{\""), .input(2, "[")], [.input(0, "}"), .input(1, "b"), .input(2, "]")],
                [.input(1, "\":2}")],
            ],
            [
                "+fc", "args {", "args }", "args={}", "-fc", "+fc", "args {\"", "args b", "args \":2}", "args={\"b\":2}", "-fc",
                "+fc", "args [", "args ]", "args=[]", "-fc", "completed",
            ],
            output: ["function_call completed f c {}", "function_call completed g d {\"b\":2}", "function_call completed h e []"]),
        Row(
            "text while a call is not whole",
            [[.call(0, "f", id: "c"), .input(0, "{"), .text("be"), .text("hind")], [.input(0, "}"), .text("!")]],
            [
                "+fc", "args {", "args }", "args={}", "-fc", "+msg", "+part", "text be", "text hind", "text !",
                "text=behind!", "-part", "-msg", "completed",
            ], output: ["function_call completed f c {}", "message completed behind!"]),
        Row(
            "text after a call that never gets arguments", [[.call(0, "f", id: "c"), .text("a")]],
            ["+fc", "args {}", "args={}", "-fc", "+msg", "+part", "text a", "text=a", "-part", "-msg", "completed"],
            output: ["function_call completed f c {}", "message completed a"]),
        Row(
            // Free text does not tell its end, so nothing is lost by waiting.
            "custom calls whose pieces come in turns",
            [[.call(0, "f", id: "c", kind: .custom), .call(1, "g", id: "d", kind: .custom), .input(0, "a"), .input(1, "x")],
             [.input(0, "b"), .input(1, "y")]],
            ["+ctc", "input a", "input b", "input=ab", "-ctc", "+ctc", "input x", "input y", "input=xy", "-ctc", "completed"],
            output: ["custom_tool_call completed f c ab", "custom_tool_call completed g d xy"]),
        Row(
            "input of a call that never began", [[.input(3, "{}"), .text("a"), .text("b")]],
            text + ["completed"], output: ["message completed ab"]),
        Row(
            "the limit in a message", [[.text("a"), .text("b")]], finish: .length,
            text + ["incomplete max_output_tokens"], output: ["message incomplete ab"]),
        Row(
            "the limit in a call", [[.text("a"), .call(0, "f", id: "c"), .input(0, "{\"a")]], finish: .length,
            [
                "+msg", "+part", "text a", "text=a", "-part", "-msg", "+fc", "args {\"a", "args={\"a", "-fc",
                "incomplete max_output_tokens",
            ], output: ["message completed a", "function_call incomplete f c {\"a"]),
        Row(
            "the limit in two calls at once",
            [[.call(0, "f", id: "c"), .call(1, "g", id: "d"), .input(0, "{"), .input(1, "{")]], finish: .length,
            ["+fc", "args {", "args={", "-fc", "+fc", "args {", "args={", "-fc", "incomplete max_output_tokens"],
            output: ["function_call incomplete f c {", "function_call incomplete g d {"]),
        Row(
            "the filter", [[.text("a"), .text("b")]], finish: .contentFilter, text + ["incomplete content_filter"],
            output: ["message incomplete ab"]),
        Row(
            "a failure in the middle", [[.text("a"), .text("b")]], error: EngineError(.timeout, "The engine is silent."),
            text + ["failed engine_timeout"], output: ["message incomplete ab"]),
        Row(
            "a failure that is the request's", [], error: EngineError(.invalidRequest, "No."),
            ["failed invalid_prompt"], output: []),
    ]

    private static func search(_ id: String, _ status: String = "in_progress") -> RawJSON {
        RawJSON(stringLiteral: #"{"id":"\#(id)","type":"web_search_call","status":"\#(status)","action":{"type":"search"}}"#)
    }

    private static let searching = GenerationPiece.itemProgress(0, "response.web_search_call.searching", "{}")
    private static let note: RawJSON = #"{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":1}"#

    /// What engines say that Chat Completions cannot.
    static let rareRows: [Row] = [
        Row(
            "a summary", [[.summary("a"), .summary("b")], [.text("c")]],
            [
                "+rs", "+summary", "summary a", "summary b", "summary=ab", "-summary", "-rs", "+msg", "+part", "text c", "text=c", "-part",
                "-msg", "completed",
            ], output: ["reasoning completed ~ab", "message completed c"]),
        Row(
            "a summary beside raw reasoning", [[.reasoning("r"), .summary("s")], [.reasoning("q")]],
            [
                "+rs", "+part", "reasoning r", "reasoning=r", "-part", "+summary", "summary s", "summary=s", "-summary", "+part",
                "reasoning q", "reasoning=q", "-part", "-rs", "completed",
            ], output: ["reasoning completed ~s|r|q"]),
        Row(
            "a summary in two parts", [[.summary("a"), .partEnd, .summary("b"), .partEnd]],
            [
                "+rs", "+summary", "summary a", "summary=a", "-summary", "+summary", "summary b", "summary=b", "-summary", "-rs",
                "completed",
            ], output: ["reasoning completed ~a|~b"]),
        Row(
            "a text in two parts, and ends of nothing", [[.partEnd, .text("a"), .partEnd, .partEnd, .text("b")]],
            ["+msg", "+part", "text a", "text=a", "-part", "+part", "text b", "text=b", "-part", "-msg", "completed"],
            output: ["message completed a|b"]),
        Row(
            "annotations", [[.text("a"), .annotation(note), .annotation(note), .text("b")]],
            [
                "+msg", "+part", "text a", "note 0 u", "note 1 u", "text b", "text=ab", "-part", "-msg", "completed",
            ], output: ["message completed ab"]),
        Row(
            "an annotation of nothing", [[.reasoning("r"), .annotation(note)]],
            [
                "+rs", "+part", "reasoning r", "reasoning=r", "-part", "-rs", "+msg", "+part", "note 0 u", "text=", "-part", "-msg",
                "completed",
            ], output: ["reasoning completed r", "message completed "]),
        Row(
            "an item of another kind", [[.text("a"), .itemBegan(0, search("ws_1")), searching], [.itemEnded(0, search("ws_1", "completed")), .text("b")]],
            [
                "+msg", "+part", "text a", "text=a", "-part", "-msg", "+ws", "ws_1 searching", "-ws", "+msg", "+part", "text b", "text=b",
                "-part", "-msg", "completed",
            ], output: ["message completed a", "web_search_call completed ", "message completed b"]),
        Row(
            "an item that only ends", [[.itemEnded(0, search("ws_1", "failed"))]], ["+ws", "-ws", "completed"],
            output: ["web_search_call failed "]),
        Row(
            "items in turns",
            [
                [.itemBegan(0, search("ws_1")), .itemBegan(1, search("ws_2")), .itemProgress(1, "response.web_search_call.searching", "{}")],
                [searching, .text("a"), .itemEnded(1, search("ws_2", "completed")), .text("b"), .itemEnded(0, search("ws_1", "completed"))],
            ],
            [
                "+ws", "ws_1 searching", "-ws", "+ws", "ws_2 searching", "-ws", "+msg", "+part", "text a", "text b", "text=ab", "-part", "-msg",
                "completed",
            ], output: ["web_search_call completed ", "web_search_call completed ", "message completed ab"]),
        Row(
            "an item behind a call",
            [
                [.call(0, "f", id: "c"), .input(0, "{"), .itemBegan(0, search("ws_1")), .summary("s"), searching],
                [.itemEnded(0, search("ws_1", "completed")), .input(0, "}")],
            ],
            [
                "+fc", "args {", "args }", "args={}", "-fc", "+ws", "ws_1 searching", "-ws", "+rs", "+summary", "summary s", "summary=s",
                "-summary", "-rs", "completed",
            ], output: ["function_call completed f c {}", "web_search_call completed ", "reasoning completed ~s"]),
        Row(
            "a call and a note behind an item",
            [[.itemBegan(0, search("ws_1")), .text("a"), .annotation(note), .call(0, "f", id: "c"), .input(0, "{}"), .itemEnded(0, search("ws_1", "completed"))]],
            [
                "+ws", "-ws", "+msg", "+part", "text a", "note 0 u", "text=a", "-part", "-msg", "+fc", "args {}", "args={}", "-fc",
                "completed",
            ], output: ["web_search_call completed ", "message completed a", "function_call completed f c {}"]),
        Row(
            "an item that the end cuts", [[.itemBegan(0, search("ws_1")), .text("a")]], finish: .length,
            ["+ws", "-ws", "+msg", "+part", "text a", "text=a", "-part", "-msg", "incomplete max_output_tokens"],
            output: ["web_search_call incomplete ", "message incomplete a"]),
        Row(
            "progress and ends of nothing",
            [[searching, .itemEnded(0, search("ws_1", "completed")), searching, .itemEnded(0, search("ws_1", "completed"))]],
            ["+ws", "-ws", "completed"], output: ["web_search_call completed "]),
    ]

    @Test(arguments: rows + rareRows) func events(row: Row) {
        let connection = InMemoryConnection()
        connection.create()
        connection.answer(EngineAnswer(row.batches, finish: row.finish, error: row.error))
        let events = connection.take()
        #expect(events.dropFirst(2).map(told) == row.events)
        #expect(events.last?["response.output"]?.elements.map(toldItem) == row.output)
        checkResponse(events)
    }

    /// The same, with the batches cut into single pieces, and joined into one.
    @Test(arguments: rows + rareRows) func howBatchesAreCutDoesNotMatter(row: Row) {
        let pieces = row.batches.flatMap { batch in batch.events.map { single($0, of: batch) } }
        var joined = GenerationBatch()
        for batch in row.batches {
            for event in batch.events { append(event, of: batch, to: &joined) }
        }
        for batches in [pieces, [joined]] {
            let connection = InMemoryConnection()
            connection.create()
            connection.answer(EngineAnswer(batches, finish: row.finish, error: row.error))
            #expect(connection.take().dropFirst(2).map(told) == row.events)
        }
    }

    @Test(arguments: ReasoningEvents.allCases) func reasoningHasThreeStyles(style: ReasoningEvents) {
        let connection = InMemoryConnection { $0.reasoningEvents = style }
        connection.create()
        connection.answer(EngineAnswer([[.reasoning("h"), .reasoning("m")]]))
        let events = connection.take()
        let (delta, done, part) =
            switch style {
            case .openAI: ("response.reasoning_text.delta", "response.reasoning_text.done", "response.content_part")
            case .openResponses: ("response.reasoning.delta", "response.reasoning.done", "response.content_part")
            case .summary:
                (
                    "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done",
                    "response.reasoning_summary_part"
                )
            }
        #expect(
            events.types == beginning + [
                "response.output_item.added", "\(part).added", delta, delta, done, "\(part).done",
                "response.output_item.done", "response.completed",
            ])
        let item = events.last?["response.output[0]"]
        let index = style == .summary ? "summary_index" : "content_index"
        #expect(events.filter { $0.type == delta }.allSatisfy { $0[index]?.intValue == 0 })
        #expect(item?["summary"]?.text == (style == .summary ? #"[{"type":"summary_text","text":"hm"}]"# : "[]"))
        #expect(item?["content"]?.text == (style == .summary ? nil : #"[{"type":"reasoning_text","text":"hm"}]"#))
        #expect(item?["encrypted_content"] == nil, "absent fields are left out rather than null")
    }

    @Test func foreignItemsKeepWhatTheySay() {
        let connection = InMemoryConnection()
        connection.create(store: false)
        let begun: RawJSON = #"{"type":"mcp_call","id":"mcp_9","status":"in_progress","name":"f"}"#
        let ended = RawJSON(stringLiteral: "{\"type\":\"mcp_call\",\n\"id\":\"mcp_9\",\"status\":\"failed\",\"error\":{\"m\":1}}")
        let fields: RawJSON = #"{"type":"x","sequence_number":99,"item_id":"other","output_index":7,"delta":"{}","error":{"m":1}}"#
        connection.give(.itemBegan(0, begun), .itemProgress(0, "response.mcp_call_arguments.delta", fields))
        for name in ["response.completed", "response.output_item.done", "error"] as [EventName] {
            connection.give(.itemProgress(0, name, "{}"))
        }
        connection.give(.itemEnded(0, ended))
        connection.end()
        let events = connection.take()
        #expect(
            events.types == beginning + [
                "response.output_item.added", "response.mcp_call_arguments.delta", "response.output_item.done", "response.completed",
            ])
        #expect(events[2]["item"]?.text == #"{"id":"mcp_9","type":"mcp_call","status":"in_progress","name":"f"}"#)
        #expect(
            events[3].json.text
                == #"{"type":"response.mcp_call_arguments.delta","sequence_number":3,"item_id":"mcp_9","output_index":0,"delta":"{}"}"#)
        let item = #"{"id":"mcp_9","type":"mcp_call","status":"failed","error":{"m":1}}"#
        #expect(events[4]["item"]?.text == item)
        #expect(events[5]["response.output"]?.text == "[\(item)]")
    }

    /// Each item of a response has an id of its own, of a length that can be sent back.
    @Test func unusableItemIDsAreReplaced() {
        let connection = InMemoryConnection()
        connection.create()
        for (number, id) in [#""id":"ws_1","#, #""id":"ws_1","#, "", #""id":7,"#, #""id":"\#(String(repeating: "x", count: 300))","#].enumerated() {
            connection.give(.itemEnded(number, RawJSON(stringLiteral: #"{\#(id)"type":"web_search_call"}"#)))
        }
        connection.end()
        let ids = connection.take().last?["response.output"]?.elements.compactMap { $0["id"]?.stringValue } ?? []
        #expect(ids.first == "ws_1")
        #expect(Set(ids).count == 5)
        #expect(ids.dropFirst().allSatisfy { $0.hasPrefix("item_1_") })
    }

    @Test func annotationsStandInPartItemAndResponse() {
        let connection = InMemoryConnection()
        connection.create()
        connection.answer(EngineAnswer([[.text("a"), .annotation(Self.note), .partEnd, .text("b")]]))
        let events = connection.take()
        let added = events.first { $0.type == "response.output_text.annotation.added" }
        #expect(added?["content_index"]?.intValue == 0)
        #expect(added?["output_index"]?.intValue == 0)
        let list = "[\(Self.note.text)]"
        #expect(events.first { $0.type == "response.content_part.done" }?["part.annotations"]?.text == list)
        #expect(events.first { $0.type == "response.output_item.done" }?["item.content[0].annotations"]?.text == list)
        #expect(events.last?["response.output[0].content[0].annotations"]?.text == list)
        #expect(events.last?["response.output[0].content[1].annotations"]?.text == "[]")
        checkResponse(events)
    }

    /// In the style `summary` raw reasoning stands among the summaries, and counts on with them.
    @Test(arguments: ReasoningEvents.allCases) func summariesCountForThemselves(style: ReasoningEvents) {
        let connection = InMemoryConnection { $0.reasoningEvents = style }
        connection.create()
        connection.answer(EngineAnswer([[.summary("a"), .reasoning("r"), .summary("b")]]))
        let events = connection.take()
        let places = events.filter { $0.type.hasSuffix(".delta") }.map { event in
            event["summary_index"].map { "summary \($0.text)" } ?? "content \(event["content_index"]?.text ?? "?")"
        }
        #expect(places == (style == .summary ? ["summary 0", "summary 1", "summary 2"] : ["summary 0", "content 0", "summary 1"]))
        #expect(events.last?["response.output[0].summary"]?.elements.count == (style == .summary ? 3 : 2))
        checkResponse(events)
    }

    /// What a client is to send back sealed is what the model thought, not the summary of it.
    @Test func summariesAreNotSealed() {
        for (pieces, sealed) in [([.summary("s")], nil), ([.reasoning("r"), .summary("s"), .reasoning("q")], "reasoning:rq")]
            as [([GenerationPiece], String?)]
        {
            let connection = InMemoryConnection { $0.sealer = Marker() }
            connection.create("x", #""include":["reasoning.encrypted_content"]"#)
            connection.answer(EngineAnswer([GenerationBatch(pieces)]))
            #expect(connection.take().last?.string("response.output[0].encrypted_content") == sealed)
        }
    }

    private struct Marker: ContentSealer {
        func seal(_ text: JSONText, as purpose: SealPurpose, for owner: Owner) -> String { "\(purpose):\(text.string)" }
        func open(_ sealed: String, as purpose: SealPurpose, for owner: Owner) -> JSONText? { nil }
    }

    /// A client may write its request over several lines; an event over SSE is one line.
    @Test func eventsAreOfOneLine() throws {
        let connection = InMemoryConnection { $0.transport = .sse }
        try connection.post(
            "{\"model\":\"list\",\"input\":\"x\",\"metadata\":{\r\n\"a\":\n\"b\"},\n\"tools\":[{\n\"type\":\"function\",\"name\":\"f\","
                + "\"parameters\":{\n}},\n{\"type\":\"x\",\n\"y\":1}],\"tool_choice\":{\n\"type\":\"function\",\"name\":\"f\"},"
                + "\"text\":{\n\"format\":{\"type\":\"text\"\n}},\"reasoning\":{\n\"effort\":\"low\"}}")
        connection.answer(EngineAnswer([[.text("a"), .logprobs("[\n{}]"), .annotation("{\n}"), .itemEnded(0, "{\n\"type\":\"x\"}")]]))
        let lines = connection.transcript.filter { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        #expect(lines.isEmpty)
        #expect(connection.take().last?["response.metadata.a"]?.stringValue == "b")
    }

    @Test func logprobsComeWithTheirText() {
        let connection = InMemoryConnection()
        connection.create("x", #""include":["message.output_text.logprobs"],"top_logprobs":1"#)
        #expect(connection.works.first?.request?.topLogprobs == 1)
        let entry = { (token: String) in #"{"token":"\#(token)","logprob":-0.5,"bytes":[1],"top_logprobs":[]}"# }
        connection.answer(
            EngineAnswer([
                [.text("a"), .logprobs(RawJSON(stringLiteral: "[\(entry("a"))]")), .text("b")],
            ]))
        let events = connection.take()
        let deltas = events.filter { $0.type == "response.output_text.delta" }
        #expect(deltas.map { $0["logprobs"]?.text } == ["[\(entry("a"))]", "[]"])
        #expect(deltas.map { $0.string("delta") } == ["a", "b"])
        for path in ["part.logprobs", "logprobs"] {
            #expect(events.last { $0[path] != nil }?[path]?.text == "[\(entry("a"))]")
        }
        #expect(events.last?["response.output[0].content[0].logprobs"]?.text == "[\(entry("a"))]")
        checkResponse(events)
    }

    @Test func usageIsTheLastCount() {
        let connection = InMemoryConnection()
        connection.create()
        connection.give(.usage(Usage(inputTokens: 1)), .text("a"))
        connection.give(.usage(Usage(inputTokens: 5, cachedTokens: 4, outputTokens: 3, reasoningTokens: 2)))
        connection.end()
        #expect(
            connection.take().last?["response.usage"]?.text
                == #"{"input_tokens":5,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},"#
                + #""output_tokens":3,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":8}"#)
    }

    /// What ends early reports the counts that came, and none when none came.
    @Test(arguments: [true, false]) func whatEndsEarlyReportsTheCountsSoFar(isCancelled: Bool) {
        for counts in [nil, Usage(inputTokens: 5, outputTokens: 1)] {
            let connection = InMemoryConnection()
            connection.create()
            if let counts { connection.give(.text("a"), .usage(counts)) }
            if isCancelled { connection.send(#"{"type":"response.cancel"}"#) } else { connection.end(EngineError(.failed, "No.")) }
            let usage = connection.take().last?["response.usage"]
            #expect(usage?["input_tokens"]?.intValue == counts?.inputTokens ?? (isCancelled ? 0 : nil))
        }
    }

    /// A call id of an engine that no client could send back is replaced (1 to 64 characters, responses-api 4).
    @Test(arguments: [nil, "", String(repeating: "x", count: 65)]) func unusableCallIDsAreReplaced(id: String?) {
        let connection = InMemoryConnection()
        connection.create()
        connection.answer(EngineAnswer([[.call(0, "f", id: id), .call(1, "f", id: id)]]))
        let last = connection.take().last
        let ids = (0...1).compactMap { last?.string("response.output[\($0)].call_id") }
        #expect(Set(ids).count == 2)
        #expect(ids.allSatisfy { (1...64).contains($0.count) })
        let answers = ids.map { #"{"type":"function_call_output","call_id":"\#($0)","output":"x"}"# }
        connection.create("[\(answers.joined(separator: ","))]", after: last?.string("response.id"))
        #expect(connection.take().types == beginning)
    }

    /// "What OR's validator demands on every Response, streamed snapshots included" (responses-api 3).
    @Test func everySnapshotHasEveryKey() {
        let notNull = [
            "id", "object", "created_at", "status", "model", "output", "tools", "tool_choice", "truncation",
            "parallel_tool_calls", "text", "top_p", "temperature", "presence_penalty", "frequency_penalty", "top_logprobs",
            "store", "background", "service_tier", "metadata",
        ]
        let mayBeNull = [
            "completed_at", "incomplete_details", "previous_response_id", "instructions", "error", "reasoning", "usage",
            "max_output_tokens", "max_tool_calls", "safety_identifier", "prompt_cache_key",
        ]
        let full = """
            "instructions":"Be \\"brief\\".","temperature":0.5,"top_p":0.25,"max_output_tokens":16,"max_tool_calls":2,
            "metadata":{"a":"b"},"parallel_tool_calls":false,"reasoning":{"effort":"low"},"safety_identifier":"s",
            "prompt_cache_key":"k","text":{"verbosity":"low"},"tool_choice":"none","truncation":"auto","user":"u",
            "tools":[{"type":"function","name":"f"}],"top_logprobs":3,"presence_penalty":1,"frequency_penalty":-1.5
            """
        for more in ["", full] {
            for answer in [EngineAnswer.say("ok"), .fail(), EngineAnswer([[.text("x")]], finish: .length)] {
                let connection = InMemoryConnection()
                connection.create("x", more.replacing("\n", with: ""))
                connection.advance(by: .seconds(30))
                connection.answer(answer)
                let snapshots = connection.take().compactMap { $0["response"] }
                #expect(snapshots.count == 4)
                for snapshot in snapshots {
                    for key in notNull { #expect(snapshot[key].map { !$0.isNull } == true, "\(key)") }
                    for key in mayBeNull { #expect(snapshot[key] != nil, "\(key)") }
                    #expect(snapshot["text"]?["format"]?.text == #"{"type":"text"}"#)
                    #expect(snapshot["object"]?.stringValue == "response")
                    #expect((snapshot["completed_at"]?.isNull == false) == (snapshot["status"]?.stringValue == "completed"))
                    if more == full {
                        #expect(snapshot["instructions"]?.stringValue == "Be \"brief\".")
                        #expect(snapshot["reasoning"]?.text == #"{"effort":"low","summary":null}"#)
                        #expect(snapshot["tools"]?.text.contains(#""strict":null"#) == true)
                        #expect(snapshot["frequency_penalty"]?.text == "-1.5")
                    }
                }
            }
        }
    }

    // MARK: Telling shortly

    private func told(_ event: ReceivedEvent) -> String {
        let item = { (event.string("item.id") ?? "").prefix { $0 != "_" } }
        if let id = event.string("item_id"), id.hasPrefix("ws_") { return "\(id) \(event.type.split(separator: ".").last ?? "")" }
        switch event.type {
        case "response.output_text.annotation.added":
            return "note \(event["annotation_index"]?.text ?? "?") \(event.string("annotation.url") ?? "?")"
        case "response.reasoning_summary_part.added": return "+summary"
        case "response.reasoning_summary_part.done": return "-summary"
        case "response.output_item.added": return "+\(item())"
        case "response.output_item.done": return "-\(item())"
        case "response.content_part.added": return "+part"
        case "response.content_part.done": return "-part"
        case "response.completed": return "completed"
        case "response.incomplete": return "incomplete \(event.string("response.incomplete_details.reason") ?? "")"
        case "response.failed": return "failed \(event.string("response.error.code") ?? "")"
        default: break
        }
        let names = [
            "output_text": "text", "refusal": "refusal", "reasoning_text": "reasoning", "function_call_arguments": "args",
            "custom_tool_call_input": "input", "reasoning_summary_text": "summary",
        ]
        let parts = event.type.split(separator: ".")
        let name = names[String(parts[1])] ?? event.type
        if parts.last == "delta" { return "\(name) \(event.string("delta") ?? "?")" }
        let whole = ["text", "refusal", "arguments", "input"].compactMap { event.string($0) }.first
        return "\(name)=\(whole ?? "?")"
    }

    private func toldItem(_ item: RawJSON) -> String {
        let parts = ((item["summary"]?.elements ?? []).map { "~\($0["text"]?.stringValue ?? "?")" } as [String])
            + (item["content"]?.elements ?? []).compactMap { $0["text"]?.stringValue ?? $0["refusal"]?.stringValue }
        let call = ["name", "call_id", "arguments", "input"].compactMap { item[$0]?.stringValue }
        let content = parts.isEmpty ? call.joined(separator: " ") : parts.joined(separator: "|")
        return "\(item["type"]?.stringValue ?? "?") \(item["status"]?.stringValue ?? "?") \(content)"
    }

    private func single(_ event: GenerationBatch.Event, of batch: GenerationBatch) -> GenerationBatch {
        var result = GenerationBatch()
        append(event, of: batch, to: &result)
        return result
    }

    private func append(_ event: GenerationBatch.Event, of batch: GenerationBatch, to result: inout GenerationBatch) {
        switch event {
        case .text(let range): result.append(text: batch.string(range))
        case .refusal(let range): result.append(refusal: batch.string(range))
        case .reasoning(let range): result.append(reasoning: batch.string(range))
        case .toolCall(let call, let head): result.append(call: call, head)
        case .toolInput(let call, let range): result.append(call: call, input: batch.string(range))
        case .logprobs(let json): result.append(logprobs: json)
        case .reasoningSummary(let range): result.append(reasoningSummary: batch.string(range))
        case .partEnded: result.appendPartEnd()
        case .annotation(let json): result.append(annotation: json)
        case .itemBegan(let number, let item): result.append(begunItem: item, number: number)
        case .itemProgress(let number, let name, let fields): result.append(progress: name, ofItem: number, fields)
        case .itemEnded(let number, let item): result.append(endedItem: item, number: number)
        case .usage(let usage): result.append(usage: usage)
        }
    }
}
