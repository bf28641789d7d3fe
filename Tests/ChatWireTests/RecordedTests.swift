import ResponsesAPI
import ResponsesCore
import Testing

@testable import ChatWire

/// Requests as real clients were seen to send them, with short texts in place of their own (chat-completions 4, chat-completions 10).
@Suite("Chat: recorded requests") struct RecordedTests {
    struct Recorded: Sendable {
        var client: String
        var messages: String
        var fields = #""stream":true,"stream_options":{"include_usage":true}"#
        var headers: [String: String] = [:]
        var items: [String]
        var instructions: String? = "Rules."
        var key: String?
        var isStream = true
        var limit: Int?
    }

    private static let rules = #"{"role":"system","content":"Rules."}"#
    private static let rulesInParts = #"{"role":"system","content":[{"type":"text","text":"Rules."}]}"#
    private static let tools = #""tools":[{"type":"function","function":{"name":"bash","parameters":{"type":"object"}}}]"#

    static let all: [Recorded] = [
        // Results as the commands ended.
        Recorded(
            client: "Copilot CLI, calls in parallel",
            messages: #"[\#(rules),{"role":"user","content":"go"},{"role":"assistant","content":null,"refusal":null,"tool_calls":["#
                + #"{"id":"call_0","type":"function","function":{"name":"bash","arguments":"{\"command\": \"echo 0\"}"}},"#
                + #"{"id":"call_1","type":"function","function":{"name":"bash","arguments":"{\"command\": \"echo 1\"}"}}]},"#
                + #"{"role":"tool","tool_call_id":"call_1","content":"1\n"},{"role":"tool","tool_call_id":"call_0","content":"0\n"}]"#,
            items: [
                "user: go", #"call call_0 bash {"command": "echo 0"}"#, #"call call_1 bash {"command": "echo 1"}"#, "output call_0: 0\n",
                "output call_1: 1\n",
            ]),
        Recorded(
            client: "Copilot CLI, thinking",
            messages: #"[\#(rules),{"role":"user","content":"go"},{"reasoning_content":"hm","role":"assistant","content":null,"refusal":null,"tool_calls":["#
                + #"{"id":"call_0","type":"function","function":{"name":"bash","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_0","content":"hi"}]"#,
            items: ["user: go", "thought: hm", "call call_0 bash {}", "output call_0: hi"]),
        // No content, an index in each call, a name in each result, and the session in a header.
        Recorded(
            client: "Mistral Vibe",
            messages: #"[\#(rules),{"role":"user","content":"go"},{"role":"assistant","reasoning_content":"hm","tool_calls":["#
                + #"{"id":"call_0","index":0,"function":{"name":"bash","arguments":"{\"command\":\"echo hi\"}"},"type":"function"},"#
                + #"{"id":"call_1","index":1,"function":{"name":"bash","arguments":"{\"command\":\"echo hi\"}"},"type":"function"}]},"#
                + #"{"role":"tool","content":"hi","name":"bash","tool_call_id":"call_0"},{"role":"tool","content":"hi","name":"bash","tool_call_id":"call_1"}]"#,
            fields: #""temperature":0.2,"stream":true,"stream_options":{"include_usage":true}"#, headers: ["x-affinity": "0000-1"],
            items: [
                "user: go", "thought: hm", #"call call_0 bash {"command":"echo hi"}"#, #"call call_1 bash {"command":"echo hi"}"#, "output call_0: hi",
                "output call_1: hi",
            ], key: "0000-1"),
        // One turn in two pieces. Without a memory nothing says that they were one.
        Recorded(
            client: "OpenHands",
            messages: #"[{"content":[{"type":"text","text":"Rules."},{"type":"text","text":"Skills."}],"role":"system"},{"content":[{"type":"text","text":"go"}],"role":"user"},"#
                + #"{"role":"assistant","tool_calls":[{"id":"call_0","type":"function","function":{"name":"bash","arguments":"{}"}}]},"#
                + #"{"content":[{"type":"text","text":"no"}],"role":"tool","tool_call_id":"call_0","name":"bash"},"#
                + #"{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"bash","arguments":"{}"}}]},"#
                + #"{"content":[{"type":"text","text":"no"}],"role":"tool","tool_call_id":"call_1","name":"bash"}]"#,
            fields: #""reasoning_effort":"high","prompt_cache_key":"0000-2""#,
            items: ["user: go", "call call_0 bash {}", "output call_0: no", "call call_1 bash {}", "output call_1: no"],
            instructions: "Rules.\n\nSkills.", key: "0000-2", isStream: false),
        Recorded(
            client: "Hermes Agent",
            messages: #"[\#(rules),{"role":"user","content":"go"},{"role":"assistant","content":"","tool_calls":["#
                + #"{"id":"call_0","type":"function","function":{"name":"bash","arguments":"{}"}}]},{"role":"tool","name":"bash","content":"{\"error\": null}","tool_call_id":"call_0"}]"#,
            fields: #""max_tokens":65536,"stream":true,"stream_options":{"include_usage":true}"#,
            items: ["user: go", "call call_0 bash {}", #"output call_0: {"error": null}"#], limit: 65536),
        // Three system messages; what was thought stands in the text.
        Recorded(
            client: "gptme",
            messages: #"[\#(rulesInParts),{"role":"system","content":[{"type":"text","text":"Boundary."}]},{"role":"system","content":[{"type":"text","text":"Place."}]},"#
                + #"{"role":"user","content":[{"type":"text","text":"go"}]},{"role":"assistant","content":[{"type":"text","text":"<think>\nhm\n</think>\n\n\n"}],"tool_calls":["#
                + #"{"id":"call_0","type":"function","function":{"name":"bash","arguments":"{}"}}]},{"role":"tool","content":[{"type":"text","text":"hi"}],"tool_call_id":"call_0"}]"#,
            fields: #""stream":true,"stream_options":{"include_usage":true},"temperature":0.0,"top_p":0.1"#,
            items: ["user: go", "assistant: <think>\nhm\n</think>\n\n\n", "call call_0 bash {}", "output call_0: hi"],
            instructions: "Rules.\n\nBoundary.\n\nPlace."),
        // Turns of examples at the head, no tools, no usage.
        Recorded(
            client: "aider",
            messages: #"[\#(rules),{"role":"user","content":"Change it."},{"role":"assistant","content":"Done."},{"role":"user","content":"Another."},"#
                + #"{"role":"assistant","content":"Ok."},{"role":"user","content":"go"}]"#, fields: #""stream":true,"temperature":0"#,
            items: ["user: Change it.", "assistant: Done.", "user: Another.", "assistant: Ok.", "user: go"]),
        Recorded(
            client: "mini-swe-agent",
            messages: #"[\#(rules),{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"function":{"arguments":"{}","name":"bash"},"id":"call_0","type":"function"}]},"#
                + #"{"content":"0\n","tool_call_id":"call_0","role":"tool"}]"#, fields: tools, items: ["user: go", "call call_0 bash {}", "output call_0: 0\n"],
            isStream: false),
        // Calls and results as plain text.
        Recorded(
            client: "smolagents",
            messages: #"[\#(rulesInParts),{"role":"user","content":[{"type":"text","text":"New task:\ngo"}]},{"role":"assistant","content":[{"type":"text","text":"Calling tools:\n[{'id': 'call_0'}]"}]},"#
                + #"{"role":"user","content":[{"type":"text","text":"Observation:\n1"}]}]"#,
            fields: #"\#(tools),"stop":["Observation:","Calling tools:"],"tool_choice":"required""#,
            items: ["user: New task:\ngo", "assistant: Calling tools:\n[{'id': 'call_0'}]", "user: Observation:\n1"], isStream: false),
        Recorded(
            client: "Google ADK",
            messages: #"[\#(rules),{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"type":"function","id":"call_0","function":{"name":"bash","arguments":"{\"key\": \"k0\"}"}}]},"#
                + #"{"role":"tool","tool_call_id":"call_0","content":"{\"v\": 1}"}]"#, fields: tools,
            items: ["user: go", #"call call_0 bash {"key": "k0"}"#, #"output call_0: {"v": 1}"#], isStream: false),
        Recorded(
            client: "pydantic-ai",
            messages: #"[{"role":"user","content":"go"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_0","type":"function","function":{"name":"bash","arguments":"{}"}}]},"#
                + #"{"role":"tool","tool_call_id":"call_0","content":"1"}]"#,
            fields: #"\#(tools),"stream":true,"stream_options":{"include_usage":true},"tool_choice":"auto""#,
            items: ["user: go", "call call_0 bash {}", "output call_0: 1"], instructions: nil),
        Recorded(
            client: "Letta Code",
            messages: #"[\#(rules),{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":null,"tool_calls":["#
                + #"{"id":"call_0","type":"function","function":{"name":"bash","arguments":"{}"}}]},{"role":"tool","content":"1","tool_call_id":"call_0"}]"#,
            fields: #""stream":true,"stream_options":{"include_usage":true},"store":false,"max_completion_tokens":32000"#,
            items: ["user: a|b", "call call_0 bash {}", "output call_0: 1"], limit: 32000),
        Recorded(
            client: "deepagents",
            messages: #"[{"content":"Rules.","role":"system"},{"content":"go","role":"user"},{"content":null,"role":"assistant","tool_calls":["#
                + #"{"type":"function","id":"call_0","function":{"name":"bash","arguments":"{\"path\": \"/\"}"}}]},{"content":"none","role":"tool","tool_call_id":"call_0"}]"#,
            fields: #""stream":false,\#(tools)"#, items: ["user: go", #"call call_0 bash {"path": "/"}"#, "output call_0: none"], isStream: false),
    ]

    @Test("requests of clients", arguments: all.indices) func reading(_ index: Int) throws {
        let recorded = Self.all[index]
        let request = try read(body(recorded.messages, recorded.fields), headers: recorded.headers)
        #expect(request.items == recorded.items, "\(recorded.client)")
        #expect(request.create.instructions?.string == recorded.instructions, "\(recorded.client)")
        #expect(request.create.promptCacheKey == recorded.key, "\(recorded.client)")
        #expect(request.isStream == recorded.isStream, "\(recorded.client)")
        #expect(request.create.maxOutputTokens == recorded.limit, "\(recorded.client)")
    }

    /// What a client sends behind a history that is known must not change what the history was read as (chat-completions 9.1).
    @Test("each message is read without regard to those behind it", arguments: all.indices) func prefixes(_ index: Int) throws {
        let messages = try RawJSON(parsing: Self.all[index].messages).elements
        // From the first user message on, and never up to a call that waits for its results.
        for count in 1...messages.count where messages[count - 1]["role"]?.stringValue == "user" {
            let part = try read(body("[\(messages.prefix(count).map(\.text).joined(separator: ","))]"))
            #expect(part.items == Array(Self.all[index].items.prefix(part.items.count)), "\(Self.all[index].client)")
        }
    }
}
