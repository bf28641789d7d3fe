import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import ScriptedEngine

@Suite struct DialectTests {
    private static let pool = [
        #"{"role":"user","content":"hello"}"#, #"{"role":"user","content":"[[tools:3 lookup]] go"}"#,
        #"{"role":"user","content":[{"type":"input_text","text":"see"},{"type":"input_image","image_url":"data:,x"}]}"#,
        #"{"role":"user","content":"[[tokens:nonsense]]"}"#, #"{"role":"developer","content":"be brief"}"#,
        #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"line\n\"two\" ünï"}]}"#,
        #"{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"no"}]}"#,
        #"{"type":"function_call","call_id":"c1","name":"lookup","arguments":"{\"key\":\"a\"}"}"#,
        #"{"type":"function_call_output","call_id":"c1","output":"found it there"}"#,
        #"{"type":"custom_tool_call","call_id":"c2","name":"shell","input":"ls"}"#,
        #"{"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"a b c"}]}"#,
        #"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]}"#,
        #"{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search"}}"#,
        #"{"type":"compaction","encrypted_content":"sealed"}"#, #"{"type":"of_the_future","weight":3}"#,
    ]

    private func prompt(_ items: [Item], after prompt: ScriptedPrompt? = nil) throws -> ScriptedPrompt {
        try ScriptedDialect().extend(prompt, with: items)
    }

    /// Everything a generation can see of a prompt.
    private func view(_ prompt: ScriptedPrompt) -> [String] {
        var places: [ScriptedPrompt.Boundary] = []
        var next: ScriptedPrompt? = prompt
        while let node = next {
            places += node.boundaries.reversed()
            next = node.parent
        }
        let fold = prompt.fold
        return [
            fold.hash.hex, "\(fold.tokens) \(fold.items) \(fold.outputs)", fold.lastWords, "\(String(describing: fold.script?.calls))",
            "\(String(describing: fold.script?.problem))",
        ] + places.map { "\($0.hash.hex) \($0.tokens)" }
    }

    /// Goal: extending by a and then by b is extending by a + b. Method: random conversations, cut at random.
    @Test(arguments: UInt64(0)..<200)
    func piecesMakeTheWhole(seed: UInt64) throws {
        var numbers = SplitMix64(seed: seed)
        let items = try (0..<Int.random(in: 0...20, using: &numbers)).map { _ in
            try item(Self.pool.randomElement(using: &numbers) ?? "")
        }
        let whole = try prompt(items)
        var pieces: ScriptedPrompt?
        var rest = items[...]
        while !rest.isEmpty || pieces == nil {
            let count = Int.random(in: 0...rest.count, using: &numbers)
            pieces = try prompt(Array(rest.prefix(count)), after: pieces)
            rest = rest.dropFirst(count)
        }
        #expect(view(try #require(pieces)) == view(whole))
    }

    /// Goal: a lost, doubled or moved item shows in the answer.
    @Test(arguments: UInt64(0)..<100)
    func everyItemShows(seed: UInt64) throws {
        var numbers = SplitMix64(seed: seed)
        let pool = Self.pool.filter { !$0.contains("reasoning") }
        let items = try (0..<8).map { _ in try item(pool.randomElement(using: &numbers) ?? "") }
        let place = Int.random(in: 0..<8, using: &numbers)
        let whole = try prompt(items).fold.hash
        var lost = items
        lost.remove(at: place)
        var doubled = items
        doubled.insert(items[place], at: place)
        #expect(try prompt(lost).fold.hash != whole)
        #expect(try prompt(doubled).fold.hash != whole)
        var moved = items
        moved.swapAt(place, (place + 3) % 8)
        let movedHash = try prompt(moved).fold.hash
        #expect(moved == items || movedHash != whole)
    }

    static let decorated = [
        (
            #"{"type":"message","role":"assistant","content":"done"}"#,
            #"{"id":"msg_1","type":"message","status":"completed","role":"assistant","phase":"final_answer","#
                + #""content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"d\u006fne"}]}"#
        ),
        (
            #"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#,
            #"{"arguments":"{}","call_id":"c","name":"f","type":"function_call","id":"fc_2","status":"completed"}"#
        ),
        (
            #"{"type":"function_call_output","call_id":"c","output":"x"}"#,
            #"{"type":"function_call_output","id":"fco_1","status":"completed","call_id":"c","output":[{"type":"input_text","text":"x"}]}"#
        ),
        (
            #"{"type":"shell_call_output","call_id":"c","output":[]}"#,
            #"{"type":"shell_call_output","id":"so_1","status":"completed","call_id":"c","output":[]}"#
        ),
    ]

    @Test(arguments: decorated)
    func decorationDoesNotCount(bare: String, decorated: String) throws {
        #expect(view(try prompt([item(bare)])) == view(try prompt([item(decorated)])))
    }

    @Test func reasoningLeavesNoTrace() throws {
        let user = try item(#"{"role":"user","content":"a"}"#)
        let reasoning = try item(#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]}"#)
        #expect(view(try prompt([user, reasoning])) == view(try prompt([user])))
    }

    @Test func aReferenceMustBeResolved() throws {
        let items = [try item(#"{"role":"user","content":"a"}"#), try item(#"{"type":"item_reference","id":"msg_1"}"#)]
        let error = #expect(throws: APIError.self) { try ScriptedDialect().extend(nil, with: items) }
        #expect(error?.param == "input[1]")
    }

    @Test func longChainsAreFlat() throws {
        let items = [try item(#"{"role":"user","content":"and on"}"#)]
        var chain = try prompt(items)
        let bytes = chain.addedBytes
        for _ in 0..<100_000 { chain = try prompt(items, after: chain) }
        #expect(chain.addedBytes == bytes)
        #expect(chain.fold.items == 100_001)
    }

    @Test(arguments: [
        ("one two", "one two"), ("1 2 3 4 5 6 7 8", "3 4 5 6 7 8"), ("a\n\tb  c ", "a b c"), ("", ""),
        (String(repeating: "long \\u ", count: 100) + "end", "\\u long \\u long \\u end"),
        (String(repeating: "x", count: 500), "…"),
    ])
    func theLastWordsAreKept(text: String, expected: String) throws {
        #expect(try prompt([.userMessage(JSONText(text))]).fold.lastWords == expected)
    }

    @Test(arguments: ["", "abc", "abcd", "abcde", "ünïcödé 🌊🌊", "a\"b\\c\nd\u{1}e\u{7F}", "\u{1}\u{2}\u{3}\u{4}\u{5}"])
    func tokensCutTextWithoutLoss(text: String) {
        let escaped = JSONText(text).escaped
        escaped.withUnsafeBufferPointer { bytes in
            var pieces: [String] = []
            var start = 0
            while start < bytes.count {
                let end = Tokens.end(of: start, in: bytes)
                pieces.append(JSONText(escapedSlice: escaped[start..<end]).string)
                start = end
            }
            #expect(pieces.joined() == text)
            #expect(pieces.allSatisfy { (1...4).contains($0.utf8.count) })
        }
        #expect(Tokens.utf8Bytes(of: JSONText(text)) == text.utf8.count)
    }

    /// Tools that an item brings are the turn's, where they are counted.
    @Test func toolsOfItemsAreNotCountedTwice() throws {
        let tools = #"[{"type":"function","name":"lookup","description":"\#(String(repeating: "long ", count: 200))"}]"#
        let brings = try Item(RawJSON(parsing: #"{"type":"additional_tools","role":"developer","tools":\#(tools)}"#))
        let other = try Item(RawJSON(parsing: #"{"type":"of_the_future","tools":\#(tools)}"#))
        #expect(try prompt([brings]).fold.tokens == 1)
        #expect(try prompt([other]).fold.tokens > 200)
    }
}
