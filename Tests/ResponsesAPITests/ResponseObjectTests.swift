import Foundation
import ResponsesAPI
import Testing

@Suite struct ResponseObjectTests {
    @Test func readsWhatItWrites() throws {
        var fields = ResponseObject.Fields(id: "resp_1", model: "m", status: .incomplete)
        fields.createdAt = 1_700_000_000
        fields.completedAt = 1_700_000_001
        fields.error = .init(code: .serverError, message: "Broken.")
        fields.incompleteReason = "max_output_tokens"
        fields.serverLimit = "response_items"
        fields.output = [.message(.assistant, [.outputText("a"), .outputText("b")], id: "msg_1"), .functionCall(callID: "c", name: "f", arguments: "{}")]
        fields.usage = Usage(inputTokens: 5, cachedTokens: 4, outputTokens: 3, reasoningTokens: 2)
        fields.previousResponseID = "resp_0"
        fields.conversationID = "conv_1"
        fields.instructions = "\"be brief\""
        fields.tools = #"[{"type":"web_search"}]"#
        fields.toolChoice = "\"none\""
        fields.parallelToolCalls = false
        fields.maxToolCalls = 2
        fields.reasoning = #"{"effort":null,"summary":null}"#
        fields.maxOutputTokens = 100
        fields.temperature = nil
        fields.topP = 0.5
        fields.metadata = #"{"k":"v"}"#
        fields.store = false
        fields.serviceTier = "flex"
        fields.promptCacheKey = "p"
        fields.safetyIdentifier = "s"
        fields.user = "u"
        fields.extra = [JSONMember("prompt", "null"), JSONMember("tool_usage", #"{"x":[1]}"#)]
        let response = ResponseObject(fields)
        let read = try ResponseObject(RawJSON(parsing: response.json.bytes))
        #expect(read == response)
        #expect(read.fields == fields)
        #expect(read.outputText == "ab")
        #expect(read.toolCalls.map(\.name) == ["f"])
        #expect(read.usage?.totalTokens == 8)
    }

    @Test func fillsInWhatSchemasDemand() throws {
        let json = ResponseObject(.init(id: "resp_1", model: "m", status: .inProgress)).json
        // "Present and not null" (responses-api 3).
        for name in [
            "id", "object", "created_at", "status", "model", "output", "tools", "tool_choice", "truncation", "parallel_tool_calls",
            "text", "top_p", "temperature", "presence_penalty", "frequency_penalty", "top_logprobs", "store", "background",
            "service_tier", "metadata",
        ] { #expect(json[name].map { !$0.isNull } == true, "\(name)") }
        for name in [
            "completed_at", "incomplete_details", "previous_response_id", "instructions", "error", "reasoning", "usage",
            "max_output_tokens", "max_tool_calls", "safety_identifier", "prompt_cache_key",
        ] { #expect(json[name]?.isNull == true, "\(name)") }
    }

    @Test func readsTheLittleOthersSend() throws {
        let response = try ResponseObject(#"{"id":"resp_a2","status":"incomplete","incomplete_details":{"reason":"steered"},"created_at":1.5}"#)
        #expect(response.status == .incomplete)
        #expect(response.incompleteReason == "steered" && response.serverLimit == nil)
        #expect(response.createdAt == 1)
        #expect(response.output.isEmpty)
        #expect(response.outputText == "")
        #expect(try ResponseObject(#"{"id":"r"}"#).status == .completed)
        #expect(try ResponseObject(#"{"id":"r","status":"later_word"}"#).status.rawValue == "later_word")
        #expect(try ResponseObject(#"{"id":"r","conversation":"conv"}"#).conversationID == "conv")
        #expect(try ResponseObject(#"{"id":"r","usage":{}}"#).usage == Usage())
        // Absurd counts of an engine break nothing.
        #expect(Usage(inputTokens: .max, outputTokens: 1).totalTokens == .max)
    }

    @Test func keepsEveryByte() throws {
        let text = #"{ "id":"r" ,"output":[ {"type":"vendor:x", "a":1.0} ],"later":{"b":[ ]}}"#
        let response = try ResponseObject(RawJSON(parsing: text))
        #expect(response.json.text == text)
        #expect(response.output.first?.json.text == #"{"type":"vendor:x", "a":1.0}"#)
        #expect(response.extra == [JSONMember("later", #"{"b":[ ]}"#)])
    }
}
