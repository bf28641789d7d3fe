import AllocationCounter
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import MessagesWire

/// Turns as clients read them (anthropic-messages 6).
@Suite("Messages: writing") struct WritingTests {
    private static let usage =
        #""usage":{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":20,"output_tokens":7,"#
        + #""output_tokens_details":{"thinking_tokens":2},"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"#
        + #""server_tool_use":null,"service_tier":"standard"}"#
    private static let noUsage = usage.replacing(":10,", with: ":0,").replacing(":20,", with: ":0,").replacing(":7,", with: ":0,")
        .replacing(":2}", with: ":0}")
    private static let begins = [
        #"message_start {"type":"message_start","message":{"id":"msg_0a1b","type":"message","role":"assistant","model":"m","content":[],"#
            + #""stop_reason":null,"stop_sequence":null,"stop_details":null,"container":null,"context_management":null,"# + noUsage + "}}",
        #"ping {"type":"ping"}"#,
    ]

    private static func ends(_ reason: String, sequence: String = "null", details: String = "null", _ more: String = "") -> [String] {
        [
            #"message_delta {"type":"message_delta","delta":{"stop_reason":"\#(reason)","stop_sequence":\#(sequence),"stop_details":\#(details)},"#
                + usage + more + "}",
            #"message_stop {"type":"message_stop"}"#,
        ]
    }

    private static func start(_ index: Int, _ block: String) -> String {
        #"content_block_start {"type":"content_block_start","index":\#(index),"content_block":\#(block)}"#
    }

    private static func delta(_ index: Int, _ delta: String) -> String {
        #"content_block_delta {"type":"content_block_delta","index":\#(index),"delta":{\#(delta)}}"#
    }

    private static func stop(_ index: Int) -> String { #"content_block_stop {"type":"content_block_stop","index":\#(index)}"# }
    private static let text = #"{"type":"text","text":""}"#
    private static let thinking = #"{"type":"thinking","thinking":"","signature":""}"#

    private func written(_ pieces: [GenerationPiece], _ finish: FinishReason = .stop, fields: String = "") throws -> [String] {
        let hi = #"[{"role":"user","content":"hi"}]"#
        var written = Written(try read(body(hi, #""stream":true\#(fields.isEmpty ? "" : ",")\#(fields)"#)))
        #expect(written.lines.isEmpty, "the head waits")
        written.receive(pieces)
        #expect(written.finish(finish).isEmpty)
        return written.lines
    }

    @Test func text() throws {
        #expect(
            try written([.text("Hel"), .text("lo \"you\"\n")])
                == Self.begins + [
                    Self.start(0, Self.text), Self.delta(0, #""type":"text_delta","text":"Hel""#),
                    Self.delta(0, #""type":"text_delta","text":"lo \"you\"\n""#), Self.stop(0),
                ] + Self.ends("end_turn"))
    }

    @Test func thinkingThenTextThenCalls() throws {
        let mark = ThinkingSignature(TurningSealer.owned, model: "m").marking("I think")
        let lines = try written([
            .reasoning("I "), .reasoning("think"), .text("Look:"), .call(0, "Bash", id: "call_7"), .input(0, #"{"command":"#),
            .input(0, #""ls"}"#), .call(1, "Read"), .input(1, "{}"), .call(2, "None"),
        ])
        let expected: [String] =
            [
                Self.start(0, Self.thinking), Self.delta(0, #""type":"thinking_delta","thinking":"I ""#),
                Self.delta(0, #""type":"thinking_delta","thinking":"think""#),
                Self.delta(0, #""type":"signature_delta","signature":\#(JSONText(mark).quoted)"#), Self.stop(0),
                Self.start(1, Self.text), Self.delta(1, #""type":"text_delta","text":"Look:""#), Self.stop(1),
                Self.start(2, #"{"type":"tool_use","id":"call_7","name":"Bash","input":{}}"#),
                Self.delta(2, #""type":"input_json_delta","partial_json":"{\"command\":""#),
                Self.delta(2, #""type":"input_json_delta","partial_json":"\"ls\"}""#), Self.stop(2),
                Self.start(3, #"{"type":"tool_use","id":"toolu_c1","name":"Read","input":{}}"#),
                Self.delta(3, #""type":"input_json_delta","partial_json":"{}""#), Self.stop(3),
                // Engines write nothing for a function that takes nothing.
                Self.start(4, #"{"type":"tool_use","id":"toolu_c2","name":"None","input":{}}"#),
                Self.delta(4, #""type":"input_json_delta","partial_json":"{}""#), Self.stop(4),
            ]
        #expect(lines == Self.begins + expected + Self.ends("tool_use"))
    }

    /// Print mode of Claude Code asks for it: the text stays, sealed in what it sends back.
    @Test func omittedThinkingIsSealed() throws {
        let sealed = ThinkingSignature(TurningSealer.owned, model: "m").sealing("I think")
        let fields = #""thinking":{"type":"adaptive","display":"omitted"}"#
        #expect(
            try written([.reasoning("I "), .reasoning("think"), .text("a")], fields: fields)
                == Self.begins + [
                    Self.start(0, Self.thinking), Self.delta(0, #""type":"signature_delta","signature":\#(JSONText(sealed).quoted)"#),
                    Self.stop(0), Self.start(1, Self.text), Self.delta(1, #""type":"text_delta","text":"a""#), Self.stop(1),
                ] + Self.ends("end_turn"))
    }

    /// Parsed while it comes, it has to be an object; one that is not becomes an error of the tool (anthropic-messages 6.1).
    @Test(arguments: [
        (["[\"a\"", ",\"\\n\"]"], #"{"INVALID_JSON":"[\"a\",\"\\n\"]"}"#), ([" ", "\n", "nul", "l"], " \n" + #"{"INVALID_JSON":"null"}"#),
        ([" \n", "{}"], " \n{}"), (["ls -l"], #"{"INVALID_JSON":"ls -l"}"#),
    ])
    func inputThatIsNoObject(_ pieces: [String], _ joined: String) throws {
        let lines = try written([.call(0, "f", id: "a")] + pieces.map { .input(0, $0) })
        let deltas = try lines.filter { $0.hasPrefix("content_block_delta") }.map { line in
            try RawJSON(parsing: String(line.dropFirst("content_block_delta ".count)))["delta"]?["partial_json"]?.stringValue ?? "?"
        }
        #expect(deltas.joined() == joined)
        _ = try RawJSON(parsing: deltas.joined())
    }

    @Test func everyReasonToStop() throws {
        let block = [Self.start(0, Self.text), Self.delta(0, #""type":"text_delta","text":"a""#), Self.stop(0)]
        #expect(try written([.text("a")], .length) == Self.begins + block + Self.ends("max_tokens"))
        #expect(
            try written([.text("a")], .contentFilter)
                == Self.begins + block + Self.ends("refusal", details: #"{"type":"refusal","category":null,"explanation":null}"#))
        #expect(try written([.text("aEND")], fields: #""stop_sequences":["EN"]"#) == Self.begins + block + Self.ends("stop_sequence", sequence: #""EN""#))
        #expect(try written([]) == Self.begins + Self.ends("end_turn"))
        #expect(
            try written([.text("a")], fields: #""context_management":{"edits":[]}"#)
                == Self.begins + block + Self.ends("end_turn", #","context_management":{"applied_edits":[]}"#))
        // A refusal is text, in the same block.
        let refused = try written([.text("a"), .refusal("no")])
        #expect(refused.filter { $0.hasPrefix("content_block_start") }.count == 1 && refused.contains { $0.contains(#""text":"no""#) })
    }

    @Test func whatOnlyResponsesHasIsNoBlock() throws {
        let lines = try written([.itemBegan(0, #"{"type":"web_search_call","id":"ws"}"#), .itemEnded(0, #"{"type":"web_search_call","id":"ws"}"#), .text("a")])
        #expect(lines.dropFirst(2).first == Self.start(0, Self.text))
    }

    /// The path that every token takes.
    @Test(.enabled(if: AllocationCounter.works), arguments: [VoicedItem.message, .reasoning]) func aDeltaAllocatesNothing(_ item: VoicedItem) throws {
        let format = try #require(try read(body(#"[{"role":"user","content":"hi"}]"#, #""stream":true"#)).format as? MessagesFormat)
        var voice = MessagesVoice(id: "msg_1", format)
        var events = EventBuffer()
        voice.itemBegan(item, into: &events)
        let piece = Array("a piece of text"[...].utf8)[...]
        // Once, so that the buffer has its room.
        for _ in 0..<200 { voice.said(.text, piece, logprobs: nil, into: &events) }
        events.removeAll()
        let calls = AllocationCounter.count { for _ in 0..<100 { voice.said(.text, piece, logprobs: nil, into: &events) } }.counts.calls
        #expect(calls == 0)
        #expect(events.marks.count == 100)
    }

    // MARK: Silence and failure

    @Test func aHeartbeatBeginsTheStreamOrPings() throws {
        var written = Written(try read(body(#"[{"role":"user","content":"hi"}]"#, #""stream":true"#)))
        written.heartbeat()
        #expect(written.lines == Self.begins)
        written.receive([.text("a")])
        written.heartbeat()
        #expect(written.lines.last == #"ping {"type":"ping"}"#)
        _ = written.finish()
        #expect(written.lines.filter { $0.hasPrefix("message_start") }.count == 1)
        #expect(written.lines.suffix(2) == Self.ends("end_turn")[...])
    }

    @Test func aFailureIsAStatusBeforeTheHeadAndAnEventBehindIt() throws {
        let error = APIError(status: 503, type: "server_error", code: .serverIsOverloaded, message: "Too much. Try again.")
        var early = Written(try read(body(#"[{"role":"user","content":"hi"}]"#, #""stream":true"#)))
        #expect(early.fail(error).isEmpty && early.lines.isEmpty)
        var late = Written(try read(body(#"[{"role":"user","content":"hi"}]"#, #""stream":true"#)))
        late.receive([.text("a")])
        _ = late.fail(error)
        #expect(late.lines.last == #"error {"type":"error","error":{"type":"overloaded_error","message":"Too much. Try again."}}"#)
        #expect(late.lines.contains(Self.stop(0)))
        #expect(!late.lines.contains { $0.hasPrefix("message_stop") })
    }

    // MARK: Without a stream

    @Test func oneObject() throws {
        var written = Written(try read(body(#"[{"role":"user","content":"hi"}]"#, #""thinking":{"type":"adaptive"}"#)))
        written.heartbeat()
        written.receive([.reasoning("hm"), .text("a"), .call(0, "f", id: "a"), .input(0, #"{"x": 1}"#), .call(1, "g", id: "b"), .input(1, "[1")])
        #expect(written.lines.isEmpty)
        let mark = ThinkingSignature(TurningSealer.owned, model: "m").marking("hm")
        let object = written.finish()
        #expect(
            object == #"{"id":"msg_0a1b","type":"message","role":"assistant","model":"m","content":["#
                + #"{"type":"thinking","thinking":"hm","signature":\#(JSONText(mark).quoted)},{"type":"text","text":"a","citations":null},"#
                + #"{"type":"tool_use","id":"a","name":"f","input":{"x": 1}},{"type":"tool_use","id":"b","name":"g","input":{"INVALID_JSON":"[1"}}],"#
                + #""stop_reason":"tool_use","stop_sequence":null,"stop_details":null,"container":null,"context_management":null,"#
                + Self.usage + "}")
    }

    @Test func oneObjectWithSealedThinking() throws {
        let hi = #"[{"role":"user","content":"hi"}]"#
        var written = Written(try read(body(hi, #""thinking":{"type":"adaptive","display":"omitted"},"context_management":{}"#)))
        written.receive([.reasoning("hm"), .text("a")])
        let object = try RawJSON(parsing: written.finish())
        let block = object["content"]?.elements.first
        #expect(block?["thinking"]?.stringValue == "")
        #expect(block?["signature"]?.stringValue == ThinkingSignature(TurningSealer.owned, model: "m").sealing("hm"))
        #expect(object["context_management"]?.text == #"{"applied_edits":[]}"#)
        #expect(object["stop_reason"]?.stringValue == "end_turn")
    }

    @Test func nothingGeneratedIsAtItsLimit() throws {
        var written = Written(try read(#"{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"hi"}]}"#))
        let object = try RawJSON(parsing: written.warm(Usage(inputTokens: 5)))
        #expect(object["stop_reason"]?.stringValue == "max_tokens" && object["content"]?.text == "[]")
        #expect(object["usage"]?["input_tokens"]?.intValue == 5)
    }

    /// A failure without a stream is the answer's status.
    @Test func aFailureWithoutAStreamHasNoBody() throws {
        var written = Written(try read(body(#"[{"role":"user","content":"hi"}]"#)))
        written.receive([.text("a")])
        #expect(written.fail(.shuttingDown).isEmpty && written.lines.isEmpty)
    }

    // MARK: The way there and back

    /// What a client sends back becomes the items that the engine made.
    @Test(arguments: ["summarized", "omitted"]) func whatWasSaidComesBack(_ display: String) throws {
        let fields = #""thinking":{"type":"adaptive","display":"\#(display)"}"#
        var written = Written(try read(body(#"[{"role":"user","content":"hi"}]"#, fields)))
        written.receive([.reasoning("hm"), .text("a\n\"ä\""), .call(0, "f", id: "id1"), .input(0, #"{"x":[1,2],"y":"z"}"#)])
        let content = try #require(try RawJSON(parsing: written.finish())["content"])
        let messages =
            #"[{"role":"user","content":"hi"},{"role":"assistant","content":\#(content.text)},"#
            + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"id1","content":"ok"}]}]"#
        #expect(
            try read(body(messages, fields)).items
                == ["user: hi", "thought: hm", "assistant: a\n\"ä\"", #"call id1 f {"x":[1,2],"y":"z"}"#, "output id1: ok"])
    }
}
