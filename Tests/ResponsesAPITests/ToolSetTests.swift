import AllocationCounter
import ResponsesAPI
import Testing

/// What a set of tools holds, what is kept with it, and what that takes in memory.
@Suite struct ToolSetTests {
    /// What somebody made of a set.
    private final class Rendering: ToolRendering {
        let byteCount: Int
        init(_ byteCount: Int) { self.byteCount = byteCount }
    }

    private final class OtherRendering: ToolRendering {
        let byteCount = 7
    }

    private static func function(_ name: String, _ description: Int, _ more: String = "") -> String {
        #"{"type":"function","name":"\#(name)","description":"\#(String(repeating: "d", count: description))"\#(more)}"#
    }

    @Test func whatWasMadeIsKeptWithTheSet() throws {
        weak var gone: Rendering?
        do {
            let set = try ToolSet(RawJSON(parsing: "[\(Self.function("f", 10))]"))
            let own = set.byteCount
            let first = set.rendering(named: "a") { _ in Rendering(1000) }
            gone = first
            #expect(set.byteCount == own + 1000)
            #expect(set.rendering(named: "a") { _ in Rendering(5) } === first)
            #expect(set.rendering(named: "a", as: Rendering.self) === first)
            // Another name, or another type of the same name, is something else.
            #expect(set.rendering(named: "b", as: Rendering.self) == nil && set.rendering(named: "a", as: OtherRendering.self) == nil)
            _ = set.rendering(named: "b") { _ in Rendering(30) }
            _ = set.rendering(named: "a") { _ in OtherRendering() }
            #expect(set.byteCount == own + 1037)
            // A few: the oldest goes.
            for index in 0..<10 { _ = set.rendering(named: "c\(index)") { _ in Rendering(100) } }
            #expect(set.byteCount == own + 400)
            #expect(set.rendering(named: "a", as: Rendering.self) == nil)
        }
        #expect(gone == nil)
    }

    @Test func aSetIsFoundByItsBytes() throws {
        let tools = "[\(Self.function("f", 10))]"
        let set = try ToolSet(RawJSON(parsing: tools))
        var asked: [String] = []
        func parse(_ body: String, known: ToolSet?) throws -> ToolSet {
            try CreateRequest(parsing: Array(body.utf8)) { (bytes: UnsafeBufferPointer<UInt8>) -> ToolSet? in
                asked.append(String(decoding: bytes, as: UTF8.self))
                return known
            }.tools
        }
        #expect(try parse(#"{"tools": \#(tools) }"#, known: set) === set)
        #expect(try parse(#"{"tools": \#(tools) }"#, known: nil).json.text == tools)
        #expect(try parse(#"{"tools":null}"#, known: set) === ToolSet.empty)
        #expect(try parse("{}", known: set) === ToolSet.empty)
        #expect(asked == [tools, tools])
        // Only what is valid is looked up.
        #expect(throws: APIError.self) { try parse(#"{"tools":[{]}"#, known: set) }
        #expect(asked.count == 2)
    }

    /// Large sets do not keep their tools read, which shows nowhere else.
    @Test func largeSetsReadTheirToolsAgain() throws {
        let text = "[\(Self.function("f", 300_000)),\(Self.function("g", 5)),{\"type\":\"namespace\",\"name\":\"n\",\"tools\":[\(Self.function("h", 3))]}]"
        let set = try ToolSet(RawJSON(parsing: text))
        #expect(set.tools.count == 3 && !set.isEmpty)
        guard case .function(let first) = set.tools[0] else {
            Issue.record("no function")
            return
        }
        #expect(first.name == "f" && first.description?.escaped.count == 300_000)
        #expect(set.callable(named: "h")?.namespace == "n" && set.callable(named: "x") == nil)
        #expect(try ToolSet(set.tools).json == set.json)
        #expect(ToolSet.empty.isEmpty && ToolSet.empty.tools.isEmpty)
        let empty = try ToolSet("[]")
        #expect(empty.isEmpty && empty !== ToolSet.empty)
        let error = #expect(throws: APIError.self) { try ToolSet(RawJSON(parsing: "[\(Self.function("f", 300_000)),{\"type\":\"function\"}]")) }
        #expect(error?.param == "tools[1].name")
    }

    @Test func aNamespaceInANamespaceIsKeptAsItCame() throws {
        let inner = #"{"type":"namespace","tools":[{"type":"function"}]}"#
        let text = #"{"type":"namespace","name":"n","tools":[\#(inner)]}"#
        guard case .namespace(let outer) = try Tool(RawJSON(parsing: text)) else {
            Issue.record("no namespace")
            return
        }
        #expect(outer.functions.isEmpty && outer.others == [.other(type: "namespace", try RawJSON(parsing: inner))])
        // A hundred levels are read once, not a hundred times.
        let deep = String(repeating: #"{"type":"namespace","name":"n","tools":["#, count: 100) + String(repeating: "]}", count: 100)
        let flat = #"{"type":"namespace","name":"n","tools":[\#(String(repeating: " ", count: deep.utf8.count))]}"#
        let deepJSON = try RawJSON(parsing: deep), flatJSON = try RawJSON(parsing: flat)
        let taken = try [deepJSON, flatJSON].map { json in try AllocationCounter.count { try Tool(json) }.counts.taken }
        #expect(taken[0] < taken[1] + 4 * deep.utf8.count + 4096)
    }

    struct Shape: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var tools: String
    }

    static let shapes = [
        Shape(testDescription: "one long description", tools: "[\(function("f", 2_000_000))]"),
        Shape(testDescription: "a description that is kept", tools: "[\(function("f", 200_000))]"),
        Shape(testDescription: "many small tools", tools: "[\((0..<1500).map { function("tool_with_a_name_\($0)", 60) }.joined(separator: ","))]"),
        Shape(testDescription: "tools with parameters", tools: "[\((0..<40).map { function("f\($0)", 900, ",\"parameters\":{\"type\":\"object\",\"description\":\"\(String(repeating: "p", count: 4000))\"}") }.joined(separator: ","))]"),
        Shape(testDescription: "every field", tools: "[\((0..<20).map { function("f\($0)", 2000, ",\"parameters\":{\"type\":\"object\"},\"strict\":true") }.joined(separator: ","))]"),
        Shape(testDescription: "other tools", tools: "[\((0..<50).map { #"{"type":"mcp","server_label":"s\#($0)","server_url":"https://example.com/\#(String(repeating: "x", count: 500))"}"# }.joined(separator: ","))]"),
    ]

    @Test(.enabled(if: AllocationCounter.works), arguments: shapes)
    func theByteCountIsWhatTheAllocatorGives(_ shape: Shape) throws {
        let (set, counts) = try AllocationCounter.count { try ToolSet(RawJSON(parsing: Array(shape.tools.utf8))) }
        let ratio = Double(set.byteCount) / Double(counts.held)
        #expect(ratio > 0.85 && ratio < 1.15, "\(set.byteCount) of \(counts.held)")
    }

    @Test(.enabled(if: AllocationCounter.works))
    func aLargeSetIsCopiedNoMoreThanNeeded() throws {
        let bytes = 4_000_000
        let body = Array(#"{"tools":[\#(Self.function("f", bytes))]}"#.utf8)
        let whole = Array(#"{"tools":[\#(Self.function("f", bytes, #","parameters":null,"strict":null"#))]}"#.utf8)
        // The array itself, and its echo.
        let parted = try AllocationCounter.count { try CreateRequest(parsing: body) }
        #expect(Double(parted.counts.held) < 2.2 * Double(bytes))
        // Beside them only what is read of one tool at a time.
        #expect(Double(parted.counts.taken) < 3.3 * Double(bytes))
        // An array that is its own echo.
        let shared = try AllocationCounter.count { try CreateRequest(parsing: whole) }
        #expect(Double(shared.counts.held) < 1.1 * Double(bytes))
        // One that is known.
        let known = try AllocationCounter.count { try CreateRequest(parsing: body, reusing: parted.result.tools) }
        #expect(known.counts.taken < 100_000 && known.result.tools === parted.result.tools)
        // A long text: the item, and what is read of it.
        let input = Array(#"{"input":[{"role":"user","content":"\#(String(repeating: "x", count: bytes))"}]}"#.utf8)
        let long = try AllocationCounter.count { try CreateRequest(parsing: input) }
        #expect(Double(long.counts.taken) < 2.2 * Double(bytes))
    }
}
