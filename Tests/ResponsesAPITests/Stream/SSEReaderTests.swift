import ResponsesTesting
import Testing

@testable import ResponsesAPI

/// The standard's cases, and one property: how a stream is cut into pieces makes no difference.
struct SSEReaderTests {
    private func events(
        _ bytes: [UInt8], pieceMax: Int? = nil, seed: UInt64 = 0, lengthMax: Int = 1 << 16, isLenient: Bool = false
    ) throws -> [String] {
        var random = SplitMix64(seed: seed)
        var reader = SSEReader(lengthMax: lengthMax, isLenient: isLenient)
        var events: [String] = []
        func handle(_ event: SSEReader.Event) {
            events.append((event.isStray ? "?" : event.name.map { "\($0)|" } ?? "") + String(decoding: event.data, as: UTF8.self))
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieceMax.map { Int.random(in: 1...$0, using: &random) } ?? .max))
            rest = rest.dropFirst(piece.count)
            try piece.withUnsafeBufferPointer { try reader.read($0, handle: handle) }
        }
        try reader.end(handle: handle)
        return events
    }

    static let cases: [(String, [String])] = [
        ("data: a\n\ndata: b\n\n", ["a", "b"]), ("data:a\r\n\r\ndata:  b\r\n\r\n", ["a", " b"]),
        ("data: a\r\rdata: b\r\r", ["a", "b"]), ("data: a\ndata: b\n\n", ["a\nb"]), ("data\n\n", [""]), ("data:\n\n", [""]),
        (": comment\n\ndata: a\n: more\n\n", ["a"]), ("event: error\ndata: a\n\ndata: b\n\n", ["error|a", "b"]),
        ("id: 1\nretry: 3\ndata: a\nunknown: x\n\n", ["a"]), ("\u{FEFF}data: a\n\n", ["a"]), ("data: \u{FEFF}\n\n", ["\u{FEFF}"]),
        ("event: x\n\ndata: a\n\n", ["a"]), ("\n\n\n", []), ("", []), ("data: a\n\n\n\ndata: b\n\n", ["a", "b"]),
        // An end without its blank line, or without its line end.
        ("data: a\n", ["a"]), ("data: a", ["a"]), ("data: a\r", ["a"]), ("dat", []), ("datax: a\n\n", []), ("data: a\n\ndata: [DONE]", ["a", "[DONE]"]),
    ]

    @Test(arguments: cases)
    func eventsAreRead(_ text: String, _ expected: [String]) throws {
        #expect(try events(Array(text.utf8)) == expected)
        for seed in 0..<50 as Range<UInt64> {
            #expect(try events(Array(text.utf8), pieceMax: 3, seed: seed) == expected)
        }
    }

    /// What servers of JSON mean where they break the standard.
    static let lenientCases: [(String, [String])] = [
        // Line ends where empty lines should be.
        ("data: {\"a\":1}\ndata: {\"a\":2}\ndata: [DONE]\n", [#"{"a":1}"#, #"{"a":2}"#, "[DONE]"]),
        ("data: {\"a\":1}\r\ndata: {\"a\":2}\r\n", [#"{"a":1}"#, #"{"a":2}"#]),
        ("data: {\"a\":1}\n: c\ndata: {\"a\":2}\n\ndata: {\"a\":3}\n\n", [#"{"a":1}"#, #"{"a":2}"#, #"{"a":3}"#]),
        // One object in several lines, as the standard has it.
        ("data: {\"a\":\ndata: 1}\n\n", ["{\"a\":\n1}"]), ("data: {\ndata: }\ndata: {}\n\n", ["{\n}\n{}"]),
        // Lines of no field.
        ("data: {}\n\n{\"error\":1}\ndata: {}\n\n", ["{}", #"?{"error":1}"#, "{}"]), ("id: 1\nretry: 2\nerror: x\n\n", ["?error: x"]),
    ]

    @Test(arguments: lenientCases)
    func whatIsMeantIsRead(_ text: String, _ expected: [String]) throws {
        #expect(try events(Array(text.utf8), isLenient: true) == expected)
        for seed in 0..<50 as Range<UInt64> {
            #expect(try events(Array(text.utf8), pieceMax: 3, seed: seed, isLenient: true) == expected)
        }
    }

    @Test func halfAByteOrderMarkIsText() throws {
        #expect(try events([0xEF, 0xBB] + Array("data: a\n\ndata: b\n\n".utf8)) == ["b"])
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func piecesMakeNoDifference(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let words = ["data: ", "data:", "event: x", ": c", "\n", "\r\n", "\r", "\n\n", "{\"a\":1}", "ä", "\u{FEFF}", "id: 3", " ", "data"]
        let text = (0..<Int.random(in: 1...60, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }.joined()
        let whole = try events(Array(text.utf8))
        for pieceMax in [1, 2, 5, 17] {
            #expect(try events(Array(text.utf8), pieceMax: pieceMax, seed: seed) == whole)
        }
    }

    @Test(arguments: [
        "data: \(String(repeating: "x", count: 200))", String(repeating: "data: xxxxxxxx\n", count: 30),
        ": \(String(repeating: "c", count: 200))",
    ])
    func longEventsAreRefused(_ text: String) {
        for pieceMax in [1, 7, 1000] {
            #expect(throws: SSEReader.TooLong.self) { try events(Array(text.utf8), pieceMax: pieceMax, lengthMax: 100) }
        }
    }

    /// A search for line feeds from each carriage return on would not come back.
    @Test(.timeLimit(.minutes(1))) func linesWithoutLineFeedsAreReadInOnePass() throws {
        #expect(try events([UInt8](repeating: UInt8(ascii: "\r"), count: 4 << 20)).isEmpty)
        let mixed = Array("data: a\r\rdata: b\r".utf8) + [UInt8](repeating: UInt8(ascii: "\r"), count: 1 << 20) + Array("\ndata: c\n\n".utf8)
        #expect(try events(mixed) == ["a", "b", "c"])
    }
}
