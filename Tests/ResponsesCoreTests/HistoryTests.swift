import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

/// Conversations that come whole (chat-completions 9): what is known is continued, and an echo is what the model made.
struct HistoryTests {
    private static func user(_ text: String) -> Item { .userMessage(JSONText(text)) }
    private static func said(_ text: String) -> Item { .message(.assistant, [.outputText(JSONText(text))]) }
    private static func thought(_ text: String) -> Item { .reasoning(id: "rs_1", content: [.reasoningText(JSONText(text))]) }
    private static func call(_ id: String, _ arguments: String = #"{"a": 1,"b": [true]}"#, _ name: String = "go") -> Item {
        .functionCall(callID: id, name: name, arguments: JSONText(arguments))
    }
    private static func output(_ id: String, _ text: String = "done") -> Item { .functionCallOutput(callID: id, output: JSONText(text)) }

    /// What one turn made, and how a client brings it back.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let made: [Item]
        /// Messages for it, with what its calls brought.
        let echo: [[Item]]
        /// What its calls brought, in the order of the calls.
        let outputs: [Item]
        var testDescription: String { name }
    }

    static let echoes = [
        Case(name: "as it was", made: [said("hello")], echo: [[said("hello")]], outputs: []),
        Case(name: "trimmed text", made: [said("\n hello \t\n")], echo: [[said("hello")]], outputs: []),
        Case(
            name: "text in parts", made: [said("hello you")],
            echo: [[.message(.assistant, [.outputText("hello "), .outputText("you")])]], outputs: []),
        Case(
            name: "arguments with other blanks and order", made: [call("c1")], echo: [[call("c1", #"{"b":[true],"a":1.0}"#)], [output("c1")]],
            outputs: [output("c1")]),
        Case(name: "no arguments at all", made: [call("c1", "{}")], echo: [[call("c1", "")], [output("c1")]], outputs: [output("c1")]),
        Case(
            name: "letters as escapes", made: [call("c1", #"{"p":"ü"}"#)], echo: [[call("c1", #"{"p":"\u00fc"}"#)], [output("c1")]],
            outputs: [output("c1")]),
        Case(
            name: "arguments that are no JSON", made: [call("c1", #"{"a": "#)],
            echo: [[call("c1", #"{"INVALID_JSON":"{\"a\": "}"#)], [output("c1", "bad")]], outputs: [output("c1", "bad")]),
        Case(
            name: "thoughts dropped", made: [thought("hm"), said("I look"), call("c1")], echo: [[said("I look"), call("c1")], [output("c1")]],
            outputs: [output("c1")]),
        Case(
            name: "thoughts kept", made: [thought("hm"), call("c1")], echo: [[thought("hm"), call("c1")], [output("c1")]], outputs: [output("c1")]
        ),
        Case(
            name: "thoughts as text in tags", made: [thought("hm\n"), said("so")], echo: [[said("<think>\nhm\n</think>\n\nso")]], outputs: []),
        Case(
            name: "thoughts that hold a tag", made: [thought("a </think> b"), said("so")],
            echo: [[said("<thinking>a </think> b</thinking>so")]], outputs: []),
        Case(
            name: "white space as languages trim it", made: [thought("\u{2028}hm\u{1E}"), said("\u{3000}\u{FEFF}so \u{A0}\u{B}\u{85}")],
            echo: [[thought("hm"), said("so")]], outputs: []),
        Case(
            name: "results in another order", made: [call("c1"), call("c2")],
            echo: [[call("c1"), call("c2")], [output("c2", "two")], [output("c1", "one")]], outputs: [output("c1", "one"), output("c2", "two")]),
        Case(
            name: "one turn in pieces", made: [said("both"), call("c1"), call("c2"), call("c3")],
            echo: [[said("both"), call("c1")], [output("c1", "1")], [call("c2")], [output("c2", "2")], [call("c3")], [output("c3", "3")]],
            outputs: [output("c1", "1"), output("c2", "2"), output("c3", "3")]),
        Case(
            name: "text and calls as two messages", made: [said("now"), call("c1")], echo: [[said("now")], [call("c1")], [output("c1")]],
            outputs: [output("c1")]),
        Case(
            name: "text behind the calls", made: [said("now"), call("c1")], echo: [[call("c1"), said("now")], [output("c1")]],
            outputs: [output("c1")]),
    ]

    @Test("an echo is what the model made, and its conversation goes on from the node", arguments: echoes)
    func echo(_ example: Case) throws {
        var scene = HistoryScene()
        let first = [[Self.user("one")]]
        let node = try scene.answer(try scene.read(first), with: example.made)
        let next = try scene.read(first + example.echo + [[Self.user("two")]])
        #expect(next.parent === node)
        #expect(next.items == example.outputs + [Self.user("two")])
        #expect(try HistoryScene.prompt(next) == HistoryScene.prompt([Self.user("one")] + example.made + example.outputs + [Self.user("two")]))
        // The law of the dialect, of this way: from nothing the same bytes come.
        #expect(next.unreadMessages == 1)
    }

    @Test("what differs is the client's", arguments: [
        [[said("another")]], [[call("c1", #"{"a":2}"#)], [output("c1")]], [[call("c9")], [output("c9")]],
        [[thought("other"), said("hello")]], [[said("Hello")]],
    ])
    func notAnEcho(_ echo: [[Item]]) throws {
        var scene = HistoryScene()
        let first = [[Self.user("one")]]
        try scene.answer(try scene.read(first), with: [Self.thought("hm"), Self.said("hello")])
        let next = try scene.read(first + echo + [[Self.user("two")]])
        #expect(next.parent == nil)
        #expect(try HistoryScene.prompt(next) == HistoryScene.prompt([Self.user("one")] + echo.flatMap { $0 } + [Self.user("two")]))
    }

    @Test("an escaped backslash before a letter is no white space", arguments: [
        (#" so\\n\n"#, #"so\\n"#), (#"so\\\n"#, #"so\\"#), (#"\u001cso\\u001c\u001c"#, #"so\\u001c"#), (#"\t \r\f"#, ""), ("é", "é"),
    ])
    func trimmed(_ escaped: String, _ trimmed: String) {
        #expect(String(decoding: Array(escaped.utf8)[...].trimmed, as: UTF8.self) == trimmed)
    }

    @Test("numbers and names are equal by what they say, digit for digit", arguments: [
        (#"{"a":1}"#, #"{"a":1.0}"#, true), (#"{"a":1e2}"#, #"{"a":100}"#, true), (#"{"a":0.5}"#, #"{"a":5e-1}"#, true),
        (#"{"a":123456789012345678901234}"#, #"{"a":123456789012345678901299}"#, false),
        (#"{"a":0.12345678901234567891}"#, #"{"a":0.12345678901234567800}"#, false),
        ("{\"\u{e9}\":1,\"e\u{301}\":2}", "{\"e\u{301}\":2,\"\u{e9}\":1}", true), ("{\"\u{e9}\":1}", "{\"e\u{301}\":1}", false),
        (#"{"a":"1"}"#, #"{"a":1}"#, false), (#"{"a":1,"a":2}"#, #"{"a":2}"#, true),
    ])
    func arguments(_ made: String, _ echo: String, _ areEqual: Bool) throws {
        var scene = HistoryScene()
        let first = [[Self.user("one")]]
        try scene.answer(try scene.read(first), with: [Self.call("c1", made)])
        let next = try scene.read(first + [[Self.call("c1", echo)], [Self.output("c1")]])
        #expect((next.parent != nil) == areEqual)
    }

    @Test("of a turn with fewer calls the rest is as it was made")
    func fewerCalls() throws {
        var scene = HistoryScene()
        let first = [[Self.user("one")]]
        try scene.answer(try scene.read(first), with: [Self.thought("hm"), Self.call("c1"), Self.call("c2")])
        let next = try scene.read(first + [[Self.call("c1", #"{"a":1,"b":[true]}"#)], [Self.output("c1")]])
        #expect(next.parent == nil)
        #expect(next.items == [Self.user("one"), Self.thought("hm"), Self.call("c1"), Self.output("c1")])
    }

    @Test("a call stands as it was made though what was before it changed")
    func changedFront() throws {
        var scene = HistoryScene()
        try scene.answer(try scene.read([[Self.user("one")]]), with: [Self.call("c1")])
        let next = try scene.read([[Self.user("summary")], [Self.call("c1", #"{"b":[true],"a":1}"#)], [Self.output("c1")]])
        #expect(next.items == [Self.user("summary"), Self.call("c1"), Self.output("c1")])
    }

    @Test("thoughts come back with a call only where the turn is the same", arguments: [
        // Of an engine that counts its calls' ids, another conversation's first one.
        ("another front", [[user("another")], [call("0")], [output("0")]], "m"),
        ("another model", [[user("one")], [call("0")], [output("0")]], "other"),
        ("another text", [[user("one")], [said("Other."), call("0")], [output("0")]], "m"),
        ("thoughts in tags", [[user("front")], [user("one")], [said("<think>hm</think>"), call("0")], [output("0")]], "m"),
    ])
    func foreignThoughts(_ name: String, _ messages: [[Item]], _ model: String) throws {
        var scene = HistoryScene()
        try scene.answer(try scene.read([[Self.user("one")]]), with: [Self.thought("hm"), Self.call("0", #"{"a":1,"b":[true]}"#)])
        let next = try scene.read(messages, model: model)
        #expect(next.parent == nil)
        let thoughts = next.items.filter { if case .reasoning = $0.body { true } else { false } }
        #expect(thoughts.count == (name == "thoughts in tags" ? 1 : 0))
        #expect(next.items.contains(Self.call("0", #"{"a":1,"b":[true]}"#)))
        #expect(!next.items.contains { if case .message(let message) = $0.body { message.content.contains { $0.text == "<think>hm</think>" } } else { false } })
    }

    @Test("a response gives its thoughts, and each of its calls, once")
    func repeatedTurns() throws {
        var scene = HistoryScene()
        let padded = #"{"a":\#(String(repeating: " ", count: 5000))1}"#
        try scene.answer(try scene.read([[Self.user("one")]]), with: [Self.thought("hm"), Self.call("c1", padded), Self.call("c2", padded)])
        let turn = [[Self.user("one")], [Self.call("c1", #"{"a":1}"#)], [Self.output("c1")], [Self.call("c2", #"{"a":1}"#)], [Self.output("c2")]]
        let items = try scene.read([[Self.user("front")]] + (0..<100).flatMap { _ in turn }).items
        let thoughts = items.filter { if case .reasoning = $0.body { true } else { false } }
        #expect(thoughts.count == 1)
        #expect(items.count { $0 == Self.call("c1", padded) } == 1 && items.count { $0 == Self.call("c2", padded) } == 1)
        #expect(items.count { $0 == Self.call("c1", #"{"a":1}"#) } == 99)
    }

    /// A body is worked through in time of its own size: naming a large response takes a few bytes.
    @Test("large responses that are named by calls are not read beyond what a request may cost")
    func namedResponses() throws {
        var scene = HistoryScene()
        let large = Self.said(String(repeating: "x", count: 1 << 20))
        for turn in 0..<8 { try scene.answer(try scene.read([[Self.user("\(turn)")]]), with: [large, Self.call("c\(turn)", "{ }")]) }
        let turns = (0..<8).flatMap { [[Self.user("\($0)")], [Self.call("c\($0)", "{}")], [Self.output("c\($0)")]] }
        let items = try scene.read([[Self.user("front")]] + turns).items
        // Of 4 MiB.
        #expect((0..<8).map { items.contains(Self.call("c\($0)", "{ }")) } == Array(repeating: true, count: 4) + Array(repeating: false, count: 4))
    }

    /// Parsed for each, they would take minutes here.
    @Test("long arguments are compared with many calls of their id")
    func namedCalls() throws {
        var scene = HistoryScene()
        let long = #"{"a":"\#(String(repeating: "x", count: 1 << 19))"}"#
        try scene.answer(try scene.read([[Self.user("one")]]), with: [Self.call("c0", long)])
        let turns = (0..<2000).flatMap { [[Self.user("one")], [Self.call("c0", #"{"n":\#($0)}"#)], [Self.output("c0")]] }
        #expect(try scene.read([[Self.user("front")]] + turns).items.count == 6001)
    }

    @Test("a turn of very many calls in as many pieces")
    func manyPieces() throws {
        var scene = HistoryScene()
        let first = [[Self.user("one")]]
        let calls = (0..<4000).map { Self.call("c\($0)", #"{"n":\#($0).0}"#) }
        let node = try scene.answer(try scene.read(first), with: calls)
        let pieces = (0..<4000).flatMap { [[Self.call("c\($0)", #"{"n":\#($0)}"#)], [Self.output("c\($0)")]] }
        #expect(try scene.read(first + pieces + [[Self.user("two")]]).parent === node)
    }

    @Test("a thought that is called like a role is no message")
    func thoughtsAndRoles() throws {
        var scene = HistoryScene()
        try scene.answer(try scene.read([[Self.user("one")], [Self.user("hi")], [Self.user("q")]]), with: [Self.said("ans")])
        let next = try scene.read([[Self.user("one")], [Self.thought("user"), Self.said("hi")], [Self.user("q")], [Self.said("ans")], [Self.user("x")]])
        #expect(next.parent == nil)
        #expect(next.items.count == 6)
    }

    @Test("conversations under different heads are different ones")
    func heads() throws {
        var scene = HistoryScene()
        let first = [[Self.user("one")]]
        let one = try scene.answer(try scene.read(first, head: "A"), with: [Self.thought("of A"), Self.said("yes")])
        let two = try scene.answer(try scene.read(first, head: "B"), with: [Self.thought("of B"), Self.said("yes")])
        let next = first + [[Self.said("yes")], [Self.user("x")]]
        #expect(try scene.read(next, head: "A").parent === one)
        #expect(try scene.read(next, head: "B").parent === two)
        #expect(try scene.read(next).parent == nil)
    }

    @Test("of a loop each request reads what it adds")
    func longLoop() throws {
        var scene = HistoryScene()
        var messages = [[Self.user("begin")]]
        var whole = messages.flatMap { $0 }
        for turn in 0..<200 {
            var read = 0
            let history = try scene.read(messages) { _ in read += 1 }
            #expect(read <= 2)
            #expect(try HistoryScene.prompt(history) == HistoryScene.prompt(whole))
            let made = [Self.thought("t\(turn)"), Self.call("c\(turn)")]
            try scene.answer(history, with: made)
            messages += [[Self.call("c\(turn)", #"{"b":[true],"a":1}"#)], [Self.output("c\(turn)", "r\(turn)")]]
            whole += made + [Self.output("c\(turn)", "r\(turn)")]
        }
    }

    @Test("messages that are written another way later are read, and no more")
    func changingForm() throws {
        var scene = HistoryScene()
        // A mark moves along with the newest message, as with cache marks: the message's meaning stays.
        func marked(_ text: String) -> [Item] { [.message(.user, [.inputText(JSONText(text))], id: "marked")] }
        var older = [[Self.user("begin")]]
        var newest = marked("0")
        var reads: [Int] = []
        for turn in 0..<20 {
            var read = 0
            let history = try scene.read(older + [newest]) { _ in read += 1 }
            reads.append(read)
            #expect(turn == 0 || history.parent != nil)
            try scene.answer(history, with: [Self.said("a\(turn)")])
            older += [[Self.user("\(turn)")], [Self.said("a\(turn)")]]
            newest = marked("\(turn + 1)")
        }
        #expect(reads.dropFirst(3).allSatisfy { $0 <= 5 })
    }

    @Test("a client that asks again, and one that goes on another way")
    func forks() throws {
        var scene = HistoryScene()
        let first = [[Self.user("one")]]
        let one = try scene.answer(try scene.read(first), with: [Self.said("a")])
        let two = try scene.answer(try scene.read(first), with: [Self.said("b")])
        #expect(try scene.read(first + [[Self.said("a")], [Self.user("x")]]).parent === one)
        #expect(try scene.read(first + [[Self.said("b")], [Self.user("x")]]).parent === two)
    }

    @Test("nobody else's conversation is known, nor that of another model")
    func owners() throws {
        var scene = HistoryScene()
        let first = [[Self.user("one")]]
        try scene.answer(try scene.read(first), with: [Self.call("c1")])
        let next = first + [[Self.call("c1", #"{"b":[true],"a":1}"#)], [Self.output("c1")]]
        #expect(try scene.read(next).parent != nil)
        let foreign = try scene.read(next, of: "bob")
        #expect(foreign.parent == nil && foreign.items == next.flatMap { $0 })
        #expect(try scene.read(next, model: "other").parent == nil)
    }

    @Test("what was not used for its time is gone, and what was is not")
    func expiry() throws {
        var scene = HistoryScene(keptFor: .seconds(10))
        let old = try scene.answer(try scene.read([[Self.user("old")]]), with: [Self.said("a")])
        try scene.answer(try scene.read([[Self.user("idle")]]), with: [Self.said("b")])
        let next = [[Self.user("old")], [Self.said("a")], [Self.user("x")]]
        scene.now = .seconds(8)
        #expect(try scene.read(next).parent === old)
        scene.now = .seconds(12)
        scene.memory.expire(at: scene.now)
        #expect(scene.memory.count == 1)
        #expect(try scene.read(next).parent === old)
        scene.now = .seconds(19)
        let called = try scene.answer(try scene.read([[Self.user("call")]]), with: [Self.call("c1", "{}")])
        scene.now = .seconds(29)
        // Whether or not it was looked for meanwhile: by its call nothing is found later either.
        #expect(scene.memory.nodes.has(called.id, of: scene.owner))
        #expect(try scene.read([[Self.user("other")], [Self.call("c1", "{ }")], [Self.output("c1")]]).items[1] == Self.call("c1", "{ }"))
        scene.now = .seconds(40)
        scene.memory.expire(at: scene.now)
        #expect(scene.memory.count == 0)
        #expect(scene.memory.nodes.count == 0)
        #expect(try scene.read(next).parent == nil)
    }

    @Test("beyond the budget the least recently used go, and their places with them")
    func budget() throws {
        var scene = HistoryScene(bytesMax: 60_000)
        for turn in 0..<200 { try scene.answer(try scene.read([[Self.user("\(turn)")]]), with: [Self.said("a")]) }
        #expect(scene.memory.count == scene.memory.nodes.count)
        #expect((1..<100).contains(scene.memory.count))
        #expect(scene.memory.nodes.account.bytes <= 60_000)
        #expect(try scene.read([[Self.user("199")], [Self.said("a")], [Self.user("x")]]).parent != nil)
        #expect(try scene.read([[Self.user("0")], [Self.said("a")], [Self.user("x")]]).parent == nil)
    }

    @Test("histories that do not hold together are refused", arguments: [
        ([[user("one")], [output("c1")]], HistoryProblem.outputWithoutCall(id: "c1", message: 1)),
        ([[user("one")], [call("c1")], [output("c1")], [output("c1")]], .secondOutput(id: "c1", message: 3)),
        ([[user("one")], [call("c1"), call("c2")], [output("c2")], [said("x")], [user("y")]], .callsWithoutOutput(ids: ["c1"], message: 1)),
        ([[user("one")], [call("c1")]], .callsWithoutOutput(ids: ["c1"], message: 1)),
        ([[user("one")], [said("so")]], .endsWithAssistant(message: 1)),
    ])
    func problems(_ messages: [[Item]], _ problem: HistoryProblem) throws {
        #expect(throws: APIError.invalidRequest(nil, "\(problem)")) { try HistoryScene().read(messages) }
        // The same when its beginning is known.
        var scene = HistoryScene()
        try scene.answer(try scene.read([[Self.user("one")]]), with: [Self.call("c1")])
        #expect(throws: APIError.invalidRequest(nil, "\(problem)")) { try scene.read(messages) }
    }

    @Test("ids that an engine counts from 0 are matched to the nearest call")
    func repeatedIDs() throws {
        let messages = [
            [Self.user("one")], [Self.call("0")], [Self.output("0", "a")], [Self.call("0", "{}")], [Self.output("0", "b")], [Self.user("two")],
        ]
        #expect(try HistoryScene().read(messages).items == messages.flatMap { $0 })
    }

    @Test("what a user says between calls and their outputs stands behind them")
    func between() throws {
        let history = try HistoryScene().read([[Self.user("one")], [Self.call("c1")], [Self.user("wait")], [Self.output("c1")]])
        #expect(history.items == [Self.user("one"), Self.call("c1"), Self.output("c1"), Self.user("wait")])
    }

    /// Histories of any kind, with echoes rewritten in any way: what an engine is given is what a chain would have given it.
    @Test("random histories give the chain's prompts", arguments: 0..<40)
    func random(_ seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        var scene = HistoryScene()
        var messages: [[Item]] = []
        var whole: [Item] = []
        for turn in 0..<30 {
            if turn == 0 || random.next() % 2 == 0 {
                messages.append([Self.user("u\(turn)")])
                whole.append(Self.user("u\(turn)"))
            } else if whole.last.map({ if case .message = $0.body { true } else { false } }) == true {
                messages.append([Self.user("v\(turn)")])
                whole.append(Self.user("v\(turn)"))
            }
            let history = try scene.read(messages)
            #expect(try HistoryScene.prompt(history) == HistoryScene.prompt(whole))
            let calls = Int(random.next() % 4)
            var made: [Item] = random.next() % 2 == 0 ? [Self.thought("t\(turn)")] : []
            if calls == 0 || random.next() % 3 == 0 { made.append(Self.said(" s\(turn)\n")) }
            for number in 0..<calls { made.append(Self.call("c\(turn)_\(number)", #"{"n": \#(number), "z":"é"}"#)) }
            try scene.answer(history, with: made)
            whole += made
            // The echo.
            let keepsThoughts = random.next() % 2 == 0
            let echo = made.compactMap { item -> Item? in
                switch item.body {
                case .reasoning: keepsThoughts ? item : nil
                case .message: Self.said("s\(turn)")
                case .call(let call): Self.call(call.callID, #"{"z":"\u00e9","n":\#(call.callID.split(separator: "_")[1])}"#)
                default: item
                }
            }
            var outputs = (0..<calls).map { Self.output("c\(turn)_\($0)", "r\(random.next() % 9)") }
            whole += outputs
            if random.next() % 3 == 0 { outputs.shuffle(using: &random) }
            messages += [echo] + outputs.map { [$0] }
        }
    }
}
