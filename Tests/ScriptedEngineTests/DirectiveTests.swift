import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import ScriptedEngine
import Testing

@Suite struct DirectiveTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var message: String
        var text = ""
        var reasoning = ""
        var tokens: Int?
        var testDescription: String { message }
    }

    static let cases = [
        Case(message: "[[say:hello]]", text: "hello", tokens: 2),
        Case(message: "please [[say: with \"quotes\" \n and ünïcode 🌊 ]] now", text: " with \"quotes\" \n and ünïcode 🌊 "),
        Case(message: "[[say:a[1]]]", text: "a[1]"),
        Case(message: "[[say:]]", text: "", tokens: 0),
        Case(message: "[[say:first]] [[say:second]]", text: "first"),
        Case(message: "[[think:hm, well]][[say:yes]]", text: "yes", reasoning: "hm, well", tokens: 3),
        Case(message: "[[say:yes]] [[think:later is before]]", text: "yes", reasoning: "later is before"),
        Case(message: "[[tokens:1]]", text: "The.", tokens: 1),
        Case(message: "[[tokens:3]]", text: "The sea was.", tokens: 3),
        Case(message: "[[tools:0]] [[say:none]]", text: "none"),
    ]

    @Test(arguments: cases)
    func directivesSayWhatComes(_ test: Case) async throws {
        var conversation = try Conversation()
        let generation = try await conversation.turn(test.message)
        #expect(generation.problems == [])
        #expect(generation.text == test.text)
        #expect(generation.reasoning == test.reasoning)
        #expect(generation.calls == [])
        #expect(generation.finish == .stop)
        #expect(generation.deltas == generation.usage?.outputTokens)
        if let tokens = test.tokens { #expect(generation.usage?.outputTokens == tokens) }
    }

    @Test(arguments: [1, 63, 64, 65, 500, 10_000])
    func tokensAreCounted(count: Int) async throws {
        var conversation = try Conversation()
        let generation = try await conversation.turn("[[tokens:\(count)]]")
        #expect(generation.usage?.outputTokens == count)
        #expect(generation.deltas == count)
        #expect(generation.text.utf8.count == count * 4)
    }

    /// As input, an answer weighs what it weighed as output.
    @Test func outputBecomesAsMuchInput() async throws {
        var conversation = try Conversation()
        let first = try await conversation.turn("[[tokens:100]]")
        let second = try await conversation.turn("go on!!!")
        let usage = try #require(first.usage)
        #expect(second.usage?.inputTokens == usage.inputTokens + usage.outputTokens + 2)
    }

    @Test func reasoningIsCountedApart() async throws {
        var conversation = try Conversation()
        let generation = try await conversation.turn("[[think:12345678]][[say:1234]]")
        #expect(generation.usage == Usage(inputTokens: 8, cachedTokens: 0, outputTokens: 3, reasoningTokens: 2))
    }

    /// Each is searched for its end; to search all of them would not come back.
    @Test(.timeLimit(.minutes(1)), arguments: ["[[say:", "[[tools:1 {", "[[", "[[tools:1 f"])
    func directivesWithoutEndsAreReadInOnePass(_ piece: String) async throws {
        var conversation = try Conversation()
        let message = String(repeating: piece, count: 200_000)
        let generation = try? await conversation.turn(message)
        #expect(piece == "[[" ? generation?.text.isEmpty == false : generation?.finish != .stop)
    }

    static let plain = [
        "no directive", "[[ -f file ]] && echo", "[[wiki]]", "[[sayings:x]]", "[[say", "[[fail", "[[fail]", "[[failure]]", "[[",
        "]]", "[ [say:x]]", "",
    ]

    @Test(arguments: plain)
    func otherBracketsAreText(message: String) async throws {
        var conversation = try Conversation()
        #expect(try await conversation.turn(message).text.hasPrefix("Scripted answer to 1 item (hash "))
    }

    static let wrong = [
        "[[tokens:many]]", "[[tokens:0]]", "[[tokens:99999999]]", "[[slow:-1]]", "[[slow:x]]", "[[tools:]]", "[[tools:x]]",
        "[[tools:-1]]", "[[tools:1 lookup {\"key\"}]]", "[[tools:1 lookup text here]]", "[[parallel:1000]]", "[[say:never ends",
        "[[tools:2 lookup {\"a\":\"]]\"}",
    ]

    @Test(arguments: wrong)
    func wronglyWrittenDirectivesAreTold(message: String) async throws {
        var conversation = try Conversation()
        let error = await #expect(throws: EngineError.self) { try await conversation.turn(message) }
        #expect(error?.kind == .invalidRequest)
        #expect(error?.message.contains("[[") == true || error?.message.contains("{json}") == true)
    }

    @Test func failFailsBeforeAnyBatch() async throws {
        var conversation = try Conversation()
        try conversation.add(user: "[[think:so]] [[fail]]")
        let sink = RecordingSink()
        let error = await #expect(throws: EngineError.self) {
            try await conversation.engine.generate(conversation.request, into: sink)
        }
        #expect(error?.kind == .failed)
        #expect(sink.batches.isEmpty)
    }

    @Test func theNewestUserMessageCounts() async throws {
        var conversation = try Conversation()
        try conversation.add(user: "[[say:old]]")
        try conversation.add([
            item(#"{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"[[say:new]]"}]}"#),
            item(#"{"role":"developer","content":"[[say:not the user]]"}"#),
        ])
        #expect(try await conversation.turn().text == "new")
        #expect(try await conversation.turn("plain").text.hasPrefix("Scripted answer"))
    }

    @Test(arguments: [(16, FinishReason.length), (24, .length), (25, .stop), (26, .stop)])
    func theOutputLimitIsObeyed(limit: Int, finish: FinishReason) async throws {
        var conversation = try Conversation()
        conversation.settings.maxOutputTokens = limit
        let generation = try await conversation.turn("[[think:12345678901234567890]][[tokens:20]]")
        #expect(generation.finish == finish)
        #expect(generation.usage?.outputTokens == min(limit, 25))
        #expect(generation.usage?.reasoningTokens == 5)
    }

    @Test func aCutCallIsNoWholeCall() async throws {
        var conversation = try Conversation()
        conversation.settings.tools = try ToolSet(lookupTools)
        conversation.settings.maxOutputTokens = 16
        let long = String(repeating: "k", count: 100)
        let generation = try await conversation.turn(#"[[tools:1 lookup {"key":"\#(long)"}]]"#)
        #expect(generation.finish == .length)
        #expect(generation.calls.first?.input.utf8.count == 64)
    }
}
