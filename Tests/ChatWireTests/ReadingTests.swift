import ResponsesAPI
import ResponsesCore
import Testing

@testable import ChatWire

/// Fields and messages as the core has them (chat-completions 2, chat-completions 4).
@Suite("Chat: reading") struct ReadingTests {
    // MARK: Fields

    @Test("settings of a request (chat-completions 2)") func settings() throws {
        let create = try read(
            body(
                more: #""max_tokens":100.0,"max_completion_tokens":50,"temperature":0.5,"top_p":1,"presence_penalty":-1,"frequency_penalty":2,"#
                    + #""stop":["A","","B"],"logprobs":true,"top_logprobs":3,"parallel_tool_calls":false,"reasoning_effort":"high","verbosity":"low","#
                    + #""user":"u","safety_identifier":"s","store":true,"metadata":{"a":1},"service_tier":"auto","n":1,"modalities":["text"],"audio":null"#
            )
        ).create
        #expect(create.maxOutputTokens == 50)
        #expect(create.temperature == 0.5 && create.topP == 1 && create.presencePenalty == -1 && create.frequencyPenalty == 2)
        #expect(create.stop == ["A", "B"])
        #expect(create.wantsLogprobs && create.topLogprobs == 3)
        #expect(create.parallelToolCalls == false)
        #expect(create.reasoning?.effort == "high" && create.text.verbosity == "low")
        #expect(create.user == "u" && create.safetyIdentifier == "s")
        #expect(create.store == false, "nothing is stored, whatever the client says")
        #expect(create.metadata == nil && create.extra.isEmpty)
    }

    @Test("null is absent, everywhere")
    func nulls() throws {
        let fields = [
            "model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p", "presence_penalty",
            "frequency_penalty", "stop", "n", "logprobs", "top_logprobs", "tools", "tool_choice", "functions", "function_call",
            "parallel_tool_calls", "response_format", "reasoning_effort", "reasoning", "thinking", "verbosity", "prompt_cache_key", "user",
            "safety_identifier", "metadata", "store", "modalities", "audio", "web_search_options", "moderation", "seed", "logit_bias",
        ]
        let request = try read(#"{"messages":[{"role":"user","content":"hi","name":null}],\#(fields.map { "\"\($0)\":null" }.joined(separator: ","))}"#)
        #expect(request.items == ["user: hi"] && !request.isStream)
        #expect(request.create.model == nil && request.create.maxOutputTokens == nil && request.create.tools.isEmpty)
        #expect(request.create.extra.isEmpty && request.create.stop.isEmpty && request.create.reasoning == nil)
    }

    @Test(
        "how much to think, in every spelling",
        arguments: [
            (#""reasoning":{"effort":"low"}"#, "low"), (#""reasoning":{"enabled":false,"effort":"low"}"#, "none"),
            (#""thinking":{"type":"disabled"}"#, "none"), (#""thinking":{"type":"enabled"}"#, nil),
            (#""thinking":{"type":"disabled"},"reasoning_effort":"max""#, "max"), (#""reasoning_effort":null"#, nil),
        ] as [(String, String?)])
    func efforts(_ field: String, _ effort: String?) throws {
        #expect(try read(body(more: field)).create.reasoning?.effort == effort)
    }

    @Test("fields of vendors go on to the engine, hints and routes do not")
    func vendorFields() throws {
        let extra = try read(
            body(
                more: #""seed":7,"top_k":40,"min_p":0.1,"logit_bias":{"1":-100},"chat_template_kwargs":{"enable_thinking":false},"#
                    + #""provider":{},"models":[],"route":"x","prediction":{"type":"content","content":"a"},"prompt_cache_retention":"24h","#
                    + #""prompt":"kept nowhere""#)
        ).create.extra
        #expect(extra.map(\.name) == ["seed", "top_k", "min_p", "logit_bias", "chat_template_kwargs"])
        #expect(extra.last?.value.text == #"{"enable_thinking":false}"#)
    }

    @Test("a limit of -1 is none")
    func noLimit() throws { #expect(try read(body(more: #""max_tokens":-1"#)).create.maxOutputTokens == nil) }

    @Test(
        "the form of the answer",
        arguments: [
            (#"{"type":"text"}"#, TextFormat.text), (#"{"type":"json_object"}"#, .jsonObject),
            (
                #"{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true,"description":"d"}}"#,
                .jsonSchema(TextFormat.JSONSchema(name: "n", schema: #"{"type":"object"}"#, strict: true, description: "d"))
            ),
            (
                #"{"type":"json_schema","json_schema":{"name":"n","schema":{}}}"#,
                .jsonSchema(TextFormat.JSONSchema(name: "n", schema: "{}", strict: false))
            ), (#"{"type":"json_schema","json_schema":{"name":"n"}}"#, .jsonObject),
        ])
    func formats(_ sent: String, _ format: TextFormat) throws {
        #expect(try read(body(more: #""response_format":\#(sent)"#)).create.text.format == format)
    }

    @Test(
        "what names the conversation (chat-completions 9.3)",
        arguments: [
            ("", [:], nil), (#""prompt_cache_key":"k""#, ["x-affinity": "a"], "k"), ("", ["x-affinity": "a"], "a"),
            ("", ["session_id": "s", "x-affinity": "a"], "s"), ("", ["x-session-affinity": "f", "x-session-id": "i"], "f"),
            (#""prompt_cache_key":"""#, ["session-id": "d"], "d"), ("", ["x-affinity": ""], nil),
        ] as [(String, [String: String], String?)])
    func placement(_ field: String, _ headers: [String: String], _ key: String?) throws {
        #expect(try read(body(more: field), headers: headers).create.promptCacheKey == key)
    }

    // MARK: Messages

    @Test("the head becomes instructions, and what comes later stays where it stands (chat-completions 9.4)")
    func head() throws {
        let request = try read(
            body(
                #"[{"role":"system","content":"A."},{"content":[{"type":"text","text":"B."},{"type":"text","text":"C."}],"role":"developer"},"#
                    + #"{"role":"system","content":""},{"role":"user","content":"hi"},{"role":"system","content":"Now."},{"role":"user","content":"go"}]"#))
        #expect(request.create.instructions?.string == "A.\n\nB.\n\nC.")
        #expect(request.items == ["user: hi", "developer: Now.", "user: go"])
    }

    @Test(
        "messages as items (chat-completions 4)",
        arguments: [
            // A user's.
            (#"{"role":"user","content":"a\/é","name":"x"}"#, ["user: a/é"]),
            (#"{"role":"user","content":""}"#, ["user: "]),
            (
                #"{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},"#
                    + #"{"type":"image_url","image_url":{"url":"data:x","detail":"low"}},{"type":"image_url","image_url":"data:y"},"#
                    + #"{"type":"file","file":{"filename":"f","file_data":"data:z"}},"#
                    + #"{"type":"input_audio","input_audio":{"data":"AA","format":"wav"},"cache_control":{}}]}"#,
                [
                    "user: a|[image data:x low]|[image data:y ]|[file f data:z]|[input_audio "
                        + #"{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]"#
                ]
            ),
        ])
    func userMessages(_ message: String, _ items: [String]) throws { #expect(try read(body("[\(message)]")).items == items) }

    private static let call = #""tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]"#
    private static let items = ["user: hi", #"call c f {"a": 1}"#, "output c: ok"]

    @Test(
        "the assistant's messages (chat-completions 4)",
        arguments: [
            (#""content":null,"refusal":null,\#(call)"#, [#"call c f {"a": 1}"#]), (#""content":"",\#(call)"#, [#"call c f {"a": 1}"#]),
            (#""content":" ",\#(call)"#, [#"call c f {"a": 1}"#]), (call, [#"call c f {"a": 1}"#]), (#""content":[],\#(call)"#, [#"call c f {"a": 1}"#]),
            (#""content":"Look:",\#(call)"#, ["assistant: Look:", #"call c f {"a": 1}"#]),
            (#""content":[{"type":"text","text":"a"},{"type":"text","text":""},{"type":"refusal","refusal":"no"}],\#(call)"#, ["assistant: a|[refusal no]", #"call c f {"a": 1}"#]),
            (#""refusal":"no",\#(call)"#, ["assistant: [refusal no]", #"call c f {"a": 1}"#]),
            (#"\#(call),"content":"b","reasoning_content":"hm""#, ["thought: hm", "assistant: b", #"call c f {"a": 1}"#]),
            (#""reasoning":"hm",\#(call)"#, ["thought: hm", #"call c f {"a": 1}"#]), (#""reasoning_text":"hm",\#(call)"#, ["thought: hm", #"call c f {"a": 1}"#]),
            (#""reasoning_content":"","reasoning":"hm","reasoning_text":"not",\#(call)"#, ["thought: hm", #"call c f {"a": 1}"#]),
            (#""reasoning_details":[{"type":"reasoning.text","text":"h"},{"type":"reasoning.encrypted","data":"x"},{"text":"m"}],\#(call)"#, ["thought: hm", #"call c f {"a": 1}"#]),
            (#""reasoning":{"effort":"low"},\#(call)"#, [#"call c f {"a": 1}"#]),
            (#""tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]"#, ["call c f {}"]),
            (#""tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{"a":1}},"extra_content":{"google":{}}}]"#, [#"call c f {"a":1}"#]),
            (#""tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"raw"}}]"#, ["custom c f raw"]),
        ])
    func assistantMessages(_ members: String, _ items: [String]) throws {
        let messages = #"[{"role":"user","content":"hi"},{"role":"assistant",\#(members)},{"role":"tool","tool_call_id":"c","name":"f","content":"ok"}]"#
        #expect(try read(body(messages)).items == ["user: hi"] + items + ["output c: ok"])
    }

    @Test("an assistant's message that says nothing is none", arguments: [#""content":"""#, #""content":" ""#, #""content":null"#, #""content":[],"tool_calls":[]"#])
    func emptyAssistant(_ members: String) throws {
        #expect(try read(body(#"[{"role":"user","content":"a"},{"role":"assistant",\#(members)},{"role":"user","content":"b"}]"#)).items == ["user: a", "user: b"])
    }

    @Test(
        "results of tools (chat-completions 4)",
        arguments: [
            (#""content":"ok""#, "ok"), (#""content":[{"type":"text","text":"ok"}]"#, "ok"), (#""content":[]"#, ""), (#""content":"""#, ""), (#""content":null"#, ""),
            (#""content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:x"}}]"#, "a|[image data:x ]"),
        ])
    func results(_ members: String, _ output: String) throws {
        let messages = #"[{"role":"user","content":"hi"},{"role":"assistant",\#(Self.call)},{"role":"tool","tool_call_id":"c",\#(members)}]"#
        let request = try read(body(messages))
        #expect(request.items.last == "output c: \(output)")
        // One text is a string, however it came: the prompt has the same bytes.
        if !output.contains("|") { #expect(request.create.input.last?.json["output"]?.isString == true) }
    }

    @Test("results in the order of their calls, and what was said between behind them (chat-completions 4)")
    func order() throws {
        let calls = #""tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}]"#
        let request = try read(
            body(
                #"[{"role":"user","content":"hi"},{"role":"assistant",\#(calls)},{"role":"tool","tool_call_id":"b","content":"2"},"#
                    + #"{"role":"user","content":"psst"},{"role":"tool","tool_call_id":"a","content":"1"}]"#))
        #expect(request.items == ["user: hi", "call a f {}", "call b g {}", "output a: 1", "output b: 2", "user: psst"])
    }

    @Test("the older form has no ids: results find the latest open call of their name (chat-completions 4)")
    func functionMessages() throws {
        let request = try read(
            body(
                #"[{"role":"system","content":"s"},{"role":"user","content":"hi"},"#
                    + #"{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}},{"role":"function","name":"f","content":"1"},"#
                    + #"{"role":"assistant","content":"","function_call":{"name":"g","arguments":""}},{"role":"function","name":"g","content":"2"},"#
                    + #"{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"3"}]"#))
        #expect(
            request.items == [
                "user: hi", #"call call_function_1 f {"a":1}"#, "output call_function_1: 1", "call call_function_3 g {}",
                "output call_function_3: 2", "call call_function_5 f {}", "output call_function_5: 3",
            ])
    }
}

/// `body` with fields only.
private func body(more: String) -> String { body(#"[{"role":"user","content":"hi"}]"#, more) }
