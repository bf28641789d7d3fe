import LibC
import ResponsesAPI
import Testing

@testable import ResponsesStore

/// What is counted is what the allocator handed out, within a tenth above and a fifth below.
///
/// Other tests allocate at the same time when they run in parallel, so every measurement is of several megabytes, and the best
/// of some tries counts.
@Suite(.serialized, .enabled(if: heap_bytes_in_use() > 0)) struct HeapSizeTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var name: String
        var count: Int
        var bytes: Int
        var hasGivenIDs = false
        var toolsBytes = 0
        var chainLength = 1
        var owners = 1
        var testDescription: String { "\(count) \(name)" }
    }

    private func array(_ text: String) -> RawJSON { RawJSON(validated: Array(text.utf8)) }

    /// As the server makes it: an object of about a kilobyte, a message in and one out, everything in memory of its own.
    private func record(_ number: Int, _ shape: Shape) -> ResponseRecord {
        func id(_ number: Int) -> String { "resp_" + String(repeating: "0", count: 32 - "\(number)".utf8.count) + "\(number)" }
        let isFirst = number % shape.chainLength == 0
        let stem = id(number).dropFirst(5)
        let text = String(repeating: "x", count: shape.bytes / 2)
        let given = shape.hasGivenIDs ? #""id":"message-of-the-client-\#(number)","# : ""
        let object =
            #"{"id":"\#(id(number))","object":"response","created_at":1700000000,"status":"completed","completed_at":1700000001,"#
            + #""error":null,"incomplete_details":null,"output":[],"usage":{"input_tokens":\#(number),"output_tokens":2},"#
            + #""instructions":"\#(String(repeating: "i", count: 500))","model":"m","previous_response_id":\#(isFirst ? "null" : "\"\(id(number - 1))\""),"#
            + #""tools":[],"truncation":"disabled"}"#
        let owner = "owner-with-a-long-name-\(number % shape.owners)"
        return ResponseRecord(
            id: ResponseID(id(number)), owner: Owner(rawValue: owner), parent: isFirst ? nil : ResponseID(id(number - 1)),
            createdAt: number, object: array(object),
            tools: shape.toolsBytes == 0 ? .emptyArray : array(#"["\#(String(repeating: "t", count: shape.toolsBytes))"]"#),
            input: [array(#"{\#(given)"type":"message","role":"user","content":"\#(text)"}"#)],
            output: [array(#"{"id":"msg_\#(stem)_0","type":"message","role":"assistant","content":"\#(text)"}"#)])
    }

    @Test(arguments: [
        // Where the tables are nearly full, and where they have just grown.
        Shape(name: "small", count: 6_100, bytes: 200), Shape(name: "small", count: 6_200, bytes: 200),
        Shape(name: "small", count: 20_000, bytes: 200),
        Shape(name: "small of one chain", count: 10_000, bytes: 200, chainLength: 10_000),
        Shape(name: "small with ids of the client", count: 10_000, bytes: 200, hasGivenIDs: true),
        Shape(name: "small of many owners", count: 5_000, bytes: 200, owners: 5_000),
        Shape(name: "medium", count: 3_000, bytes: 4_000),
        Shape(name: "medium with ids and tools", count: 3_000, bytes: 4_000, hasGivenIDs: true, toolsBytes: 20_000),
        Shape(name: "large", count: 20, bytes: 1 << 20),
    ])
    func aStoreCountsWhatItTakes(_ shape: Shape) throws {
        var ratios: [Double] = []
        for _ in 0..<3 {
            let before = Int(heap_bytes_in_use())
            let store = MemoryStore(bytesMax: 1 << 30)
            for number in 0..<shape.count { try store.save(record(number, shape)) }
            let taken = Int(heap_bytes_in_use()) - before
            ratios.append(Double(taken) / Double(store.bytes))
            #expect(store.count == shape.count)
            if (0.8...1.1).contains(ratios[ratios.count - 1]) { return }
        }
        Issue.record("Taken by counted, each of three times: \(ratios)")
    }

    @Test func eventsAndConversationsCountWhatTheyTake() throws {
        var ratios: [Double] = []
        for _ in 0..<3 {
            let before = Int(heap_bytes_in_use())
            let store = MemoryStore(bytesMax: 1 << 30)
            for number in 0..<100 {
                let event = String(repeating: "e", count: 200)
                for first in 0..<100 {
                    try store.append(
                        EventSlice(first: first, events: [array(#""\#(event)""#)]), of: ResponseID("resp_of_a_log_\(number)"),
                        owner: .alice)
                }
                let id = ConversationID("conv_with_a_long_name_\(number)")
                let items = (0..<100).map { array(#"{"type":"message","role":"user","content":"\#($0)\#(event)"}"#) }
                try store.create(Conversation(id: id, owner: .anybody, createdAt: 0, metadata: array("{}")), items: items)
            }
            let taken = Int(heap_bytes_in_use()) - before
            ratios.append(Double(taken) / Double(store.bytes))
            if (0.8...1.1).contains(ratios[ratios.count - 1]) { return }
        }
        Issue.record("Taken by counted, each of three times: \(ratios)")
    }

    @Test(arguments: [1, 15, 16, 24, 31, 32, 47, 48, 100, 1000])
    func aStringCountsWhatItTakes(_ length: Int) {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: length)
        var strings: [String] = []
        strings.reserveCapacity(10_000)
        let before = Int(heap_bytes_in_use())
        for _ in 0..<10_000 { strings.append(String(decoding: bytes, as: UTF8.self)) }
        let taken = Double(Int(heap_bytes_in_use()) - before) / 10_000
        withExtendedLifetime(strings) {
            let counted = Double(HeapSize.string(strings[0]))
            #expect(abs(taken - counted) <= 24, "\(taken) bytes are taken, \(counted) counted.")
        }
    }
}
