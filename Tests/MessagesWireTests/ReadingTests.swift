import ResponsesAPI
import ResponsesCore
import Testing

@testable import MessagesWire

/// What requests become (anthropic-messages 3, 4, 11).
@Suite("Messages: reading") struct ReadingTests {
    // MARK: Messages

    /// A message that makes calls, as results need them, and its items.
    private static func calling(_ ids: String...) -> (message: String, items: [String]) {
        let blocks = ids.map { #"{"type":"tool_use","id":"\#($0)","name":"f","input":{}}"# }.joined(separator: ",")
        return (#"{"role":"assistant","content":[\#(blocks)]}"#, ids.map { "call \($0) f {}" })
    }

    /// Messages, and the items that they are.
    static let messages: [(String, [String])] = [
        (#"[{"role":"user","content":"hi"}]"#, ["user: hi"]),
        // The two forms mean the same, and clients change between them (anthropic-messages 9.1).
        (#"[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]}]"#, ["user: hi"]),
        (#"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":""},{"type":"text","text":"b"}]}]"#, ["user: a|b"]),
        // Claude Code's environment stands behind the first message; in place, so that nothing before it changes.
        (
            #"[{"role":"user","content":"hi"},{"role":"system","content":[{"type":"text","text":"env"}]},{"role":"system","content":"date"}]"#,
            ["user: hi", "developer: env", "developer: date"]
        ),
        (
            #"[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"text","text":"I look."},"#
                + #"{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"b": [1, 2.50], "a":"\u00e4\/"}}]},"#
                + #"{"role":"user","content":[{"tool_use_id":"toolu_1","type":"tool_result","content":"out","is_error":false}]}]"#,
            ["user: go", "assistant: I look.", #"call toolu_1 Bash {"b":[1,2.50],"a":"ä/"}"#, "output toolu_1: out"]
        ),
        // Results in a list, without any text, and none at all.
        (
            #"[\#(calling("a", "b", "c", "d").message),{"role":"user","content":["#
                + #"{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"x"}]},"#
                + #"{"type":"tool_result","tool_use_id":"b"},{"type":"tool_result","tool_use_id":"c","content":[]},"#
                + #"{"type":"tool_result","tool_use_id":"d","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]},"#
                + #"{"type":"text","text":"go on"}]}]"#,
            calling("a", "b", "c", "d").items + ["output a: x", "output b: ", "output c: ", "output d: 1|2", "user: go on"]
        ),
        (
            #"[\#(calling("a", "b", "c", "d").message),{"role":"user","content":["#
                + #"{"type":"tool_result","tool_use_id":"a","is_error":true,"content":"no such file"},"#
                + #"{"type":"tool_result","tool_use_id":"b","is_error":true,"content":"<tool_use_error>bad</tool_use_error>"},"#
                + #"{"type":"tool_result","tool_use_id":"c","is_error":true,"content":"Error: x"},"#
                + #"{"type":"tool_result","tool_use_id":"d","is_error":true}]}]"#,
            calling("a", "b", "c", "d").items + [
                "output a: Error: no such file", "output b: <tool_use_error>bad</tool_use_error>", "output c: Error: x", "output d: Error",
            ]
        ),
        (
            #"[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA\/="}},"#
                + #"{"type":"image","source":{"type":"url","url":"https://a/b.png"}}]}]"#,
            ["user: [image data:image/png;base64,AA/=]|[image https://a/b.png]"]
        ),
        (
            #"[\#(calling("a").message),{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":"#
                + #"{"type":"base64","data":"AAAA","media_type":"image/png"}}]}]}]"#,
            calling("a").items + ["output a: [image data:image/png;base64,AAAA]"]
        ),
        (
            #"[{"role":"user","content":[{"type":"document","title":"T","context":"C","source":{"type":"text","media_type":"text/plain","data":"D"}},"#
                + #"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}},"#
                + #"{"type":"document","source":{"type":"content","content":[{"type":"text","text":"part"}]}},"#
                + #"{"type":"search_result","title":"S","source":"https://s","content":[{"type":"text","text":"found"}]}]}]"#,
            ["user: T\n\nC\n\nD|[file document.pdf data:application/pdf;base64,JVBE]|part|S\nhttps://s|found"]
        ),
        // Thinking: a text whatever its signature, and nothing of what others sealed (anthropic-messages 6.4).
        (
            #"[{"role":"assistant","content":[{"type":"thinking","thinking":"pondering","signature":"c2lnbmF0dXJl"},"#
                + #"{"type":"thinking","thinking":"","signature":"c2lnbmF0dXJl"},{"type":"redacted_thinking","data":"xyz"},"#
                + #"{"type":"thinking","thinking":"more"},{"type":"tool_use","id":"a","name":"f","input":{}}]},"#
                + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"}]}]"#,
            ["thought: pondering", "thought: more", "call a f {}", "output a: 1"]
        ),
        // Histories that were made with tools of another server.
        (
            #"[{"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},"#
                + #"{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result","title":"T","url":"https://u","#
                + #""encrypted_content":"zzz"}]},{"type":"text","text":"so","citations":[{"a":1}]},{"type":"something_new","x":1}]},"#
                + #"{"role":"user","content":"and?"}]"#,
            ["server_tool_use", "something_new", "assistant: T\nhttps://u|so", "user: and?"]
        ),
        (#"[{"role":"user","content":[{"type":"compaction","content":"before"},{"type":"text","text":"go on"}]}]"#, ["user: before|go on"]),
        // Shown until a user's message follows (anthropic-messages 4).
        (
            #"[{"role":"user","content":"a"},{"role":"system","clear_at":"next_user_message","content":"once"},"#
                + #"{"role":"assistant","content":"b"},{"role":"user","content":"c"},"#
                + #"{"role":"system","clear_at":"next_user_message","content":"now"},{"role":"system","clear_at":"never","content":"always"}]"#,
            ["user: a", "assistant: b", "user: c", "developer: now", "developer: always"]
        ),
        // Only settings.
        (#"[{"role":"user","content":"a"},{"role":"system","output_config":{"effort":"low"}}]"#, ["user: a"]),
        // What we wrapped comes back as it was.
        (
            #"[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{"INVALID_JSON":"[1"}}]},"#
                + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"no"}]}]"#,
            ["call a f [1", "output a: no"]
        ),
    ]

    @Test(arguments: messages.indices) func becomeItems(_ index: Int) throws {
        let (messages, items) = Self.messages[index]
        #expect(try read(body(messages)).items == items)
    }

    /// Clients put other things into their ids. A call and its result still meet.
    @Test func longIDsBecomeShort() throws {
        let id = String(repeating: "x", count: 300)
        let items = try read(
            body(
                #"[{"role":"assistant","content":[{"type":"tool_use","id":"\#(id)1","name":"f","input":{}},"#
                    + #"{"type":"tool_use","id":"\#(id)2","name":"f","input":{}}]},{"role":"user","content":["#
                    + #"{"type":"tool_result","tool_use_id":"\#(id)1"},{"type":"tool_result","tool_use_id":"\#(id)2"}]}]"#)
        ).create.input
        let ids = items.map { item -> String in
            switch item.body {
            case .call(let call): call.callID
            case .callOutput(let output): output.callID
            default: ""
            }
        }
        #expect(ids[0] == ids[2] && ids[1] == ids[3] && ids[0] != ids[1])
        #expect(ids.allSatisfy { (1...64).contains($0.count) })
        #expect(try items.allSatisfy { try Item($0.json) == $0 }, "each can be read again")
    }

    // MARK: Thinking

    @Test func ourOwnSignaturesOpenForTheirModelAndOwner() throws {
        func thoughts(_ signature: String, model: String = "m", sealer: OwnedSealer? = TurningSealer.owned) throws -> [String] {
            let body =
                #"{"model":"\#(model)","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"","#
                + #""signature":\#(JSONText(signature).quoted)},{"type":"text","text":"a"}]},{"role":"user","content":"b"}]}"#
            return try read(body, sealer: sealer).items.filter { $0.hasPrefix("thought") }
        }
        let signature = ThinkingSignature(TurningSealer.owned, model: "m")
        let sealed = signature.sealing("deep")
        #expect(sealed.hasPrefix("h1."))
        #expect(try thoughts(sealed) == ["thought: deep"])
        #expect(try thoughts(sealed, model: "m[1m]") == ["thought: deep"], "the same model")
        #expect(try thoughts(sealed, model: "m2") == [])
        #expect(try thoughts(sealed, sealer: OwnedSealer(TurningSealer(), owner: "bob")) == [])
        #expect(try thoughts(sealed, sealer: nil) == [])
        #expect(try thoughts(signature.marking("deep")) == [], "of a text that was shown")
        #expect(try thoughts("h1.") == [] && thoughts("") == [])
    }

    // MARK: Settings

    @Test func system() throws {
        let attribution = #"{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.332.891; cc_entrypoint=sdk-cli;"}"#
        let table: [(String, String?)] = [
            (#""be kind""#, "be kind"), (#""""#, nil), ("null", nil), ("[]", nil),
            (#"[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":""},{"type":"text","text":"b"}]"#, "a\n\nb"),
            (#"[\#(attribution),{"type":"text","text":"a"}]"#, "a"),
            // Only first, and only alone.
            (#"[{"type":"text","text":"a"},\#(attribution)]"#, "a\n\nx-anthropic-billing-header: cc_version=2.1.332.891; cc_entrypoint=sdk-cli;"),
            (#"[{"type":"text","text":"x-anthropic-billing-header: a\nbe kind"}]"#, "x-anthropic-billing-header: a\nbe kind"),
        ]
        for (system, instructions) in table {
            let read = try read(body(#"[{"role":"user","content":"a"}]"#, #""system":\#(system)"#))
            #expect(read.create.instructions?.string == instructions, "\(system)")
        }
    }

    @Test(arguments: [
        (#""thinking":{"type":"disabled"}"#, "none"), (#""thinking":{"type":"disabled"},"output_config":{"effort":"high"}"#, "none"),
        (#""thinking":{"type":"enabled","budget_tokens":1024}"#, "low"), (#""thinking":{"type":"enabled","budget_tokens":4096}"#, "medium"),
        (#""thinking":{"type":"enabled","budget_tokens":31999}"#, "high"), (#""thinking":{"type":"adaptive"}"#, nil),
        (#""thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"max"}"#, "max"),
        (#""thinking":{"type":"between_tools"}"#, nil), (#""output_config":{"effort":"low"}"#, "low"), (#""thinking":null"#, nil),
    ] as [(String, String?)])
    func effort(_ fields: String, _ effort: String?) throws {
        #expect(try read(body(#"[{"role":"user","content":"a"}]"#, fields)).create.reasoning?.effort == effort)
    }

    @Test func settings() throws {
        let fields = #"""
            "stream":true,"stop_sequences":["END","",  "STOP"],"temperature":0,"top_p":0.5,"top_k":40,
            "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}},"task_budget":{"x":1}},
            "context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},
            "safeguards":[{"type":"dangerous_tool_use","classifier_context":{"a":1}}],"service_tier":"auto","betas":["x"],
            "cache_control":{"type":"ephemeral"},"container":null,"mcp_servers":[],"thread":{"type":"create"},"new_field":[1]
            """#
        let request = try read(body(#"[{"role":"user","content":"a"}]"#, fields))
        #expect(request.isStream && request.create.stream == true && request.create.store == false)
        #expect(request.create.model == "m" && request.create.maxOutputTokens == 100)
        #expect(request.create.stop == ["END", "STOP"])
        #expect(request.create.temperature == 0 && request.create.topP == 0.5)
        #expect(request.create.extra.map(\.name) == ["top_k"] && request.create.extra.first?.value.text == "40")
        let schema = TextFormat.JSONSchema(name: "output", schema: #"{"type":"object"}"#, strict: true)
        #expect(request.create.text.format == .jsonSchema(schema))
        let old = try read(body(#"[{"role":"user","content":"a"}]"#, #""output_format":{"type":"json_schema","schema":{"type":"object"}}"#))
        #expect(old.create.text.format == .jsonSchema(schema))
        // Fills the cache and generates nothing.
        let warm = try read(#"{"model":"m[1m]","max_tokens":0,"messages":[{"role":"user","content":"a"}]}"#)
        #expect(warm.create.generate == false && warm.create.maxOutputTokens == nil && warm.create.model == "m")
    }

    @Test(arguments: [
        (#"{"type":"auto"}"#, ToolChoice.auto), (#"{"type":"any","disable_parallel_tool_use":true}"#, .required), (#"{"type":"none"}"#, .none),
        (#"{"type":"tool","name":"f"}"#, .tool(type: "function", name: "f")), ("null", .auto),
    ])
    func toolChoice(_ choice: String, _ expected: ToolChoice) throws {
        let request = try read(body(#"[{"role":"user","content":"a"}]"#, #""tool_choice":\#(choice)"#))
        #expect(request.create.toolChoice == expected)
        #expect(request.create.parallelToolCalls == (choice.contains("disable") ? false : nil))
    }

    /// What places a request (anthropic-messages 9.5).
    @Test func sessions() throws {
        func key(_ metadata: String, _ headers: [String: String] = [:]) throws -> String? {
            try read(body(#"[{"role":"user","content":"a"}]"#, #""metadata":\#(metadata)"#), headers: headers).create.promptCacheKey
        }
        let json = #"{"user_id":"{\"device_id\":\"d\",\"account_uuid\":\"\",\"session_id\":\"0000-1\"}"}"#
        #expect(try key(json) == "0000-1")
        #expect(try key(#"{"user_id":"user_ab_account__session_0000-2"}"#) == "0000-2")
        #expect(try key(#"{"user_id":"somebody"}"#) == "somebody")
        #expect(try key(#"{"user_id":"{broken"}"#) == "{broken")
        #expect(try key("{}") == nil && key(#"{"user_id":null}"#) == nil)
        #expect(try key(json, ["x-claude-code-session-id": "0000-3"]) == "0000-3")
        #expect(try key(json, ["x-claude-code-session-id": "0000-3", "x-claude-code-agent-id": "a7"]) == "0000-3:a7")
    }

    /// A count needs no limit of the output, and nothing else is asked of it (anthropic-messages 7).
    @Test func counts() throws {
        let body = #"{"model":"m","messages":[{"role":"user","content":"foo"}],"tools":[],"stream":true}"#
        #expect(refusal(body)?.param == "max_tokens")
        let count = try read(body, isCount: true)
        #expect(!count.isStream && count.items == ["user: foo"])
        #expect(String(decoding: count.format.countObject(41), as: UTF8.self) == #"{"input_tokens":41}"#)
    }

    // MARK: Refusals

    static let refusals: [(String, String, String)] = [
        (#"{"max_tokens":1,"messages":[{"role":"user","content":"a"}]}"#, "model", "model: Field required"),
        (#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#, "max_tokens", "max_tokens: Field required"),
        (#"{"model":"m","max_tokens":1}"#, "messages", "messages: Field required"),
        (body("[]"), "messages", "Invalid value for 'messages': at least one message is needed."),
        (body(#""hi""#), "messages", "Invalid type for 'messages': expected an array."),
        (body("[1]"), "messages[0]", "Invalid type for a message: expected an object."),
        (body(#"[{"role":"user","content":"a"},{"role":"tool","content":"a"}]"#), "messages[1].role",
            "Invalid value for 'messages.1.role': supported are 'user', 'assistant' and 'system'."),
        (body(#"[{"role":"user"}]"#), "messages[0].content", "messages.0.content: Field required"),
        (body(#"[{"role":"user","content":[{"type":"text"}]}]"#), "messages[0].content[0].text", "messages.0.content.0.text: Field required"),
        (body(#"[{"role":"user","content":7}]"#), "messages[0].content",
            "Invalid type for 'messages.0.content': expected a string or an array of blocks."),
        // The place counts what is not shown as well.
        (body(#"[{"role":"system","clear_at":"next_user_message","content":"x"},{"role":"user","content":[{"text":"a"}]}]"#),
            "messages[1].content[0].type", "messages.1.content.0.type: Field required"),
        (body(#"[{"role":"user","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]}]"#), "messages[0].content[0].type",
            "Invalid value for 'messages.0.content.0.type': `tool_use` blocks stand in messages of the role 'assistant' only."),
        (body(#"[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}]"#),
            "messages[0].content[0].source.type",
            "Invalid value for 'messages.0.content.0.source.type': this server keeps no files. Send an image's data as 'base64', or its 'url'."),
        (body(#"[{"role":"user","content":[{"type":"new_kind"}]}]"#), "messages[0].content",
            "Invalid value for 'messages.0.content': this server does not know blocks of the type 'new_kind', and the message has no others."),
        (body(#"[{"role":"user","content":"a"}]"#, #""container":"c""#), "container",
            "'container' is not supported: this server runs no containers. Leave it out."),
        (body(#"[{"role":"user","content":"a"}]"#, #""mcp_servers":[{"url":"x"}]"#), "mcp_servers",
            "'mcp_servers' is not supported: this server calls no MCP servers. Offer their tools as tools of the client."),
        (body(#"[{"role":"user","content":"a"}]"#, #""compaction":{"type":"summarize"}"#), "compaction",
            "'compaction' is not supported: this server does not compact on this wire. Leave it out, and ask for a summary in a message."),
        (body(#"[{"role":"user","content":"a"}]"#, #""thread":{"type":"continue","previous_message_id":"msg_1"}"#), "thread",
            "This server keeps no message threads. Send the whole conversation, without 'thread'."),
        (body(#"[{"role":"user","content":"a"}]"#, #""output_config":{"format":{"type":"grammar"}}"#), "output_config.format.type",
            "Invalid value for 'output_config.format.type': supported is 'json_schema'."),
        (body(#"[{"role":"user","content":"a"}]"#, #""tool_choice":{"type":"tool"}"#), "tool_choice.name", "tool_choice.name: Field required"),
    ]

    @Test(arguments: refusals.indices) func refusesByName(_ index: Int) throws {
        let (body, param, message) = Self.refusals[index]
        let error = try #require(refusal(body))
        #expect(error.param == param)
        let answer = try said(error)
        #expect(answer.status == 400 && answer.type == "invalid_request_error" && answer.message == message)
    }

    @Test func whatIsNoJSONIsSaidByItsPlace() throws {
        let error = try #require(refusal(#"{"model":"m","messages":[{"role":"user","content":"a"#))
        #expect(error.code == .invalidJSON && error.message.hasPrefix("The body is not valid JSON"))
    }
}
