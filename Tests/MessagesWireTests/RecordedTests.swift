import ResponsesAPI
import ResponsesCore
import Testing

@testable import MessagesWire

/// Requests as real clients were seen to send them, with short texts in place of their own (anthropic-messages 3, 4, 9.1).
@Suite("Messages: recorded requests") struct RecordedTests {
    struct Recorded: Sendable {
        var client: String
        var body: String
        var items: [String]
        var instructions: String?
        var tools: [String] = []
        var key: String?
        var isStream = true
    }

    private static let system =
        #""system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.332.891; cc_entrypoint=sdk-cli;"},"#
        + #"{"type":"text","text":"You are an agent.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Rules.","cache_control":{"type":"ephemeral"}}]"#
    private static let rest =
        #""metadata":{"user_id":"{\"device_id\": \"d\", \"account_uuid\": \"\", \"session_id\": \"0000-1\"}"},"max_tokens":32000,"#
        + #""thinking":{"type":"adaptive","display":"omitted"},"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},"#
        + #""output_config":{"effort":"high"},"stream":true"#
    private static let bash =
        #"[{"name":"Bash","description":"Runs.","input_schema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","#
        + #""properties":{"command":{"type":"string"}},"required":["command"],"additionalProperties":false}}]"#

    private static func claudeCode(_ messages: String) -> String {
        #"{"model":"m","messages":\#(messages),\#(system),"tools":\#(bash),\#(rest)}"#
    }

    private static let lookup =
        #""tools":[{"name":"lookup","description":"Look up a key.","input_schema":{"type":"object","properties":{"key":{"type":"string"}}}}]"#

    static let all: [Recorded] = [
        Recorded(
            client: "Claude Code, first request",
            body: claudeCode(
                #"[{"role":"user","content":[{"type":"text","text":"<system-reminder>skills</system-reminder>"},{"type":"text","text":"hi"}]},"#
                    + #"{"role":"system","content":[{"type":"text","text":"Environment.","cache_control":{"type":"ephemeral"}}]}]"#),
            items: ["user: <system-reminder>skills</system-reminder>|hi", "developer: Environment."],
            instructions: "You are an agent.\n\nRules.", tools: ["Bash"], key: "0000-1"),
        // The system message is a string now; the results come as the calls ended.
        Recorded(
            client: "Claude Code, calls in parallel",
            body: claudeCode(
                #"[{"role":"user","content":[{"type":"text","text":"<system-reminder>skills</system-reminder>"},{"type":"text","text":"hi"}]},"#
                    + #"{"role":"system","content":"Environment."},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"Bash","#
                    + #""input":{"command":"echo 0"}},{"type":"tool_use","id":"toolu_2","name":"Bash","input":{"command":"echo 1"}}]},"#
                    + #"{"role":"user","content":[{"tool_use_id":"toolu_2","type":"tool_result","content":"1","is_error":false},"#
                    + #"{"tool_use_id":"toolu_1","type":"tool_result","content":"0","is_error":false,"cache_control":{"type":"ephemeral"}}]}]"#),
            items: [
                "user: <system-reminder>skills</system-reminder>|hi", "developer: Environment.",
                #"call toolu_1 Bash {"command":"echo 0"}"#, #"call toolu_2 Bash {"command":"echo 1"}"#, "output toolu_1: 0", "output toolu_2: 1",
            ], instructions: "You are an agent.\n\nRules.", tools: ["Bash"], key: "0000-1"),
        Recorded(
            client: "Claude Code, the title's request",
            body: #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],"system":[{"type":"text","text":"#
                + #""x-anthropic-billing-header: cc_version=2.1.332.0aa; cc_entrypoint=cli;"},{"type":"text","text":"Make a title."}],"tools":[],"#
                + #""max_tokens":32000,"output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object"}}},"stream":true}"#,
            items: ["user: hi"], instructions: "Make a title."),
        Recorded(
            client: "Copilot CLI, with thoughts",
            body: #"{"model":"m","max_tokens":8192,"system":[{"type":"text","text":"You are.","cache_control":{"type":"ephemeral"}}],"messages":["#
                + #"{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"pondering","#
                + #""signature":"c2lnbmF0dXJl"},{"type":"tool_use","id":"toolu_1","name":"bash","input":{"command":"echo hi","description":"echo"}}]},"#
                + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"hi\n<shellId: 0 completed with exit code 0>","#
                + #""cache_control":{"type":"ephemeral"}}]}],"tools":\#(bash),"temperature":0,"stream":true}"#,
            items: [
                "user: hi", "thought: pondering", #"call toolu_1 bash {"command":"echo hi","description":"echo"}"#,
                "output toolu_1: hi\n<shellId: 0 completed with exit code 0>",
            ], instructions: "You are.", tools: ["Bash"]),
        Recorded(
            client: "Mistral Vibe",
            body: #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":[{"type":"tool_use","#
                + #""id":"toolu_1","name":"bash","input":{"command":"echo"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","#
                + #""content":"{\"returncode\": 0}","cache_control":{"type":"ephemeral"}}]}],"max_tokens":8192,"system":[{"type":"text","text":"S","#
                + #""cache_control":{"type":"ephemeral"}}],"tools":\#(bash),"stream":true}"#,
            items: ["user: hi", #"call toolu_1 bash {"command":"echo"}"#, #"output toolu_1: {"returncode": 0}"#], instructions: "S", tools: ["Bash"]),
        Recorded(
            client: "aider by litellm",
            body: #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"Example"}]},{"role":"assistant","content":[{"type":"text","#
                + #""text":"Ok."}]},{"role":"user","content":[{"type":"text","text":"Change it"}]}],"temperature":0,"system":[{"type":"text","text":"S"}],"#
                + #""max_tokens":4096,"stream":true}"#,
            items: ["user: Example", "assistant: Ok.", "user: Change it"], instructions: "S"),
        Recorded(
            client: "anthropic for Python",
            body: #"{"max_tokens":100,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"signature":"c2ln","thinking":"hm","#
                + #""type":"thinking"},{"id":"toolu_1","input":{"key":"k0"},"name":"lookup","type":"tool_use"}]},{"role":"user","content":[{"#
                + #""type":"tool_result","tool_use_id":"toolu_1","content":"42"}]}],"model":"m",\#(lookup)}"#,
            items: ["user: hi", "thought: hm", #"call toolu_1 lookup {"key":"k0"}"#, "output toolu_1: 42"], tools: ["lookup"], isStream: false),
        Recorded(
            client: "langchain-anthropic",
            body: #"{"max_tokens":4096,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","name":"lookup","#
                + #""input":{"key":"k0"},"id":"toolu_1"}]},{"role":"user","content":[{"type":"tool_result","content":"value","tool_use_id":"toolu_1","#
                + #""is_error":false}]}],"model":"m",\#(lookup)}"#,
            items: ["user: hi", #"call toolu_1 lookup {"key":"k0"}"#, "output toolu_1: value"], tools: ["lookup"], isStream: false),
        Recorded(
            client: "pydantic-ai",
            body: #"{"max_tokens":4096,"messages":[{"role":"user","content":[{"text":"hi","type":"text"}]},{"role":"assistant","content":[{"id":"toolu_1","#
                + #""type":"tool_use","name":"lookup","input":{"key":"k0"}}]},{"role":"user","content":[{"tool_use_id":"toolu_1","type":"tool_result","#
                + #""content":[{"text":"value","type":"text"}],"is_error":false}]}],"model":"m","stream":false,"tool_choice":{"type":"auto"},\#(lookup)}"#,
            items: ["user: hi", #"call toolu_1 lookup {"key":"k0"}"#, "output toolu_1: value"], tools: ["lookup"], isStream: false),
    ]

    @Test(arguments: all.indices) func isRead(_ index: Int) throws {
        let recorded = Self.all[index]
        let request = try read(recorded.body)
        #expect(request.items == recorded.items, "\(recorded.client)")
        #expect(request.create.instructions?.string == recorded.instructions)
        #expect(request.toolNames == recorded.tools)
        #expect(request.create.promptCacheKey == recorded.key)
        #expect(request.isStream == recorded.isStream && request.create.store == false)
    }

    /// What is sent again means the same: between the two first requests of a session the head and its items stay as they are.
    @Test func theSecondRequestBeginsAsTheFirst() throws {
        let (first, second) = (try read(Self.all[0].body), try read(Self.all[1].body))
        #expect(Array(second.create.input.prefix(first.create.input.count)) == first.create.input)
        #expect(second.create.instructions == first.create.instructions && second.create.tools.json == first.create.tools.json)
    }

    /// A body that ends too early is refused, wherever it ends.
    @Test(arguments: all.indices) func aPartIsRefused(_ index: Int) {
        let body = Array(Self.all[index].body.utf8)
        for end in stride(from: 0, to: body.count, by: 7) {
            #expect(throws: APIError.self) { try MessagesWire().request(reading: Array(body[..<end]), WireReading()) }
        }
    }

    /// Whatever stands in place of a value, it is read or refused.
    @Test(arguments: all.indices, ["null", "7", "\"x\"", "[]", "{}", "[[{}]]", "true"]) func anyValueIsReadOrRefused(_ index: Int, _ value: String) throws {
        let body = Self.all[index].body
        for colon in body.indices where body[colon] == ":" {
            let start = body.index(after: colon)
            let bytes = Array(body[start...].utf8)
            guard let length = bytes.scanned({ (scanner) in try? scanner.skipValue().upperBound }) else { continue }
            let changed = Array(body[..<start].utf8) + Array(value.utf8) + bytes[length...]
            do { _ = try MessagesWire().request(reading: changed, WireReading()) } catch { #expect((400..<500).contains(error.status)) }
        }
    }
}
