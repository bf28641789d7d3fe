import NIOCore
import ResponsesAPI
import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// What the dialect says it leaves out is what it leaves out.
@Suite struct LeftOutTests {
    private let dialect = ChatDialect()

    private func rendered(_ items: [Item]) throws -> String {
        let prompt = try dialect.extend(nil, with: items)
        return prompt.text + "|" + prompt.head.elements.map(\.string).joined(separator: "|")
    }

    @Test(arguments: [
        (#"{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"q"}}"#, true),
        (#"{"type":"file_search_call","id":"fs_1","status":"completed","queries":["q"]}"#, true),
        (#"{"type":"local_shell_call","id":"lsh_1","call_id":"c9","status":"completed","action":{"type":"exec","command":["ls"]}}"#, false),
        (#"{"type":"shell_call","call_id":"c9","status":"completed","action":{"commands":["ls"]}}"#, false),
        (#"{"type":"apply_patch_call","call_id":"c9","status":"completed","operation":{"type":"delete_file","path":"p"}}"#, false),
        (#"{"type":"tool_search_call","execution":"server","call_id":"c9","status":"completed","arguments":{}}"#, true),
        (#"{"type":"tool_search_call","execution":"client","call_id":"c9","status":"completed","arguments":{}}"#, false),
        (#"{"type":"mcp_list_tools","id":"m","server_label":"s","tools":[]}"#, true), (#"{"type":"vendor:thing","text":"words"}"#, true),
        (#"{"role":"user","content":"hi"}"#, false), (#"{"role":"system","content":"hi"}"#, false), (#"{"role":"assistant","content":"hi"}"#, false),
        (#"{"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AA"}]}"#, false),
        (#"{"type":"function_call","call_id":"c2","name":"f","arguments":"{}"}"#, false),
        (#"{"type":"custom_tool_call","call_id":"c3","name":"g","input":"x"}"#, false),
        (#"{"type":"function_call_output","call_id":"c1","output":"42"}"#, false),
        (#"{"type":"custom_tool_call_output","call_id":"c1","output":"42"}"#, false),
        (#"{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"why"}]}"#, false),
    ])
    func items(_ json: String, _ isLeftOut: Bool) throws {
        let item = Item.json(json)
        #expect(dialect.leavesOut(item) == isLeftOut)
        // Within a conversation, a call before it, and at its end; a call behind it, as reasoning belongs to calls.
        let call = Item.json(#"{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}"#)
        let last = Item.json(#"{"type":"function_call","call_id":"c4","name":"f","arguments":"{}"}"#)
        for (before, after) in [([], []), ([Item.user("a")], []), ([Item.user("a"), call], [last]), ([], [last])] as [([Item], [Item])] {
            let without = try rendered(before + after)
            let with = try rendered(before + [item] + after)
            if isLeftOut { #expect(with == without) }
            // Reasoning alone is kept until it is known whether a call follows.
            if !isLeftOut, !after.isEmpty || item.type != "reasoning" { #expect(with != without) }
        }
    }

    @Test(arguments: [
        (#"{"type":"web_search"}"#, true), (#"{"type":"mcp","server_label":"s","server_url":"http://s"}"#, true), (#"{"type":"shell"}"#, false),
        (#"{"type":"shell","environment":{"type":"local"}}"#, false), (#"{"type":"shell","environment":{"type":"container_auto"}}"#, true),
        (#"{"type":"local_shell"}"#, false), (#"{"type":"apply_patch"}"#, false), (#"{"type":"tool_search"}"#, true),
        (#"{"type":"tool_search","execution":"client"}"#, false),
        (#"{"type":"code_interpreter","container":"auto"}"#, true), (#"{"type":"vendor:tool","name":"x"}"#, true),
        (#"{"type":"namespace","name":"n","tools":[]}"#, true), (#"{"type":"namespace","name":"n","tools":[{"type":"custom","name":"c"}]}"#, false),
        (#"{"type":"namespace","name":"n","tools":[{"type":"web_search"}]}"#, true),
        (#"{"type":"function","name":"g"}"#, false), (#"{"type":"custom","name":"g"}"#, false),
        (#"{"type":"namespace","name":"n","tools":[{"type":"function","name":"g"},{"type":"custom","name":"c"}]}"#, false),
    ])
    func tools(_ json: String, _ isLeftOut: Bool) throws {
        let tools = ToolSet.json(#"[{"type":"function","name":"f"},\#(json)]"#)
        #expect(dialect.leavesOut(tools.tools[1]) == isLeftOut)
        let bytes = { (set: ToolSet) in ToolCatalog(set).json.map { String(buffer: $0) } }
        let isUnchanged = bytes(tools) == bytes(.json(#"[{"type":"function","name":"f"}]"#))
        #expect(isUnchanged == isLeftOut)
        #expect((bytes(.json("[\(json)]")) == nil) == isLeftOut)
    }

    @Test func aDialectThatSaysNothingLeavesNothingOut() throws {
        struct Plain: Dialect {
            struct Prompt: RenderedPrompt { var addedBytes: Int { 0 } }
            var name: String { "plain" }
            func extend(_ prompt: Prompt?, with items: [Item]) throws(APIError) -> Prompt { Prompt() }
        }
        #expect(!Plain().leavesOut(Item.json(#"{"type":"web_search_call","id":"ws_1","status":"completed"}"#)))
        #expect(!Plain().leavesOut(try Tool(RawJSON(parsing: #"{"type":"web_search"}"#))))
    }
}
