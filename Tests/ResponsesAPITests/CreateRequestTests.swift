import Foundation
import ResponsesAPI
import Testing

@Suite struct CreateRequestTests {
    /// A request with every field there is.
    static let full = #"""
        {"type":"response.create","stream_id":"lane-1","generate":false,"model":"m","previous_response_id":"resp_1",
         "instructions":"be \u0062rief","input":[{"type":"function_call_output","call_id":"c","output":"x"}],"store":false,
         "stream":true,"background":false,"tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"f"},
         "parallel_tool_calls":false,"max_tool_calls":3,"text":{"format":{"type":"json_object"},"verbosity":"low","later":1},
         "reasoning":{"effort":"high","summary":"auto","context":"all_turns"},"include":["message.output_text.logprobs","x"],
         "max_output_tokens":16,"temperature":0.5,"top_p":1,"top_logprobs":20,"presence_penalty":-2,"frequency_penalty":2,
         "truncation":"auto","metadata":{"k":"v"},"prompt_cache_key":"p","safety_identifier":"s","user":"u","service_tier":"flex",
         "stream_options":{"include_obfuscation":false},"client_metadata":{"a":"b"},"top_k":[1,{"deep":null}]}
        """#

    @Test func readsEveryField() throws {
        let request = try request(Self.full)
        #expect(request.streamID?.rawValue == "lane-1")
        #expect(request.generate == false)
        #expect(request.model == "m")
        #expect(request.previousResponseID == ResponseID("resp_1"))
        #expect(request.instructions == "be brief")
        #expect(request.hasInput)
        #expect(request.input == [.functionCallOutput(callID: "c", output: "x")])
        #expect(request.store == false)
        #expect(request.stream == true)
        #expect(request.background == false)
        #expect(request.tools.tools == [.function(.init(name: "f"))])
        #expect(request.toolChoice == .tool(type: "function", name: "f"))
        #expect(request.parallelToolCalls == false)
        #expect(request.maxToolCalls == 3)
        #expect(request.text.format == .jsonObject)
        #expect(request.reasoning?.effort == "high")
        #expect(request.include == ["message.output_text.logprobs", "x"])
        #expect(request.wantsLogprobs)
        #expect(request.maxOutputTokens == 16)
        #expect(request.temperature == 0.5)
        #expect(request.topP == 1)
        #expect(request.topLogprobs == 20)
        #expect(request.presencePenalty == -2)
        #expect(request.frequencyPenalty == 2)
        #expect(request.truncation == "auto")
        #expect(request.metadata == #"{"k":"v"}"#)
        #expect(request.promptCacheKey == "p")
        #expect(request.safetyIdentifier == "s")
        #expect(request.user == "u")
        #expect(request.serviceTier == "flex")
        #expect(request.extra.map(\.name) == ["stream_options", "client_metadata", "top_k"])
        #expect(request.extra.last?.value.text == #"[1,{"deep":null}]"#)
    }

    @Test func writesEveryFieldBack() throws {
        let request = try request(Self.full)
        var expected = JSONValue(try RawJSON(parsing: Self.full))
        expected["type"] = nil as JSONValue?
        #expect(try tree(request.encoded(as: .all)) == tree(expected.raw))

        var event = expected
        for name in ["stream", "background", "stream_options"] { event[name] = nil as JSONValue? }
        event["type"] = "response.create"
        #expect(try tree(request.encoded(as: .event)) == tree(event.raw))
        #expect(RawJSON(validated: request.encoded(as: .event)).text.hasPrefix(#"{"type":"response.create","#))

        var body = expected
        for name in ["stream_id", "generate"] { body[name] = nil as JSONValue? }
        #expect(try tree(request.encoded(as: .http)) == tree(body.raw))
    }

    @Test func writesOnlyWhatIsSet() throws {
        #expect(CreateRequest().encoded(as: .all) == Array("{}".utf8))
        var request = CreateRequest()
        request.model = "m"
        request.input = [.userMessage("hi")]
        request.text = TextSettings(format: .jsonSchema(.init(name: "n", schema: .emptyObject, strict: true)))
        request.reasoning = ReasoningSettings(effort: "low")
        request.tools = try ToolSet([.custom(.init(name: "c"))])
        #expect(
            String(decoding: request.encoded(), as: UTF8.self)
                == #"{"model":"m","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}],"tools":[{"type":"custom","name":"c"}],"text":{"format":{"type":"json_schema","name":"n","schema":{},"strict":true}},"reasoning":{"effort":"low"}}"#)
    }

    /// What was changed after reading is what is sent.
    @Test func writesChanges() throws {
        var request = try request(Self.full)
        request.text.format = .text
        request.text.verbosity = nil
        request.reasoning?.effort = nil
        request.toolChoice = .none
        request.tools = .empty
        let json = RawJSON(validated: request.encoded())
        #expect(json["text"]?.text == #"{"format":{"type":"text"},"later":1}"#)
        #expect(json["reasoning"]?.text == #"{"summary":"auto","context":"all_turns"}"#)
        #expect(json["tool_choice"]?.text == #""none""#)
        #expect(json["tools"] == nil)
    }

    @Test func takesNullAsNotGiven() throws {
        let names = [
            "model", "input", "instructions", "previous_response_id", "conversation", "store", "stream", "background", "generate",
            "stream_id", "tools", "tool_choice", "parallel_tool_calls", "max_tool_calls", "text", "reasoning", "include",
            "max_output_tokens", "temperature", "top_p", "top_logprobs", "presence_penalty", "frequency_penalty", "truncation",
            "metadata", "prompt_cache_key", "safety_identifier", "user", "service_tier",
        ]
        let request = try request("{\(names.map { "\"\($0)\":null" }.joined(separator: ","))}")
        #expect(request.encoded(as: .all) == Array("{}".utf8))
        #expect(!request.hasInput)
    }

    @Test func readsInputs() throws {
        #expect(try request(#"{"input":"h\u0069"}"#).input == [.userMessage("hi")])
        let empty = try request(#"{"input":[]}"#)
        #expect(empty.hasInput)
        #expect(empty.input.isEmpty)
        #expect(empty.encoded() == Array(#"{"input":[]}"#.utf8))
        // An escaped name is the same name.
        #expect(try request(#"{"mod\u0065l":"m"}"#).model == "m")
        #expect(try request(#"{"conversation":{"id":"c"}}"#).conversation == #"{"id":"c"}"#)
    }

    @Test func takesNumbersAtTheirLimits() throws {
        let limits = try request(
            #"{"max_output_tokens":16,"max_tool_calls":1,"temperature":2,"top_p":0,"top_logprobs":0,"presence_penalty":2.0,"frequency_penalty":-2e0}"#)
        #expect(limits.temperature == 2)
        #expect(limits.frequencyPenalty == -2)
        #expect(try request(#"{"metadata":{"\#(String(repeating: "é", count: 64))":"\#(String(repeating: "é", count: 512))"}}"#).metadata != nil)
    }
}
