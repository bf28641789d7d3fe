import ResponsesAPI
import ResponsesTesting
import Testing

@testable import MessagesWire
@testable import ResponsesCore

/// Tools of every kind, and those that come later (anthropic-messages 5).
@Suite("Messages: tools") struct ToolTests {
    private let hi = #"[{"role":"user","content":"hi"}]"#

    @Test func functionsKeepWhatAModelIsTold() throws {
        let tools =
            #"[{"name":"lookup","description":"Look up.","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"},"#
            + #""eager_input_streaming":true,"input_examples":[{}]},{"type":"custom","name":"b","input_schema":{"type":"object"},"strict":true}]"#
        let set = try read(body(hi, #""tools":\#(tools)"#)).create.tools
        #expect(
            set.json.text == #"[{"type":"function","name":"lookup","description":"Look up.","parameters":{"type":"object"},"strict":false},"#
                + #"{"type":"function","name":"b","parameters":{"type":"object"},"strict":true}]"#)
        // A mark of the client's cache moves with every turn.
        let moved = tools.replacing(#","cache_control":{"type":"ephemeral"}"#, with: "")
        #expect(try read(body(hi, #""tools":\#(moved)"#)).create.tools.json == set.json)
    }

    @Test(arguments: [
        (#"{"type":"bash_20250124","name":"bash"}"#, "bash", ["command", "restart"]),
        (
            #"{"type":"text_editor_20250728","name":"str_replace_based_edit_tool","max_characters":100}"#, "str_replace_based_edit_tool",
            ["command", "path", "view_range", "file_text", "old_str", "new_str", "insert_line", "insert_text"]
        ),
        (
            #"{"type":"text_editor_20250124"}"#, "str_replace_editor",
            ["command", "path", "view_range", "file_text", "old_str", "new_str", "insert_line", "insert_text"]
        ),
        (
            #"{"type":"memory_20250818","name":"memory"}"#, "memory",
            ["command", "path", "view_range", "file_text", "old_str", "new_str", "insert_line", "insert_text", "old_path", "new_path"]
        ),
        // A kind that comes with its schema.
        (#"{"type":"shell_20270101","name":"shell","input_schema":{"type":"object","properties":{"x":{}}}}"#, "shell", ["x"]),
    ] as [(String, String, [String])])
    func toolsOfTheClient(_ tool: String, _ name: String, _ properties: [String]) throws {
        let set = try read(body(hi, #""tools":[\#(tool)]"#)).create.tools
        guard case .function(let function) = set.tools.first else {
            Issue.record("It became no function.")
            return
        }
        #expect(function.name == name)
        var names: [String] = []
        function.parameters?["properties"]?.forEachMember { name, _ in names.append(name) }
        #expect(names == properties)
        let commands = function.parameters?["properties"]?["command"]?["enum"]?.elements.compactMap(\.stringValue) ?? []
        #expect(commands.contains("undo_edit") == (name == "str_replace_editor"))
        #expect(tool.contains("schema") || function.description != nil)
    }

    @Test func whatAServerRunsIsLeftOut() throws {
        let search = #"{"type":"web_search_20250305","name":"web_search","max_uses":8}"#
        let f = #"{"name":"f","input_schema":{"type":"object"}}"#
        let set = try read(body(hi, #""tools":[\#(search),\#(f),{"type":"mcp_toolset","mcp_server_name":"x"}]"#)).create.tools
        #expect(set.tools.filter(\.isCallable).count == 1)
        // What cannot be called is known by its type, for the log.
        #expect(set.tools.compactMap { if case .other(let type, _) = $0 { type } else { nil } } == ["web_search_20250305", "mcp_toolset"])
        // Of another wire, whose calls this one could not say.
        #expect(try read(body(hi, #""tools":[\#(f),{"type":"shell"},{"type":"apply_patch"}]"#)).create.tools.tools.count == 1)
        // Alone it cannot be left out without a word.
        let error = try #require(refusal(body(hi, #""tools":[\#(search)]"#)))
        #expect(error.message.hasPrefix(#""web_search" is not available on this server"#) && error.param == "tools")
        #expect(try #require(refusal(body(hi, #""tools":[{"type":"mcp_toolset"}]"#))).message.hasPrefix(#""mcp_toolset" is"#))
        let screen = try #require(refusal(body(hi, #""tools":[\#(f),{"type":"computer_20250124","name":"computer"}]"#)))
        #expect(screen.param == "tools[1].type")
        #expect(try #require(refusal(body(hi, #""tools":[{"name":"f"}]"#))).param == "tools[0].input_schema")
        #expect(try read(body(hi, #""tools":[]"#)).toolNames == [] && read(body(hi, #""tools":null"#)).toolNames == [])
    }

    // MARK: Tools that come later

    private static func tool(_ name: String, isDeferred: Bool = false) -> String {
        #"{"name":"\#(name)","description":"Does \#(name).","input_schema":{"type":"object"}\#(isDeferred ? #","defer_loading":true"# : "")}"#
    }

    private static let searched =
        #"{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"ToolSearch","input":{"query":"select:WebFetch,NotebookEdit"}}]},"#
        + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"tool_reference","tool_name":"WebFetch"},"#
        + #"{"type":"tool_reference","tool_name":"NotebookEdit"},{"type":"tool_reference","tool_name":"Nothing"}]}]}"#

    /// Two tools are loaded: Claude Code then puts them into the middle of its list (anthropic-messages 5.3). The head stays as it is.
    @Test func deferredToolsComeWhereTheyAreNamed() throws {
        let before = [Self.tool("Agent"), Self.tool("Read"), Self.tool("ToolSearch"), Self.tool("DeferredToolPlaceholder", isDeferred: true)]
        let after = [
            Self.tool("Agent"), Self.tool("NotebookEdit", isDeferred: true), Self.tool("Read"), Self.tool("ToolSearch"),
            Self.tool("WebFetch", isDeferred: true), Self.tool("DeferredToolPlaceholder", isDeferred: true),
        ]
        let first = try read(body(hi, #""tools":[\#(before.joined(separator: ","))]"#))
        let messages = #"[{"role":"user","content":"hi"},\#(Self.searched)]"#
        let second = try read(body(messages, #""tools":[\#(after.joined(separator: ","))]"#))
        #expect(first.toolNames == ["Agent", "Read", "ToolSearch"])
        #expect(second.create.tools.json == first.create.tools.json)
        #expect(
            second.items == [
                "user: hi", #"call a ToolSearch {"query":"select:WebFetch,NotebookEdit"}"#,
                "output a: Loaded, and can be called from here on: WebFetch, NotebookEdit. Not available: Nothing.",
                "additional_tools WebFetch NotebookEdit",
            ])
        let added = try #require(second.create.input.last)
        #expect(added.bringsTools)
        // The same bytes as if it were offered at once: one that is no longer put off is no second tool.
        let plain = try read(body(hi, #""tools":[\#(Self.tool("WebFetch"))]"#)).create.tools.json.elements.first
        #expect(added.json["tools"]?.elements.first == plain && plain != nil)
    }

    @Test func aDeferredToolIsChosenOnceItIsThere() throws {
        let tools = #""tools":[\#(Self.tool("Read")),\#(Self.tool("WebFetch", isDeferred: true))],"tool_choice":{"type":"tool","name":"WebFetch"}"#
        let early = try #require(refusal(body(#"[{"role":"user","content":"hi"}]"#, tools)))
        #expect(early.param == "tool_choice")
        #expect(early.message.hasPrefix("Tool 'WebFetch' is deferred, and no 'tool_reference' brought it in yet."))
        #expect(refusal(body(#"[{"role":"user","content":"hi"},\#(Self.searched)]"#, tools)) == nil)
    }

    @Test func aToolThatIsOfferedAnywayIsNotBroughtAgain() throws {
        let tools = #""tools":[\#(Self.tool("WebFetch")),\#(Self.tool("NotebookEdit"))]"#
        let items = try read(body(#"[{"role":"user","content":"hi"},\#(Self.searched)]"#, tools)).items
        #expect(items.last?.hasPrefix("output a: Loaded") == true)
    }

    @Test func systemMessagesAddAndRemoveTools() throws {
        let messages =
            #"[{"role":"user","content":"hi"},{"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_reference","name":"f"}},"#
            + #"{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"name":"g","input_schema":{"type":"object"}}}},"#
            + #"{"type":"tool_removal","tool":{"type":"tool_reference","name":"h"}}]}]"#
        let request = try read(body(messages, #""tools":[\#(Self.tool("f", isDeferred: true)),\#(Self.tool("h"))]"#))
        #expect(request.toolNames == ["h"])
        #expect(
            request.items == [
                "user: hi", "additional_tools f", "developer: The tool f can be called from here on.", "additional_tools g",
                "developer: The tool g can be called from here on.|The tool h is not available any more.",
            ])
    }

    @Test func onlyToolsThatComeLaterAreNone() throws {
        #expect(try read(body(hi, #""tools":[\#(Self.tool("f", isDeferred: true))]"#)).create.tools.isEmpty)
    }

    /// A conversation is known with a tool that its client describes in another way now: it is read anew, and goes on.
    @Test func aToolThatChangedDoesNotEndItsConversation() throws {
        let memory = PrefixMemory(keptFor: .seconds(600), bytesMax: 1 << 30, ownerShare: 1, account: MemoryAccount())
        let next = #"{"role":"assistant","content":"done"},{"role":"user","content":"more"}"#
        func read(_ messages: String, _ tool: String) throws -> WireRequest {
            let reading = WireReading(history: HistoryReader(memory, of: .anybody, wire: "messages", at: .zero))
            return try MessagesWire().request(
                reading: Array(body(#"[{"role":"user","content":"hi"},\#(messages)]"#, #""tools":[\#(Self.tool("Read")),\#(tool)]"#).utf8), reading)
        }
        let fetch = Self.tool("WebFetch", isDeferred: true)
        let first = try read(Self.searched, fetch)
        let ticket = try #require(first.history.ticket)
        let added = try AddedTools.extended(nil, by: first.create.input)
        let dialect = ListDialect()
        let node = ChainNode(
            id: "resp_1", parent: nil, input: EnteredItems(first.create.input.map(\.json)), output: [Item.message(.assistant, [.outputText("done")]).json],
            rendering: DialectRendering(dialect, try dialect.extend(nil, with: [])), renderedBytes: 1, openCalls: [], addedTools: added,
            isStored: false, account: memory.nodes.account(of: .anybody))
        memory.insert(node, of: .anybody, at: .zero, under: ticket)

        let same = try read("\(Self.searched),\(next)", fetch)
        #expect(same.history.parent?.id == "resp_1" && same.items == ["user: more"])
        let other = fetch.replacing("Does", with: "Now does")
        let changes = [
            // It is offered at once now, in other words; or it is searched for again.
            (next, other.replacing(#","defer_loading":true"#, with: "")),
            ("\(next),\(Self.searched.replacing(#""a""#, with: #""b""#))", other),
        ]
        for (messages, tool) in changes {
            let changed = try read("\(Self.searched),\(messages)", tool)
            #expect(changed.history.parent == nil && changed.items.first == "user: hi")
            _ = try AddedTools.merged(changed.create.tools, AddedTools.extended(nil, by: changed.create.input))
        }
    }
}
