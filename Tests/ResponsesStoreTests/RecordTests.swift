import ResponsesAPI
import ResponsesStore
import Testing

@Suite struct RecordTests {
    private func record(
        object: RawJSON = #"{"id":"resp_a","output":[],"tools":[],"user":null}"#, tools: RawJSON = .emptyArray,
        input: [RawJSON] = [], entered: [Int: RawJSON] = [:], output: [RawJSON] = []
    ) -> ResponseRecord {
        ResponseRecord(
            id: "resp_a", owner: .anybody, createdAt: 1, object: object, tools: tools, input: input, entered: entered,
            output: output)
    }

    @Test("output and tools go back into their places, whatever stands around them", arguments: [
        (#"{"id":"r","output":[],"tools":[],"user":null}"#, #"{"id":"r","output":[{"a":1},{"b":2}],"tools":[{"t":3}],"user":null}"#),
        (#"{"tools":[],"x":{"output":[],"tools":[]},"output":[]}"#,
            #"{"tools":[{"t":3}],"x":{"output":[],"tools":[]},"output":[{"a":1},{"b":2}]}"#),
        (#"{ "output" : [] , "id":"r" }"#, #"{ "output" : [{"a":1},{"b":2}] , "id":"r" }"#),
        (#"{"id":"r"}"#, #"{"id":"r"}"#), ("{}", "{}"), ("null", "null"),
    ])
    func wholeObject(_ object: String, _ whole: String) throws {
        let record = record(
            object: try RawJSON(parsing: object), tools: #"[{"t":3}]"#, output: [#"{"a":1}"#, #"{"b":2}"#])
        #expect(record.whole.text == whole)
        #expect(try RawJSON(parsing: record.whole.bytes) == record.whole)
    }

    @Test func nothingIsPutBackWhereNothingWas() {
        #expect(record().whole == record().object)
    }

    @Test("ids of input items", arguments: [
        (#"{"id":"mine","role":"user"}"#, #"{"id":"mine","role":"user"}"#),
        (#"{"role":"user","content":"hi"}"#, #"{"id":"msg_a_i0","role":"user","content":"hi"}"#),
        (#"{ "type":"function_call_output" }"#, #"{"id":"fco_a_i0","type":"function_call_output" }"#),
        (#"{"type":"reasoning","id":null,"summary":[]}"#, #"{"id":"rs_a_i0","type":"reasoning","summary":[]}"#),
        (#"{"type":"acme:thing"}"#, #"{"id":"item_a_i0","type":"acme:thing"}"#),
        (#"{"content":[{"id":"inner"}],"role":"user"}"#, #"{"id":"msg_a_i0","content":[{"id":"inner"}],"role":"user"}"#),
        (#"{"role":"user","\u0069d":"mine"}"#, #"{"role":"user","\u0069d":"mine"}"#),
        ("{ }", #"{"id":"msg_a_i0"}"#), ("{}", #"{"id":"msg_a_i0"}"#),
    ])
    func inputItemIDs(_ item: String, _ read: String) throws {
        let record = record(input: [try RawJSON(parsing: item)])
        #expect(record.inputItems.map(\.text) == [read])
        #expect(record.inputItems[0]["id"]?.stringValue == record.inputItemID(at: 0))
        #expect(try RawJSON(parsing: record.inputItems[0].bytes) == record.inputItems[0])
    }

    @Test func aReferenceIsReadAsWhatItStandsFor() {
        let record = record(
            input: [#"{"type":"item_reference","id":"msg_x_0"}"#, #"{"type":"item_reference","id":"msg_x_i4"}"#],
            entered: [0: #"{"id":"msg_x_0","role":"assistant"}"#, 1: #"{"role":"user"}"#])
        #expect(record.inputItems == [#"{"id":"msg_x_0","role":"assistant"}"#, #"{"id":"msg_x_i4","role":"user"}"#])
    }

    @Test func everyByteOfItemsCounts() {
        let small = record(input: [#"{"a":1}"#]).bytes
        let text = RawJSON(validated: Array(#""\#(String(repeating: "x", count: 1000))""#.utf8))
        // Rounded up by the allocator, with the header of an array.
        for larger in [record(input: [text]), record(tools: text, input: [#"{"a":1}"#])] {
            #expect((small + 950...small + 1100).contains(larger.bytes))
        }
        #expect(record(input: [#"{"a":1}"#, "{}"]).bytes > small + 2)
        #expect(record(input: [#"{"a":1}"#], entered: [0: #"{"b":1}"#]).bytes > small + 7)
        #expect(record(input: [#"{"a":1}"#], output: [#"{"b":1}"#]).bytes > small + 7)
    }

    @Test("what an id says about where its item is", arguments: [
        ("msg_a_0", "a 0"), ("fc_a_b_12", "a_b 12"), ("msg_a_i3", "a i3"), ("msg_a", nil), ("msg", nil), ("", nil), ("_", nil),
        ("__0", " 0"), ("msg_a_", nil), ("msg_a_x", nil), ("msg_a_03", nil), ("msg_a_+3", nil), ("msg_a_-1", nil),
        ("msg_a_i", nil), ("msg_a_99999999999999999999", nil),
    ] as [(String, String?)])
    func parsedIDs(_ id: String, _ expected: String?) {
        let parsed = ItemIDs.parse(id).map { stem, place in
            switch place {
            case .input(let index): "\(stem) i\(index)"
            case .output(let index): "\(stem) \(index)"
            }
        }
        #expect(parsed == expected)
    }
}
