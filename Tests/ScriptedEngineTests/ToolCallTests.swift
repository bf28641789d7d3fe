import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import ScriptedEngine
import Testing

@Suite struct ToolCallTests {
    private func conversation(_ choice: ToolChoice = .auto) throws -> Conversation {
        var conversation = try Conversation()
        conversation.settings.tools = try ToolSet(lookupTools)
        conversation.settings.toolChoice = choice
        return conversation
    }

    @Test(arguments: [1, 2, 25])
    func roundsAreCountedByOutputs(rounds: Int) async throws {
        var conversation = try conversation()
        try conversation.add(user: #"[[tools:\#(rounds) lookup {"key":"k{i}","n":{i},"nested":[[1]]}]] go"#)
        var ids: Set<String> = []
        for round in 0..<rounds {
            let generation = try await conversation.turn()
            let call = try #require(generation.calls.first)
            #expect(generation.calls.count == 1 && generation.text == "")
            #expect(call.head.kind == .function && call.head.name == "lookup" && call.head.namespace == nil)
            #expect(call.input == #"{"key":"k\#(round)","n":\#(round),"nested":[[1]]}"#)
            ids.insert(try #require(call.head.callID))
            try conversation.answer(generation.calls, "value of k\(round)")
        }
        #expect(ids.count == rounds)
        let last = try await conversation.turn()
        #expect(last.calls == [])
        #expect(last.text.hasPrefix(rounds == 1 ? "Done: 1 tool call (hash" : "Done: \(rounds) tool calls (hash"))
        #expect(last.text.hasSuffix("Last output: value of k\(rounds - 1)"))
    }

    /// A question in plain words, as the public Open Responses suite asks it.
    @Test(arguments: [
        ("What's the weather like in San Francisco?", "weather"), ("Look the LOOKUP up", "lookup"), ("Hello there", nil),
    ])
    func aQuestionCallsTheFunctionItNames(question: String, name: String?) async throws {
        var conversation = try conversation()
        let first = try await conversation.turn(question)
        #expect(first.calls.map(\.head.name) == (name.map { [$0] } ?? []))
        guard name != nil else { return }
        try conversation.answer(first.calls)
        let second = try await conversation.turn()
        #expect(second.calls.isEmpty && !second.text.isEmpty, "once is enough")
        conversation.settings.toolChoice = .none
        #expect(try await conversation.turn(question).calls.isEmpty)
    }

    struct Named: Sendable {
        var directive: String
        var kind: Item.ToolCall.Kind
        var name: String
        var namespace: String?
        var input: String
    }

    static let named = [
        Named(directive: "[[tools:1]]", kind: .function, name: "lookup", input: #"{"key":""}"#),
        Named(directive: "[[tools:1 weather]]", kind: .function, name: "weather", input: #"{"days":1}"#),
        Named(directive: "[[tools:1 shell]]", kind: .custom, name: "shell", input: "scripted input 0"),
        Named(directive: #"[[tools:1 shell {"run":{i}}]]"#, kind: .custom, name: "shell", input: #"{"run":0}"#),
        Named(directive: "[[tools:1 find]]", kind: .function, name: "find", namespace: "desk", input: "{}"),
        Named(directive: #"[[tools:1 {"key":"]]"}]]"#, kind: .function, name: "lookup", input: #"{"key":"]]"}"#),
    ]

    @Test(arguments: named)
    func callsComeInTheKindOffered(_ test: Named) async throws {
        var conversation = try conversation()
        let call = try #require(try await conversation.turn(test.directive).calls.first)
        #expect(call.head.kind == test.kind)
        #expect(call.head.name == test.name)
        #expect(call.head.namespace == test.namespace)
        #expect(call.input == test.input)
    }

    @Test func parallelCallsComeTogether() async throws {
        var conversation = try conversation()
        let generation = try await conversation.turn("[[think:all of them]] [[parallel:4]] [[say:that was it]]")
        #expect(generation.calls.count == 4)
        #expect(Set(generation.calls.map(\.head.callID)).count == 4)
        #expect(generation.reasoning == "all of them")
        try conversation.answer(generation.calls)
        #expect(try await conversation.turn().text == "that was it")
    }

    @Test func parallelCallsComeOneByOneWhenToldSo() async throws {
        var conversation = try conversation()
        conversation.settings.parallelToolCalls = false
        try conversation.add(user: "[[parallel:3]]")
        for _ in 0..<3 {
            let generation = try await conversation.turn()
            #expect(generation.calls.count == 1)
            try conversation.answer(generation.calls)
        }
        #expect(try await conversation.turn().text.hasPrefix("Done: 3 tool calls"))
    }

    struct Choice: Sendable {
        var choice: ToolChoice
        var message: String
        /// The names called, or none for a message.
        var calls: [String]
        /// And after their outputs.
        var then: [String] = []
    }

    static let choices = [
        Choice(choice: .auto, message: "hello", calls: []),
        Choice(choice: .none, message: "[[tools:2 lookup]]", calls: []),
        Choice(choice: .required, message: "hello", calls: ["lookup"], then: ["weather"]),
        Choice(choice: .required, message: "[[tools:1 weather]]", calls: ["weather"], then: ["weather"]),
        Choice(choice: .required, message: "[[parallel:2 shell]]", calls: ["shell", "shell"], then: ["shell"]),
        Choice(choice: .tool(type: "function", name: "weather"), message: "hello", calls: ["weather"], then: ["weather"]),
        Choice(choice: .tool(type: "custom", name: "shell"), message: "[[tools:3 lookup]]", calls: ["shell"], then: ["shell"]),
        Choice(choice: allowed(.auto, "weather"), message: "hello", calls: []),
        Choice(choice: allowed(.auto, "weather"), message: "[[tools:1]]", calls: ["weather"]),
        Choice(choice: allowed(.auto, "weather"), message: "[[tools:1 lookup]]", calls: []),
        Choice(choice: allowed(.required, "weather", "shell"), message: "hello", calls: ["weather"], then: ["shell"]),
        Choice(choice: allowed(.required, "shell"), message: "[[tools:1 lookup]]", calls: ["shell"], then: ["shell"]),
        Choice(choice: allowed(.required, "desk"), message: "hello", calls: ["find"], then: ["find"]),
    ]

    private static func allowed(_ mode: ToolChoice.Mode, _ names: String...) -> ToolChoice {
        let tools = names.map { #"{"type":"function","name":"\#($0)"}"# }.joined(separator: ",")
        let json = #"{"tool_choice":{"type":"allowed_tools","mode":"\#(mode.rawValue)","tools":[\#(tools)]}}"#
        return (try? CreateRequest(parsing: Array(json.utf8)))?.toolChoice ?? .auto
    }

    @Test(arguments: choices)
    func toolChoiceIsObeyed(_ test: Choice) async throws {
        var conversation = try conversation(test.choice)
        let generation = try await conversation.turn(test.message)
        #expect(generation.calls.map(\.head.name) == test.calls)
        #expect(generation.text.isEmpty == !test.calls.isEmpty)
        guard !test.calls.isEmpty else { return }
        try conversation.answer(generation.calls)
        // A call is demanded whatever the script says; the client ends such a loop.
        #expect(try await conversation.turn().calls.map(\.head.name) == test.then)
    }

    static let impossible: [(ToolChoice, String, RawJSON)] = [
        (.required, "hello", "[]"), (.required, "hello", #"[{"type":"web_search"}]"#),
        (.tool(type: "function", name: "absent"), "hello", lookupTools),
        (.auto, "[[tools:1 absent]]", lookupTools), (.auto, "[[tools:1]]", "[]"),
        (.auto, "[[tools:1]]", #"[{"type":"function","name":"f","parameters":{"enum":[1]}}]"#),
    ]

    @Test(arguments: impossible)
    func callsThatCannotBeMadeAreTold(choice: ToolChoice, message: String, tools: RawJSON) async throws {
        var conversation = try conversation(choice)
        conversation.settings.tools = try ToolSet(tools)
        let error = await #expect(throws: EngineError.self) { try await conversation.turn(message) }
        #expect(error?.kind == .invalidRequest)
        #expect(error?.param == "tools" || error?.param == "tool_choice")
    }

    static let formats: [(RawJSON, String)] = [
        (#"{"format":{"type":"json_object"}}"#, "{}"),
        (#"{"format":{"type":"text"}}"#, "said"),
        (
            #"""
            {"format":{"type":"json_schema","name":"a","schema":{"type":"object","properties":{"city":{"type":"string"},
            "degrees":{"type":"integer"}},"required":["city","degrees"]}}}
            """#,
            #"{"city":"","degrees":0}"#
        ),
    ]

    @Test(arguments: formats)
    func textFormatsAreObeyed(text: RawJSON, expected: String) async throws {
        var conversation = try Conversation()
        conversation.settings.text = try CreateRequest(parsing: Array(#"{"text":\#(text.text)}"#.utf8)).text
        #expect(try await conversation.turn("[[say:said]]").text == expected)
    }

    /// Equal conversations make equal ids; a fork makes others.
    @Test func callIDsBelongToTheirPlace() async throws {
        var first = try conversation()
        var second = try conversation()
        let id = try await first.turn("[[tools:2]]").calls.first?.head.callID
        #expect(try await second.turn("[[tools:2]]").calls.first?.head.callID == id)
        var fork = try conversation()
        try fork.add(user: "before")
        #expect(try await fork.turn("[[tools:2]]").calls.first?.head.callID != id)
        #expect(id?.hasPrefix("call_") == true && id?.utf8.count == 21)
    }
}
