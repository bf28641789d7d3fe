import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import OpenAICompatibleEngine

/// Items as chat messages, by the table of (responses-api 14), and the law of the fold.
struct PromptTests {
    static let dialect = AdaptedProfile.local.dialect

    private func prompt(_ items: [Item], _ dialect: ChatDialect = dialect) throws -> ChatPrompt {
        try dialect.extend(nil, with: items)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var items: [String]
        var messages: String

        init(_ name: String, _ items: [String], _ messages: String) {
            (testDescription, self.items, self.messages) = (name, items, messages)
        }
    }

    static let cases = [
        Case("a short message", [#"{"role":"user","content":"hi"}"#], #"{"role":"user","content":"hi"}"#),
        Case(
            "texts are copied escaped, canonically", [#"{"role":"user","content":"\u0061\/\u000a\ud83d\ude00\u001F"}"#],
            #"{"role":"user","content":"a/\n😀\u001f"}"#),
        Case(
            "parts of text make one string",
            [#"{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]}"#],
            #"{"role":"user","content":"a\nb"}"#),
        Case(
            "adjacent user messages are one", [#"{"role":"user","content":"a"}"#, #"{"role":"user","content":"b"}"#],
            #"{"role":"user","content":"a\n\nb"}"#),
        Case(
            "an image makes parts",
            [
                #"{"role":"user","content":"look"}"#,
                #"{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AA","detail":"low"}]}"#,
            ],
            #"{"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}}]}"#),
        Case(
            "a file", [#"{"role":"user","content":[{"type":"input_file","filename":"a.pdf","file_data":"AA=="}]}"#],
            #"{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"AA=="}}]}"#),
        Case(
            "audio and video",
            [
                #"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},{"type":"input_video","video_url":"https://v"}]}"#
            ],
            #"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},{"type":"video_url","video_url":{"url":"https://v"}}]}"#
        ),
        Case(
            "system messages at the head are not among them",
            [#"{"role":"system","content":"s"}"#, #"{"role":"developer","content":"d"}"#, #"{"role":"user","content":"u"}"#],
            #"{"role":"user","content":"u"}"#),
        Case(
            "later ones are marked in the user's text",
            [#"{"role":"user","content":"u"}"#, #"{"role":"developer","content":"d"}"#, #"{"role":"system","content":"s"}"#],
            #"{"role":"user","content":"u\n\n<system>d</system>\n\n<system>s</system>"}"#),
        Case(
            "assistant items are one message, with reasoning beside calls",
            [
                #"{"role":"user","content":"u"}"#,
                #"{"type":"reasoning","id":"rs","summary":[],"content":[{"type":"reasoning_text","text":"why"}]}"#,
                #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"so","annotations":[]}]}"#,
                #"{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":\"b\"}"}"#,
                #"{"type":"function_call","call_id":"c2","name":"g","arguments":"{}"}"#,
                #"{"type":"function_call_output","call_id":"c1","output":"1"}"#,
                #"{"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"2"},{"type":"input_text","text":"3"}]}"#,
            ],
            #"""
            {"role":"user","content":"u"},{"role":"assistant","content":"so","reasoning_content":"why","tool_calls":[\#
            {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"b\"}"}},\#
            {"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]},\#
            {"role":"tool","tool_call_id":"c1","content":"1"},{"role":"tool","tool_call_id":"c2","content":"2\n3"}
            """#),
        Case(
            "reasoning without calls is dropped, alone too",
            [
                #"{"role":"user","content":"u"}"#,
                #"{"type":"reasoning","summary":[{"type":"summary_text","text":"why"}]}"#,
                #"{"role":"assistant","content":"so"}"#, #"{"role":"user","content":"v"}"#,
                #"{"type":"reasoning","summary":[{"type":"summary_text","text":"why"}]}"#,
            ], #"{"role":"user","content":"u"},{"role":"assistant","content":"so"},{"role":"user","content":"v"}"#),
        Case(
            "a refusal is text",
            [#"{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"no"}]}"#],
            #"{"role":"assistant","content":"no"}"#),
        Case(
            "arguments that are no object", // A cut call, an empty one, and what vLLM was seen to write.
            [
                #"{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a"}"#,
                #"{"type":"function_call","call_id":"c2","name":"f","arguments":""}"#,
                #"{"type":"function_call","call_id":"c3","name":"f","arguments":"null"}"#,
            ],
            #"""
            {"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},\#
            {"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}},\#
            {"id":"c3","type":"function","function":{"name":"f","arguments":"{}"}}]}
            """#),
        Case(
            "parts as Chat has them",
            [
                #"{"role":"user","content":[{"type":"text","text":"u"},{"type":"image_url","image_url":{"url":"data:i","detail":"low"}},{"type":"image_url","image_url":"data:j"}]}"#,
                #"{"role":"user","content":[{"type":"input_image","image_url":{"url":"data:k"}},{"type":"file","file":{"file_data":"data:f","filename":"n"}}]}"#,
            ],
            #"""
            {"role":"user","content":[{"type":"text","text":"u"},{"type":"image_url","image_url":{"url":"data:i","detail":"low"}},\#
            {"type":"image_url","image_url":{"url":"data:j"}},{"type":"image_url","image_url":{"url":"data:k"}},\#
            {"type":"file","file":{"filename":"n","file_data":"data:f"}}]}
            """#),
        Case(
            "what clients note on items, such as times, is not said", // codex 6
            [
                #"{"role":"user","content":"u","id":"msg_00000000-0000-4000-8000-000000000000","internal_chat_message_metadata_passthrough":{"turn_id":"t","create_time":1795614873.3}}"#,
                #"{"type":"function_call","id":"at_1","call_id":"c1","name":"f","arguments":"{}","internal_chat_message_metadata_passthrough":{"create_time":1}}"#,
                #"{"type":"function_call_output","id":"fco_1","call_id":"c1","output":"1","internal_chat_message_metadata_passthrough":{"create_time":2}}"#,
            ],
            #"""
            {"role":"user","content":"u"},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},\#
            {"role":"tool","tool_call_id":"c1","content":"1"}
            """#),
        Case(
            "custom and namespaced calls",
            [
                #"{"type":"custom_tool_call","call_id":"c1","name":"sh","input":"echo \"a\\b\"\n"}"#,
                #"{"type":"custom_tool_call_output","call_id":"c1","output":"done"}"#,
                #"{"type":"function_call","call_id":"c2","namespace":"db","name":"query","arguments":"{}"}"#,
            ],
            #"""
            {"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":\#
            {"name":"sh","arguments":"{\"input\":\"echo \\\"a\\\\b\\\"\\n\"}"}}]},\#
            {"role":"tool","tool_call_id":"c1","content":"done"},\#
            {"role":"assistant","content":"","tool_calls":[{"id":"c2","type":"function","function":{"name":"db__query","arguments":"{}"}}]}
            """#),
        Case(
            "images of outputs come after the run, with what the user says",
            [
                #"{"type":"function_call_output","call_id":"c1","output":[{"type":"input_image","image_url":"data:i"}]}"#,
                #"{"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"two"}]}"#,
                #"{"role":"user","content":"and?"}"#,
            ],
            #"""
            {"role":"tool","tool_call_id":"c1","content":"The output follows in the next user message."},\#
            {"role":"tool","tool_call_id":"c2","content":"two"},\#
            {"role":"user","content":[{"type":"text","text":"Output of tool call c1:"},\#
            {"type":"image_url","image_url":{"url":"data:i"}},{"type":"text","text":"and?"}]}
            """#),
        Case(
            "what chat cannot say is left out",
            [
                #"{"role":"user","content":"u"}"#, #"{"type":"web_search_call","id":"ws_1","status":"completed"}"#,
                #"{"type":"vendor:thing","x":1}"#,
            ], #"{"role":"user","content":"u"}"#),
        Case("nothing", [], ""),
        Case(
            "a turn that was cut while it thought is one",
            [
                #"{"role":"user","content":"u"}"#, #"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"why"}]}"#,
                #"{"role":"user","content":"v"}"#,
            ], #"{"role":"user","content":"u"},{"role":"assistant","content":"..."},{"role":"user","content":"v"}"#),
        Case(
            "an assistant's message of nothing is none",
            [#"{"role":"user","content":"u"}"#, #"{"role":"assistant","content":""}"#, #"{"role":"user","content":"v"}"#],
            #"{"role":"user","content":"u\n\nv"}"#),
        Case(
            "what is said before a call is answered goes behind the answer",
            [
                #"{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}"#,
                #"{"type":"function_call","call_id":"c2","name":"f","arguments":"{}"}"#,
                #"{"type":"function_call_output","call_id":"c1","output":"1"}"#, #"{"role":"user","content":"u"}"#,
                #"{"type":"function_call_output","call_id":"c2","output":"2"}"#, #"{"role":"user","content":"v"}"#,
            ],
            #"""
            {"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},\#
            {"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]},\#
            {"role":"tool","tool_call_id":"c1","content":"1"},{"role":"tool","tool_call_id":"c2","content":"2"},\#
            {"role":"user","content":"u\n\nv"}
            """#),
        Case(
            "a call that was cut off and never answered gets an answer",
            [
                #"{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a"}"#, #"{"role":"user","content":"u"}"#,
                #"{"role":"assistant","content":"a"}"#,
            ],
            #"""
            {"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},\#
            {"role":"tool","tool_call_id":"c1","content":"This call was cut off and did not run."},\#
            {"role":"user","content":"u"},{"role":"assistant","content":"a"}
            """#),
    ]

    @Test(arguments: cases)
    func itemsBecomeMessages(_ expected: Case) throws {
        #expect(try prompt(expected.items.map { Item.json($0) }).text == expected.messages)
    }

    @Test func reasoningGoesByTheNameTheEngineReads() throws {
        let items = [
            Item.json(#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"why"}]}"#),
            Item.json(#"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#),
        ]
        func text(_ history: String) throws -> String {
            var profile = EngineProfile()
            try profile.set("reasoning-history", to: history)
            return try prompt(items, ChatDialect(profile)).text
        }
        #expect(try text("as-named").contains(#""reasoning_content":"why""#))
        #expect(try text("reasoning").contains(#""reasoning":"why""#))
        #expect(try text("text").contains(#""content":"<think>\nwhy\n</think>\n\n""#))
        #expect(try !text("no").contains("why"))
        #expect(ChatDialect().name == "chat")
    }

    @Test(arguments: [
        (#"{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","file_id":"file_1"}]}"#, "input[1].content[1].file_id"),
        (#"{"role":"user","content":[{"type":"input_file","file_id":"file_1"}]}"#, "input[1].content[0].file_id"),
        (#"{"role":"user","content":[{"type":"input_file","file_url":"https://f"}]}"#, "input[1].content[0].file_url"),
        (#"{"role":"user","content":[{"type":"input_hologram","data":"x"}]}"#, "input[1].content[0].type"),
        (#"{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","file_id":"file_1"}]}"#, "input[1].output[0].file_id"),
        (#"{"type":"item_reference","id":"msg_1"}"#, "input[1].id"),
        (#"{"type":"compaction","encrypted_content":"x"}"#, "input[1].encrypted_content"),
    ])
    func whatCannotBeWrittenNamesItsField(_ item: String, _ param: String) throws {
        let error = #expect(throws: APIError.self) { try prompt([.user("a"), .json(item)]) }
        #expect(error?.param == param)
        #expect(error?.status == 400)
    }

    @Test func longNamesAreCutTheSameWayEverywhere() {
        let long = String(repeating: "n", count: 60)
        let wire = ToolNames.onWire(long, namespace: "space")
        #expect(wire.utf8.count == 64)
        #expect(wire == ToolNames.onWire(long, namespace: "space"))
        #expect(wire != ToolNames.onWire(long + "x", namespace: "space"))
        #expect(ToolNames.onWire("query", namespace: "db") == "db__query")
        #expect(ToolNames.onWire(String(repeating: "n", count: 128), namespace: nil).utf8.count == 64)
    }

    // MARK: The law

    static func randomItem(_ random: inout SplitMix64) -> Item {
        let text = ["a", "", "two words", #"quote \" and \n"#, "ä😀"].randomElement(using: &random) ?? ""
        let id = "call_\(Int.random(in: 0..<99, using: &random))"
        let long = String(repeating: "x", count: Int.random(in: 0..<6000, using: &random))
        return switch Int.random(in: 0..<12, using: &random) {
        case 0: .json(#"{"role":"system","content":"\#(text)"}"#)
        case 1: .json(#"{"role":"developer","content":"\#(text)"}"#)
        case 2: .json(#"{"role":"user","content":"\#(text)"}"#)
        case 3: .json(#"{"role":"user","content":[{"type":"input_text","text":"\#(text)"},{"type":"input_image","image_url":"data:x"}]}"#)
        case 4: .json(#"{"role":"assistant","content":"\#(text)"}"#)
        case 5: .json(#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"\#(text)"}]}"#)
        case 6: .json(#"{"type":"function_call","call_id":"\#(id)","name":"f","arguments":"{}"}"#)
        case 7: .json(#"{"type":"custom_tool_call","call_id":"\#(id)","name":"c","input":"\#(text)"}"#)
        case 8: .json(#"{"type":"function_call_output","call_id":"\#(id)","output":"\#(text)"}"#)
        case 9: .json(#"{"type":"function_call_output","call_id":"\#(id)","output":[{"type":"input_image","image_url":"data:y"}]}"#)
        case 10: .json(#"{"type":"local_shell_call","call_id":"\#(id)","action":{}}"#)
        default: .json(#"{"role":"user","content":"\#(long)"}"#)
        }
    }

    /// Goal: however a conversation is cut into turns, and whatever forks beside it, its prompt is the same.
    /// Method: items and cuts from a seed, forks written in between, compared with the prompt made at once.
    @Test(arguments: 0..<170 as Range<UInt64>)
    func cutsAndForksMakeNoDifference(seed: UInt64) throws {
        // All presets in turn: each has rules of its own.
        let dialect = AdaptedProfile.named(EngineProfile.names[Int(seed) % EngineProfile.names.count]).dialect
        var random = SplitMix64(seed: seed)
        let items = (0..<Int.random(in: 0..<40, using: &random)).map { _ in Self.randomItem(&random) }
        let whole = try prompt(items, dialect)
        var inTurns: ChatPrompt?
        var forks: [(prompt: ChatPrompt, items: [Item])] = []
        var rest = items[...]
        var before: [Item] = []
        while !rest.isEmpty {
            let turn = Array(rest.prefix(Int.random(in: 1...5, using: &random)))
            rest = rest.dropFirst(turn.count)
            if Bool.random(using: &random) {
                let other = [Self.randomItem(&random), Self.randomItem(&random)]
                let fork = try dialect.extend(inTurns, with: other)
                forks.append((fork, before + other))
            }
            inTurns = try dialect.extend(inTurns, with: turn)
            before += turn
        }
        let made = try inTurns ?? prompt([])
        #expect(made.text == whole.text)
        #expect(made.head.elements == whole.head.elements)
        #expect(made.marks.elements.map(\.end) == whole.marks.elements.map(\.end))
        for mark in whole.marks.elements {
            let bytes = Array(whole.text.utf8)
            #expect(bytes[mark.end] == UInt8(ascii: "}"))
            if let end = mark.messageEnd { #expect(bytes[end - 1] == UInt8(ascii: "]")) }
        }
        for fork in forks {
            let once = try prompt(fork.items, dialect)
            #expect(fork.prompt.text == once.text)
            #expect(fork.prompt.head.elements == once.head.elements)
        }
        // JSON: what the engine is sent can be read.
        _ = try RawJSON(parsing: "[\(whole.text)]")
    }

    // MARK: The rope

    @Test func aTurnCostsWhatItAdds() throws {
        var prompt: ChatPrompt?
        var kept: [ChatPrompt] = []
        var memory = 0
        for turn in 0..<2000 {
            prompt = try Self.dialect.extend(
                prompt,
                with: [
                    .json(#"{"type":"function_call","call_id":"c\#(turn)","name":"f","arguments":"{}"}"#),
                    .json(#"{"type":"function_call_output","call_id":"c\#(turn)","output":"\#(String(repeating: "o", count: 400))"}"#),
                ])
            memory += prompt?.addedBytes ?? 0
            if let prompt { kept.append(prompt) }
        }
        let last = try #require(prompt)
        let written = last.text.utf8.count
        #expect(last.closed.count == written)
        // All prompts of the chain together: the text once, one segment that is not full, and a little for each.
        #expect(memory < written + 65_536 + 2000 * 280)
        // Few writes upstream.
        #expect(last.closed.slices().count <= written / 65_536 + 6)
        #expect(kept[999].closed.slices().count <= 14)
    }

    @Test func aForkSharesItsPast() throws {
        let long = Item.json(#"{"type":"function_call_output","call_id":"c","output":"\#(String(repeating: "o", count: 500_000))"}"#)
        let parent = try Self.dialect.extend(nil, with: [long])
        let first = try Self.dialect.extend(parent, with: [.json(#"{"type":"function_call_output","call_id":"d","output":"1"}"#)])
        let second = try Self.dialect.extend(parent, with: [.json(#"{"type":"function_call_output","call_id":"d","output":"2"}"#)])
        #expect(parent.addedBytes > 500_000)
        #expect(first.addedBytes < 140_000)
        #expect(second.addedBytes < 140_000)
        #expect(first.text.hasSuffix(#""content":"1"}"#))
        #expect(second.text.hasSuffix(#""content":"2"}"#))
    }

    @Test func aLongListOfSegmentsIsLetGoWithoutRecursion() {
        var rope = PromptRope()
        var last: RopeSegment.Cut?
        for _ in 0..<100_000 {
            last = RopeSegment.Cut(segment: RopeSegment(capacity: 16, previous: last, beginning: [1]), end: 1)
        }
        _ = rope.append([1, 2, 3])
        last = nil
        #expect(last == nil && rope.count == 3)
    }
}

extension RopeSegment.Cut: Equatable {
    public static func == (left: RopeSegment.Cut, right: RopeSegment.Cut) -> Bool { left.segment === right.segment && left.end == right.end }
}
