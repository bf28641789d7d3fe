import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import ScriptedEngine
import Testing

/// A context that has an end.
@Suite struct ContextTests {
    private static func conversation(_ tokens: Int) throws -> Conversation {
        try Conversation(ScriptedEngine(ScriptedSettings(contextTokens: tokens)))
    }

    @Test func aLongerPromptIsRefusedWithBothNumbers() async throws {
        var conversation = try Self.conversation(100)
        try conversation.add(user: String(repeating: "abcd", count: 101))
        let sink = RecordingSink()
        let request = conversation.request
        for prefills in [false, true] {
            let error = await #expect(throws: EngineError.self) {
                if prefills {
                    _ = try await conversation.engine.prefill(request)
                } else {
                    _ = try await conversation.engine.generate(request, into: sink)
                }
            }
            #expect(error?.kind == .contextLengthExceeded)
            #expect(error?.context == ContextOverflow(tokens: 101, limit: 100))
            #expect(error?.message.contains("101 tokens") == true && error?.message.contains("holds 100") == true)
        }
        #expect(sink.batches.isEmpty)
        // What is only counted needs no room.
        #expect(try await conversation.engine.countTokens(request) == .counted(101))
    }

    /// Instructions and tools take room, too.
    @Test func whatStandsBeforeTheConversationCounts() async throws {
        var conversation = try Self.conversation(100)
        conversation.settings.instructions = JSONText(String(repeating: "abcd", count: 60))
        try conversation.add(user: String(repeating: "abcd", count: 41))
        let error = await #expect(throws: EngineError.self) {
            try await conversation.engine.generate(conversation.request, into: RecordingSink())
        }
        #expect(error?.context == ContextOverflow(tokens: 101, limit: 100))
    }

    @Test(arguments: [
        (nil as Int?, 96, FinishReason.length), (50, 50, .length), (500, 96, .length), (96, 96, .length),
    ])
    func anAnswerEndsWhereTheContextDoes(asked: Int?, tokens: Int, finish: FinishReason) async throws {
        var conversation = try Self.conversation(100)
        conversation.settings.maxOutputTokens = asked
        // 16 bytes are 4 tokens.
        let generation = try await conversation.turn(" [[tokens:1000]]")
        #expect(generation.usage?.inputTokens == 4)
        #expect(generation.usage?.outputTokens == tokens)
        #expect(generation.finish == finish)
    }

    @Test func aPromptThatFillsTheContextGetsNoWord() async throws {
        var conversation = try Self.conversation(100)
        let generation = try await conversation.turn(String(repeating: "abcd", count: 100))
        #expect(generation.usage == Usage(inputTokens: 100, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0))
        #expect(generation.finish == .length)
    }

    @Test func theModelSaysHowMuchItHolds() async throws {
        #expect(try await Self.conversation(8000).engine.models().map(\.contextTokens) == [8000])
        #expect(try await ScriptedEngine().models().map(\.contextTokens) == [nil])
    }

    static let settings: [(String, ScriptedSettings)] = [
        ("", ScriptedSettings()), ("context=8000", ScriptedSettings(contextTokens: 8000)),
        ("decode=80, context=1", ScriptedSettings(speed: ScriptedSpeed(decodeTokensPerSecond: 80), contextTokens: 1)),
    ]

    @Test(arguments: settings)
    func settingsAreRead(text: String, expected: ScriptedSettings) throws {
        #expect(try ScriptedSettings(parsing: text) == expected)
    }

    @Test(arguments: [
        ("context=0", "more than 0"), ("context=8k", "'context=8k'"), ("context", "write it as"), ("context=1,context=2", "twice"),
        ("window=8000", "prefill, decode, ttft and context"), ("decode=x", "rate"),
    ])
    func wrongSettingsAreTold(text: String, part: String) {
        let error = #expect(throws: ScriptedSpeed.ParseError.self) { try ScriptedSettings(parsing: text) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
}
