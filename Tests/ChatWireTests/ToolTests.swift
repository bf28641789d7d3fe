import ResponsesAPI
import ResponsesCore
import Testing

@testable import ChatWire

/// Tools and the choice among them (chat-completions 5).
@Suite("Chat: tools") struct ToolTests {
    private static let f = #"{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}"#
    private static let c =
        #"{"type":"custom","custom":{"name":"c","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: /a/"}}}}"#
    private let hi = #"[{"role":"user","content":"hi"}]"#

    @Test(
        "nested tools become flat ones",
        arguments: [
            (f, #"{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":false}"#),
            (
                #"{"function":{"strict":true,"parameters":{"b":1,"a":2},"name":"f","x":1},"cache_control":{"type":"ephemeral"}}"#,
                #"{"type":"function","name":"f","parameters":{"b":1,"a":2},"strict":true}"#
            ), (#"{"type":"function","function":{"name":"f","strict":null}}"#, #"{"type":"function","name":"f","strict":false}"#),
            (c, #"{"type":"custom","name":"c","format":{"type":"grammar","syntax":"lark","definition":"start: /a/"}}"#),
            (#"{"type":"custom","custom":{"name":"c","format":{"type":"text"}}}"#, #"{"type":"custom","name":"c","format":{"type":"text"}}"#),
        ])
    func flat(_ sent: String, _ flat: String) throws {
        #expect(try read(body(hi, #""tools":[\#(sent)]"#)).create.tools.json.text == "[\(flat)]")
    }

    @Test("no tools are as absent") func empty() throws {
        let request = try read(body(hi, #""tools":[],"tool_choice":"auto""#))
        #expect(request.create.tools === ToolSet.empty)
    }

    @Test("the older form") func functions() throws {
        let request = try read(body(hi, #""functions":[{"name":"f","description":"d","parameters":{}}],"function_call":{"name":"f"}"#))
        #expect(request.create.tools.json.text == #"[{"type":"function","name":"f","description":"d","parameters":{},"strict":false}]"#)
        #expect(request.create.toolChoice == .tool(type: "function", name: "f"))
        #expect(request.create.parallelToolCalls == false, "there is room for one call")
    }

    @Test(
        "the choice",
        arguments: [
            (#""auto""#, .auto), (#""none""#, .none), (#""required""#, .required), (#""any""#, .required),
            (#"{"type":"function","function":{"name":"f"}}"#, .tool(type: "function", name: "f")),
            (#"{"type":"function","name":"f"}"#, .tool(type: "function", name: "f")),
            (#"{"type":"custom","custom":{"name":"c"}}"#, .tool(type: "custom", name: "c")),
            (
                #"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}}"#,
                .allowed(mode: .required, names: [ToolChoice.Allowed(type: "function", name: "f")])
            ),
        ] as [(String, ToolChoice)])
    func choice(_ sent: String, _ choice: ToolChoice) throws {
        #expect(try read(body(hi, #""tools":[\#(Self.f),\#(Self.c)],"tool_choice":\#(sent)"#)).create.toolChoice == choice)
    }

    @Test(
        "what is wrong is said with its place",
        arguments: [
            (#""tools":[\#(f),{"type":"function","name":"f","parameters":{}}]"#, "tools[1].function"),
            (#""tools":[{"type":"web_search"}]"#, "tools[0].type"), (#""tools":[{"type":"function"}]"#, "tools[0].function"),
            (#""tools":[{"type":"function","function":{}}]"#, "tools[0].function.name"),
            (#""tools":[\#(c),{"type":"function","function":{"name":"a b"}}]"#, "tools[1].function.name"),
            (#""tools":[{"type":"custom","custom":{"name":""}}]"#, "tools[0].custom.name"),
            (#""tools":[{"type":"function","function":{"name":"f","parameters":[]}}]"#, "tools[0].function.parameters"), (#""tools":{}"#, "tools"),
            (#""tools":[7]"#, "tools[0]"), (#""functions":[{"name":"a b"}]"#, "functions[0].name"), (#""functions":[{}]"#, "functions[0].name"),
            (#""functions":[{"name":"f"}],"tools":[\#(f)]"#, "functions"),
            (#""tools":[\#(f)],"tool_choice":{"type":"function","function":{"name":"g"}}"#, "tool_choice.function.name"),
            (#""tool_choice":{"type":"function","function":{"name":"g"}}"#, "tool_choice.function.name"),
            (#""tools":[\#(f)],"tool_choice":{"type":"allowed_tools","allowed_tools":{"tools":[{"type":"function","function":{"name":"g"}}]}}"#, "tool_choice.allowed_tools.tools[0].function.name"),
            (#""tool_choice":"sometimes""#, "tool_choice"), (#""functions":[{"name":"f"}],"function_call":{"name":"g"}"#, "function_call.name"),
        ])
    func refused(_ fields: String, _ param: String) throws {
        let error = try #require(refusal(body(hi, fields)))
        #expect(error.status == 400 && error.param == param)
        #expect(error.message.contains("'\(param)'") || error.message.contains("'\(param.split(separator: ".").last ?? "")'") || param == "tools[0]", "\(error.message)")
    }

    @Test("a flat tool is told to be nested") func flatTool() throws {
        #expect(refusal(body(hi, #""tools":[{"type":"function","name":"f"}]"#))?.message.contains("nested") == true)
    }
}
