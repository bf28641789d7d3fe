import ResponsesAPI
import Testing

/// Tools, their choice and the text format in every form.
@Suite struct ToolTests {
    static let forms: [String] = [
        #"{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true}"#,
        #"{"type":"function","name":"f"}"#,
        #"{"type":"function","name":"f","parameters":{},"defer_loading":true,"output_schema":{"x":[1]}}"#,
        #"{"type":"custom","name":"c","description":"d","format":{"type":"grammar","syntax":"lark","definition":"start: A"}}"#,
        #"{"type":"custom","name":"c"}"#,
        #"{"type":"namespace","name":"crm","description":"d","tools":[{"type":"function","name":"f","strict":false}]}"#,
        #"{"type":"web_search","filters":{"allowed_domains":["x"]}}"#,
        #"{"type":"web_search_preview_2025_03_11"}"#,
        #"{"type":"file_search","vector_store_ids":["v"]}"#,
        #"{"type":"code_interpreter","container":{"type":"auto"}}"#,
        #"{"type":"mcp","server_label":"s","server_url":"https://x","require_approval":"never"}"#,
        #"{"type":"image_generation","name":5}"#,
        #"{"type":"local_shell"}"#,
        #"{"type":"computer_use_preview","display_width":1,"display_height":1,"environment":"linux"}"#,
        #"{"type":"vendor:tool","name":{"not":"a string"},"parameters":[],"strict":"x"}"#,
    ]

    @Test(arguments: forms)
    func keepsEveryForm(_ text: String) throws {
        let tool = try Tool(RawJSON(parsing: text))
        #expect(tool.wire.text == text)
        let set = try ToolSet(RawJSON(parsing: "[ \(text) ]"))
        #expect(set.tools == [tool])
        #expect(set.json.text == "[ \(text) ]")
        #expect(try ToolSet([tool]).json.text == "[\(text)]")
    }

    @Test func readsFunctions() throws {
        let tool = try Tool(#"{"name":"f","strict":null,"x":1,"parameters":null,"type":"function"}"#)
        var expected = Tool.FunctionTool(name: "f")
        expected.extra = [JSONMember("x", "1")]
        #expect(tool == .function(expected))
    }

    @Test func readsNamespaces() throws {
        let tool = try Tool(
            #"{"type":"namespace","name":"crm","tools":[{"type":"function","name":"a"},{"type":"custom","name":"b"},{"type":"function","name":"c"}]}"#)
        guard case .namespace(let namespace) = tool else {
            Issue.record("no namespace")
            return
        }
        #expect(namespace.functions.map(\.name) == ["a", "c"])
        #expect(namespace.others == [.custom(.init(name: "b"))])
        let set = try ToolSet([tool])
        #expect(set.callable(named: "a")?.namespace == "crm")
        #expect(set.callable(named: "b")?.namespace == "crm")
        #expect(set.callable(named: "z") == nil)
    }

    @Test func echoesWhatTheSchemasDemand() throws {
        let set = try ToolSet(
            #"[{"type":"function","name":"f","later":1},{"type":"mcp","server_label":"s","headers":{"a":"key"},"authorization":"key"},{"type":"custom","name":"c","format":null}]"#)
        #expect(
            set.echo.text
                == #"[{"type":"function","name":"f","description":null,"parameters":null,"strict":null,"later":1},{"type":"mcp","server_label":"s"},{"type":"custom","name":"c","format":null}]"#)
        #expect(ToolSet.empty.echo == .emptyArray)
    }

    @Test func reusesEqualBytes() throws {
        let tools = #"[{"type":"function","name":"\#(String(repeating: "n", count: 40))","description":"\#(String(repeating: "d", count: 300))"}]"#
        let first = try request(#"{"tools":\#(tools)}"#)
        let same = try CreateRequest(parsing: Array(#"{ "tools" : \#(tools) , "model":"m"}"#.utf8), reusing: first.tools)
        #expect(same.tools === first.tools)
        // A change at any place of the same length is seen.
        for place in [0, 7, 8, 60, tools.utf8.count - 20] {
            var bytes = Array(tools.utf8)
            guard let letter = bytes[place...].firstIndex(where: { $0 == UInt8(ascii: "n") || $0 == UInt8(ascii: "d") }), letter > 25
            else { continue }
            bytes[letter] = UInt8(ascii: "m")
            let other = try CreateRequest(parsing: Array("{\"tools\":".utf8) + bytes + [0x7D], reusing: first.tools)
            #expect(other.tools !== first.tools)
        }
        #expect(try CreateRequest(parsing: Array(#"{"tools":null}"#.utf8), reusing: first.tools).tools === ToolSet.empty)
        #expect(try CreateRequest(parsing: Array(#"{"model":"m"}"#.utf8), reusing: first.tools).tools === ToolSet.empty)
    }

    @Test func namesTheToolAtFault() {
        #expect(throws: APIError.self) { try ToolSet("{}") }
        let error = problem { () throws(APIError) in _ = try ToolSet(#"[{"type":"x"},{"type":"function"}]"#) }
        #expect(error?.param == "tools[1].name")
    }

    static let choices: [(json: String, choice: ToolChoice)] = [
        (#""auto""#, .auto), (#""none""#, .none), (#""required""#, .required),
        (#"{"type":"function","name":"f"}"#, .tool(type: "function", name: "f")),
        (#"{"type":"custom","name":"c"}"#, .tool(type: "custom", name: "c")),
        (
            #"{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"},{"type":"image_generation"}]}"#,
            .allowed(mode: .required, names: [.init(type: "function", name: "f"), .init(type: "image_generation", name: nil)])
        ),
        (#"{"type":"allowed_tools","tools":[{"type":"mcp","server_label":"s"}]}"#, .allowed(mode: .auto, names: [.init(type: "mcp", name: nil)])),
        (#"{"type":"web_search_preview"}"#, .other(#"{"type":"web_search_preview"}"#)),
        (#"{"type":"mcp","server_label":"s","name":"n"}"#, .other(#"{"type":"mcp","server_label":"s","name":"n"}"#)),
    ]

    @Test(arguments: choices.indices)
    func readsEveryChoice(_ index: Int) throws {
        let (json, choice) = Self.choices[index]
        let request = try request(#"{"tool_choice":\#(json)}"#)
        #expect(request.toolChoice == choice)
        #expect(request.toolChoiceEcho?.text == json)
        // A client that only knows the choice writes one that reads alike.
        var made = CreateRequest()
        made.toolChoice = choice
        #expect(try CreateRequest(parsing: made.encoded()).toolChoice == choice)
    }

    @Test func readsFormats() throws {
        let schema = #"{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true,"description":"d"}"#
        let expected = TextFormat.JSONSchema(name: "n", schema: #"{"type":"object"}"#, strict: true, description: "d")
        let table: [(String, TextFormat, String?)] = [
            (#"{}"#, .text, nil),
            (#"{"format":null}"#, .text, nil),
            (#"{"format":{"type":"text"},"verbosity":"low"}"#, .text, "low"),
            (#"{"format":{"type":"json_object"}}"#, .jsonObject, nil),
            (#"{"verbosity":"high","format":\#(schema)}"#, .jsonSchema(expected), "high"),
        ]
        for (json, format, verbosity) in table {
            let text = try request(#"{"text":\#(json)}"#).text
            #expect(text.format == format, "\(json)")
            #expect(text.verbosity == verbosity)
            var echo = JSONWriter()
            text.writeEcho(to: &echo)
            #expect(try TextSettingsReader.format(echo.raw) != nil, "an echo always has a format: \(json)")
        }
    }

    private enum TextSettingsReader {
        static func format(_ json: RawJSON) throws -> String? { json["format"]?["type"]?.stringValue }
    }

    @Test func readsReasoning() throws {
        let table: [(String, String?, String?)] = [
            (#"{"effort":"high","summary":"auto","mode":"pro"}"#, "high", "auto"),
            (#"{"generate_summary":"concise"}"#, nil, "concise"),
            (#"{"generate_summary":"concise","summary":"detailed"}"#, nil, "detailed"),
            (#"{"effort":null}"#, nil, nil),
        ]
        for (json, effort, summary) in table {
            let reasoning = try #require(try request(#"{"reasoning":\#(json)}"#).reasoning)
            #expect(reasoning.effort == effort)
            #expect(reasoning.summary == summary)
        }
    }
}
