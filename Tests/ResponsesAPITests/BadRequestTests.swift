import ResponsesAPI
import Testing

/// What is refused, with which code, naming which field.
@Suite struct BadRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var json: String
        var code: ErrorCode
        var param: String?
        var testDescription: String { json.count > 120 ? "\(json.prefix(120))…" : json }

        init(_ json: String, _ code: ErrorCode, _ param: String?) {
            self.json = json
            self.code = code
            self.param = param
        }

        /// A request whose third item is `item`.
        static func item(_ item: String, _ code: ErrorCode, _ path: String?) -> Case {
            let before = #"{"role":"user","content":"a"},{"id":"x"}"#
            return Case("{\"input\":[\(before),\(item)]}", code, "input[2]" + (path.map { ".\($0)" } ?? ""))
        }

        /// A request whose second tool is `tool`.
        static func tool(_ tool: String, _ code: ErrorCode, _ path: String?) -> Case {
            Case("{\"tools\":[{\"type\":\"web_search\"},\(tool)]}", code, "tools[1]" + (path.map { ".\($0)" } ?? ""))
        }
    }

    static let items: [Case] = [
        .item("5", .invalidType, nil),
        .item("null", .invalidType, nil),
        .item("[]", .invalidType, nil),
        .item("{}", .missingRequiredParameter, "role"),
        .item(#"{"type":5}"#, .invalidType, "type"),
        .item(#"{"type":"message"}"#, .missingRequiredParameter, "role"),
        .item(#"{"role":"user"}"#, .missingRequiredParameter, "content"),
        .item(#"{"role":"user","content":null}"#, .missingRequiredParameter, "content"),
        .item(#"{"role":"tool","content":"x"}"#, .invalidValue, "role"),
        .item(#"{"role":5,"content":"x"}"#, .invalidType, "role"),
        .item(#"{"role":"user","content":5}"#, .invalidType, "content"),
        .item(#"{"role":"user","content":["x"]}"#, .invalidType, "content[0]"),
        .item(#"{"role":"user","content":[{"type":"input_text","text":"a"},{"text":"a"}]}"#, .missingRequiredParameter, "content[1].type"),
        .item(#"{"role":"user","content":[{"type":"input_text"}]}"#, .missingRequiredParameter, "content[0].text"),
        .item(#"{"role":"user","content":[{"type":"input_text","text":5}]}"#, .invalidType, "content[0].text"),
        .item(#"{"role":"user","content":[{"type":"input_image"}]}"#, .missingRequiredParameter, "content[0].image_url"),
        .item(#"{"role":"user","content":[{"type":"input_image","image_url":{"url":5}}]}"#, .invalidType, "content[0].image_url.url"),
        .item(#"{"role":"user","content":[{"type":"input_image","image_url":{}}]}"#, .missingRequiredParameter, "content[0].image_url"),
        .item(#"{"role":"user","content":[{"type":"image_url","image_url":5}]}"#, .invalidType, "content[0].image_url"),
        .item(#"{"role":"user","content":[{"type":"file","file":"x"}]}"#, .invalidType, "content[0].file"),
        .item(#"{"role":"user","content":[{"type":"file","file":{"file_data":5}}]}"#, .invalidType, "content[0].file.file_data"),
        .item(#"{"role":"user","content":[{"type":"input_file","filename":"x"}]}"#, .missingRequiredParameter, "content[0].file_data"),
        .item(#"{"role":"assistant","content":[{"type":"refusal","text":"x"}]}"#, .missingRequiredParameter, "content[0].refusal"),
        .item(#"{"role":"user","content":"x","id":5}"#, .invalidType, "id"),
        .item(#"{"type":"function_call","name":"f","arguments":""}"#, .missingRequiredParameter, "call_id"),
        .item(#"{"type":"function_call","call_id":"c","arguments":""}"#, .missingRequiredParameter, "name"),
        .item(#"{"type":"function_call","call_id":"c","name":"f"}"#, .missingRequiredParameter, "arguments"),
        .item(#"{"type":"function_call","call_id":"c","name":"f","arguments":{}}"#, .invalidType, "arguments"),
        .item(#"{"type":"function_call_output","output":"x"}"#, .missingRequiredParameter, "call_id"),
        .item(#"{"type":"function_call_output","call_id":"","output":"x"}"#, .invalidValue, "call_id"),
        .item(#"{"type":"function_call_output","call_id":"\#(String(repeating: "c", count: 65))","output":"x"}"#, .invalidValue, "call_id"),
        .item(#"{"type":"function_call_output","call_id":"c"}"#, .missingRequiredParameter, "output"),
        .item(#"{"type":"function_call_output","call_id":"c","output":{}}"#, .invalidType, "output"),
        .item(#"{"type":"function_call_output","call_id":"c","output":[{"type":"input_text"}]}"#, .missingRequiredParameter, "output[0].text"),
        .item(#"{"type":"custom_tool_call","call_id":"c","name":"f"}"#, .missingRequiredParameter, "input"),
        .item(#"{"type":"custom_tool_call_output","call_id":"c"}"#, .missingRequiredParameter, "output"),
        .item(#"{"type":"item_reference"}"#, .missingRequiredParameter, "id"),
        .item(#"{"type":"compaction"}"#, .missingRequiredParameter, "encrypted_content"),
        .item(#"{"type":"shell_call","call_id":"c"}"#, .missingRequiredParameter, "action"),
        .item(#"{"type":"shell_call","call_id":"c","action":null}"#, .missingRequiredParameter, "action"),
        .item(#"{"type":"apply_patch_call","operation":{}}"#, .missingRequiredParameter, "call_id"),
        .item(#"{"type":"mcp_call","server_label":"s","name":"n"}"#, .missingRequiredParameter, "arguments"),
        .item(#"{"type":"mcp_approval_response","approval_request_id":"x"}"#, .missingRequiredParameter, "approve"),
        .item(#"{"type":"code_interpreter_call"}"#, .missingRequiredParameter, "container_id"),
    ]

    static let tools: [Case] = [
        Case(#"{"tools":{}}"#, .invalidType, "tools"),
        Case(#"{"tools":"auto"}"#, .invalidType, "tools"),
        .tool("5", .invalidType, nil),
        .tool("{}", .missingRequiredParameter, "type"),
        .tool(#"{"type":"function"}"#, .missingRequiredParameter, "name"),
        .tool(#"{"type":"function","function":{"name":"f"}}"#, .missingRequiredParameter, "name"),
        .tool(#"{"type":"function","name":""}"#, .invalidValue, "name"),
        .tool(#"{"type":"function","name":"a b"}"#, .invalidValue, "name"),
        .tool(#"{"type":"function","name":"\#(String(repeating: "n", count: 129))"}"#, .invalidValue, "name"),
        .tool(#"{"type":"function","name":"f","parameters":[]}"#, .invalidType, "parameters"),
        .tool(#"{"type":"function","name":"f","strict":"yes"}"#, .invalidType, "strict"),
        .tool(#"{"type":"function","name":"f","description":5}"#, .invalidType, "description"),
        .tool(#"{"type":"custom","name":"f","format":"text"}"#, .invalidType, "format"),
        .tool(#"{"type":"namespace","name":"n","tools":{}}"#, .invalidType, "tools"),
        .tool(#"{"type":"namespace","name":"n","tools":[{"type":"function","name":"f"},{"type":"function"}]}"#, .missingRequiredParameter, "tools[1].name"),
    ]

    static let settings: [Case] = [
        Case(#"{"model":5}"#, .invalidType, "model"),
        Case(#"{"input":5}"#, .invalidType, "input"),
        Case(#"{"input":{}}"#, .invalidType, "input"),
        Case(#"{"instructions":[]}"#, .invalidType, "instructions"),
        Case(#"{"store":"true"}"#, .invalidType, "store"),
        Case(#"{"stream":1}"#, .invalidType, "stream"),
        Case(#"{"generate":"no"}"#, .invalidType, "generate"),
        Case(#"{"previous_response_id":5}"#, .invalidType, "previous_response_id"),
        Case(#"{"previous_response_id":"a","conversation":"b"}"#, .invalidValue, "previous_response_id"),
        Case(#"{"stream_id":""}"#, .invalidStreamID, "stream_id"),
        Case(#"{"stream_id":"a b"}"#, .invalidStreamID, "stream_id"),
        Case(#"{"stream_id":5}"#, .invalidStreamID, "stream_id"),
        Case(#"{"stream_id":"\#(String(repeating: "a", count: 257))"}"#, .invalidStreamID, "stream_id"),
        Case(#"{"max_output_tokens":15}"#, .invalidValue, "max_output_tokens"),
        Case(#"{"max_output_tokens":16.5}"#, .invalidType, "max_output_tokens"),
        Case(#"{"max_output_tokens":"16"}"#, .invalidType, "max_output_tokens"),
        Case(#"{"max_output_tokens":99999999999999999999}"#, .invalidType, "max_output_tokens"),
        Case(#"{"max_tool_calls":0}"#, .invalidValue, "max_tool_calls"),
        Case(#"{"temperature":2.1}"#, .invalidValue, "temperature"),
        Case(#"{"temperature":"1"}"#, .invalidType, "temperature"),
        Case(#"{"temperature":1e999}"#, .invalidType, "temperature"),
        Case(#"{"temperature":true}"#, .invalidType, "temperature"),
        Case(#"{"top_p":-0.1}"#, .invalidValue, "top_p"),
        Case(#"{"top_logprobs":21}"#, .invalidValue, "top_logprobs"),
        Case(#"{"presence_penalty":3}"#, .invalidValue, "presence_penalty"),
        Case(#"{"frequency_penalty":-3}"#, .invalidValue, "frequency_penalty"),
        Case(#"{"truncation":"middle"}"#, .invalidValue, "truncation"),
        Case(#"{"context_management":{}}"#, .invalidType, "context_management"),
        Case(#"{"context_management":[5]}"#, .invalidType, "context_management[0]"),
        Case(#"{"context_management":[{}]}"#, .missingRequiredParameter, "context_management[0].type"),
        Case(#"{"context_management":[{"type":"compaction"},{"type":"x"}]}"#, .invalidValue, "context_management[1].type"),
        Case(#"{"context_management":[{"type":"compaction","compact_threshold":"a"}]}"#, .invalidType, "context_management[0].compact_threshold"),
        Case(#"{"context_management":[{"type":"compaction","compact_threshold":999}]}"#, .invalidValue, "context_management[0].compact_threshold"),
        Case(#"{"include":"x"}"#, .invalidType, "include"),
        Case(#"{"include":["a",5]}"#, .invalidType, "include[1]"),
        Case(#"{"include":[null]}"#, .invalidType, "include[0]"),
        Case(#"{"metadata":[]}"#, .invalidType, "metadata"),
        Case(#"{"metadata":{"a":5}}"#, .invalidType, "metadata.a"),
        Case(#"{"metadata":{"a":"\#(String(repeating: "x", count: 513))"}}"#, .invalidValue, "metadata.a"),
        Case(#"{"metadata":{"\#(String(repeating: "k", count: 65))":"x"}}"#, .invalidValue, "metadata"),
        Case("{\"metadata\":{\((0..<17).map { "\"k\($0)\":\"v\"" }.joined(separator: ","))}}", .invalidValue, "metadata"),
        Case(#"{"safety_identifier":"\#(String(repeating: "x", count: 65))"}"#, .invalidValue, "safety_identifier"),
        Case(#"{"reasoning":"high"}"#, .invalidType, "reasoning"),
        Case(#"{"reasoning":{"effort":5}}"#, .invalidType, "reasoning.effort"),
        Case(#"{"text":"json"}"#, .invalidType, "text"),
        Case(#"{"text":{"format":"json"}}"#, .invalidType, "text.format"),
        Case(#"{"text":{"format":{}}}"#, .missingRequiredParameter, "text.format.type"),
        Case(#"{"text":{"format":{"type":"xml"}}}"#, .invalidValue, "text.format.type"),
        Case(#"{"text":{"format":{"type":"json_schema","schema":{}}}}"#, .missingRequiredParameter, "text.format.name"),
        Case(#"{"text":{"format":{"type":"json_schema","name":"n"}}}"#, .missingRequiredParameter, "text.format.schema"),
        Case(#"{"text":{"format":{"type":"json_schema","name":"n","schema":[]}}}"#, .invalidType, "text.format.schema"),
        Case(#"{"text":{"format":{"type":"json_schema","name":"","schema":{}}}}"#, .invalidValue, "text.format.name"),
        Case(#"{"text":{"format":{"type":"json_schema","name":"n","schema":{},"strict":1}}}"#, .invalidType, "text.format.strict"),
        Case(#"{"text":{"verbosity":5}}"#, .invalidType, "text.verbosity"),
        Case(#"{"tool_choice":"maybe"}"#, .invalidValue, "tool_choice"),
        Case(#"{"tool_choice":5}"#, .invalidType, "tool_choice"),
        Case(#"{"tool_choice":{}}"#, .missingRequiredParameter, "tool_choice.type"),
        Case(#"{"tool_choice":{"type":"function"}}"#, .missingRequiredParameter, "tool_choice.name"),
        Case(#"{"tool_choice":{"type":"allowed_tools"}}"#, .missingRequiredParameter, "tool_choice.tools"),
        Case(#"{"tool_choice":{"type":"allowed_tools","tools":[]}}"#, .invalidValue, "tool_choice.tools"),
        Case(#"{"tool_choice":{"type":"allowed_tools","mode":"none","tools":[{"type":"function","name":"f"}]}}"#, .invalidValue, "tool_choice.mode"),
        Case(#"{"tool_choice":{"type":"allowed_tools","tools":[{"type":"function","name":"f"},{}]}}"#, .missingRequiredParameter, "tool_choice.tools[1].type"),
    ]

    /// What belongs to other APIs, and would be missed in silence.
    static let misplaced: [Case] = [
        Case(#"{"messages":[{"role":"user","content":"hi"}]}"#, .unknownParameter, "messages"),
        Case(#"{"input":"hi","system":"Be kind."}"#, .unknownParameter, "system"),
        Case(#"{"prompt":"hi"}"#, .unknownParameter, "prompt"),
        Case(#"{"type":"response.create","response":{"input":"hi"}}"#, .unknownParameter, "response"),
        Case(#"{"input":"hi","max_tokens":100}"#, .unknownParameter, "max_tokens"),
        Case(#"{"input":"hi","max_completion_tokens":100}"#, .unknownParameter, "max_completion_tokens"),
        Case(#"{"input":"hi","response_format":{"type":"json_object"}}"#, .unknownParameter, "response_format"),
        Case(#"{"input":"hi","reasoning_effort":"low"}"#, .unknownParameter, "reasoning_effort"),
        Case(#"{"input":"hi","functions":[]}"#, .unknownParameter, "functions"),
        Case(#"{"input":"hi","function_call":"auto"}"#, .unknownParameter, "function_call"),
    ]

    static let broken: [Case] = [
        Case("", .invalidJSON, nil),
        Case("[]", .invalidJSON, nil),
        Case("\"text\"", .invalidJSON, nil),
        Case("{", .invalidJSON, nil),
        Case("{}x", .invalidJSON, nil),
        Case(#"{"model":"m",}"#, .invalidJSON, nil),
        // Text that is not JSON is reported with its byte, not as a wrong field.
        Case(#"{"input":[{"role":"user","content":[{"type":"input_text","text":"a}]}]}"#, .invalidJSON, nil),
        Case(#"{"input":[{"role":"user","content":tru}]}"#, .invalidJSON, nil),
        Case(#"{"tools":[{"type":"function","name":"f","parameters":{"a":01}}]}"#, .invalidJSON, nil),
        Case(#"{"extra":nul}"#, .invalidJSON, nil),
    ]

    @Test(arguments: items + tools + settings + misplaced + broken)
    func namesTheField(_ bad: Case) throws {
        let error = try #require(problem(request: bad.json))
        #expect(error.code == bad.code)
        #expect(error.param == bad.param)
        #expect(error.status == 400)
        #expect(error.type == "invalid_request_error")
        // The message names the same path, whenever it names one in quotes.
        if let param = bad.param, error.message.hasPrefix("Missing") || error.message.hasPrefix("Invalid type for '") {
            #expect(error.message.contains("'\(param)'"), "\(error.message)")
        }
    }

    @Test func helpsWithTheNestedFunctionOfChatCompletions() throws {
        let error = try #require(problem(request: #"{"tools":[{"type":"function","function":{"name":"f"}}]}"#))
        #expect(error.message.contains("flat"))
        #expect(error.message.contains("'tools[0].name'"))
    }

    @Test func quotesNothingOfTheContent() throws {
        let error = try #require(problem(request: #"{"input":"secret words" "more"}"#))
        #expect(!error.message.contains("secret"))
    }
}
