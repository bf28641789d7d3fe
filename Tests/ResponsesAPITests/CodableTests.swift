import Foundation
import ResponsesAPI
import Testing

/// Public values through Foundation's coders, inside types of a user's own.
@Suite struct CodableTests {
    private struct Everything: Codable {
        var item: Item
        var part: ContentPart
        var tool: Tool
        var response: ResponseObject
        var event: ServerEvent
        var request: CreateRequest
        var usage: Usage
        var error: APIError
        var raw: RawJSON
        var value: JSONValue
        var responseID: ResponseID
        var streamID: StreamID
        var code: ErrorCode
        var status: ResponseObject.Status
        var absent: Item?
    }

    @Test func survivesFoundation() throws {
        let event = #"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"é","later":[1,null]}"#
        let everything = Everything(
            item: try Item(#"{"type":"vendor:x","a":{"b":[1,2.5,"é",true,null]}}"#),
            part: .inputImage(.init(url: "data:,x")),
            tool: try Tool(#"{"type":"function","name":"f","defer_loading":true}"#),
            response: ResponseObject(.init(id: "r", model: "m", status: .completed)),
            event: try ServerEvent(RawJSON(parsing: event)),
            request: try request(CreateRequestTests.full),
            usage: Usage(inputTokens: 1, cachedTokens: 1, outputTokens: 2, reasoningTokens: 1),
            error: APIError(status: 429, type: "rate_limit_error", code: .rateLimitExceeded, message: "Slow.", param: "x", retryAfterSeconds: 2),
            raw: #"{"big":18446744073709551615,"small":-9223372036854775808}"#,
            value: ["a": [1, 0.5]], responseID: "r", streamID: try #require(StreamID("lane")), code: "odd_code", status: .failed,
            absent: nil)
        let data = try JSONEncoder().encode(everything)
        let again = try JSONDecoder().decode(Everything.self, from: data)
        #expect(try tree(again.item.json) == tree(everything.item.json))
        #expect(again.part == everything.part)
        #expect(again.tool == everything.tool)
        #expect(again.response.fields == everything.response.fields)
        #expect(again.event.body == everything.event.body)
        #expect(try tree(again.event.json) == tree(everything.event.json))
        #expect(try tree(again.request.encoded(as: .all)) == tree(everything.request.encoded(as: .all)))
        #expect(again.usage == everything.usage)
        #expect(again.error == everything.error)
        #expect(try tree(again.raw) == tree(everything.raw))
        #expect(again.value == everything.value)
        #expect(again.responseID == everything.responseID)
        #expect(again.streamID == everything.streamID)
        #expect(again.code == everything.code)
        #expect(again.status == everything.status)
        #expect(again.absent == nil)
    }

    @Test func namesWhatIsWrong() {
        #expect { try JSONDecoder().decode(Item.self, from: Data(#"{"type":"function_call"}"#.utf8)) } throws: { error in
            guard case .dataCorrupted(let context) = error as? DecodingError else { return false }
            return context.debugDescription.contains("'call_id'") && context.underlyingError is APIError
        }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([StreamID].self, from: Data(#"["a b"]"#.utf8)) }
    }

    @Test func survivesPropertyLists() throws {
        // A coder that is not JSON, and has no null.
        let item = Item.functionCallOutput(callID: "c", output: "done")
        let data = try PropertyListEncoder().encode(["item": item])
        #expect(try tree(PropertyListDecoder().decode([String: Item].self, from: data)["item"]?.json ?? .null) == tree(item.json))
    }

    @Test(arguments: ["null", "true", "0", "-1", "1.5", "\"x\"", "[]", "{}", "[[],{}]"])
    func keepsKinds(_ text: String) throws {
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(value.raw.text == text)
        #expect(String(decoding: try JSONEncoder().encode(value), as: UTF8.self) == text)
    }
}
