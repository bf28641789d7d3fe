import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import ScriptedEngine

@Suite struct PrefixCacheTests {
    @Test func aChainFindsItsPrefix() async throws {
        var conversation = try Conversation()
        let long = (0..<1000).map { "word\($0)" }.joined(separator: " ")
        let first = try #require(try await conversation.turn(long).usage)
        #expect(first.cachedTokens == 0)
        // The answer was cached as it was written.
        let second = try #require(try await conversation.turn("and now?").usage)
        #expect(second.cachedTokens == first.inputTokens + first.outputTokens)
        #expect(second.inputTokens == second.cachedTokens + 2)
    }

    @Test func callsAreCachedWithTheirChain() async throws {
        var conversation = try Conversation()
        conversation.settings.tools = try ToolSet(lookupTools)
        try conversation.add(user: #"[[think:hm]] [[parallel:3 lookup {"key":"{i} \" \n"}]]"#)
        let first = try await conversation.turn()
        let tokens = conversation.prompt
        try conversation.answer(first.calls)
        let second = try #require(try await conversation.turn().usage)
        let root = Tokens.count(utf8Bytes: conversation.settings.tools.json.bytes.count)
        #expect(second.cachedTokens == root + tokens.fold.tokens)
    }

    /// A client that sends its whole history each time finds as much as one that continues a chain.
    @Test func theWholeHistoryFindsThePrefixToo() async throws {
        var conversation = try Conversation()
        for turn in 0..<5 { try await conversation.turn("turn \(turn)") }
        try conversation.add(user: "last")
        let whole = try conversation.engine.dialect.extend(nil, with: conversation.items)
        var request = conversation.request
        request.prompt = whole
        let usage = try await conversation.engine.generate(request, into: RecordingSink()).usage
        #expect(usage.cachedTokens == usage.inputTokens - 1)
    }

    @Test func aForkFindsTheCommonPart() async throws {
        let engine = ScriptedEngine()
        var trunk = try Conversation(engine)
        try await trunk.turn("common ground")
        var fork = trunk
        try await trunk.turn("one way")
        let usage = try #require(try await fork.turn("other ways").usage)
        #expect(usage.cachedTokens == usage.inputTokens - 3)
    }

    @Test func instructionsAndToolsAreTheRoot() async throws {
        let engine = ScriptedEngine()
        func usage(_ instructions: JSONText?, _ tools: RawJSON, _ text: String) async throws -> Usage {
            var conversation = try Conversation(engine)
            conversation.settings.instructions = instructions
            conversation.settings.tools = try ToolSet(tools)
            return try #require(try await conversation.turn(text).usage)
        }
        let words: JSONText = "0123456789abcdef"
        #expect(try await usage(words, "[]", "abcd").cachedTokens == 0)
        #expect(try await usage(words, "[]", "abcd").inputTokens == 5)
        #expect(try await usage(words, "[]", "abcd").cachedTokens == 5)
        #expect(try await usage(words, "[]", "efgh").cachedTokens == 4)
        #expect(try await usage("else", "[]", "abcd").cachedTokens == 0)
        #expect(try await usage(words, lookupTools, "abcd").cachedTokens == 0)
        #expect(try await usage(words, lookupTools, "ijkl").cachedTokens > 100)
    }

    @Test func prefillFillsTheCache() async throws {
        var conversation = try Conversation()
        conversation.settings.instructions = "be kind"
        try conversation.add(user: "warm up, please")
        #expect(try await conversation.engine.prefill(conversation.request) == .filled(tokens: 6, cached: 0))
        #expect(try await conversation.engine.prefill(conversation.request) == .filled(tokens: 6, cached: 6))
        #expect(try await conversation.turn().usage?.cachedTokens == 6)
    }

    @Test func aCutAnswerIsCachedAsFarAsItCame() async throws {
        var conversation = try Conversation()
        conversation.settings.maxOutputTokens = 16
        let first = try #require(try await conversation.turn("[[tokens:100]]").usage)
        let second = try #require(try await conversation.turn("on").usage)
        #expect(second.cachedTokens == first.inputTokens + 16)
    }

    /// Model: a plain array, newest last.
    @Test(arguments: UInt64(0)..<20)
    func theLeastRecentlyUsedGoesFirst(seed: UInt64) {
        var numbers = SplitMix64(seed: seed)
        let countMax = Int.random(in: 1...12, using: &numbers)
        var cache = LeastRecentlyUsed(countMax: countMax)
        var model: [UInt64] = []
        for _ in 0..<500 {
            let key = UInt64.random(in: 0..<20, using: &numbers)
            let isInModel = model.contains(key)
            if Bool.random(using: &numbers) {
                #expect(cache.use(key) == isInModel)
                if !isInModel { continue }
            } else {
                cache.insert(key)
            }
            model.removeAll { $0 == key }
            model.append(key)
            if model.count > countMax { model.removeFirst() }
            #expect(cache.count == model.count)
        }
    }
}
