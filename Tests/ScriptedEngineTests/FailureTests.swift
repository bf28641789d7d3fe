import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import ScriptedEngine
import Testing

/// What goes wrong because the script says so.
@Suite struct FailureTests {
    static let failures: [(String, EngineError.Kind, Int?)] = [
        ("[[fail]]", .failed, nil), ("[[overload]]", .overloaded, nil), ("[[ratelimit:7]]", .rateLimited, 7),
        ("[[ratelimit:0]]", .rateLimited, 0), ("[[say:never]] [[overload]]", .overloaded, nil),
    ]

    @Test(arguments: failures)
    func theTurnFailsBeforeAnyBatchEachTime(message: String, kind: EngineError.Kind, seconds: Int?) async throws {
        var conversation = try Conversation()
        try conversation.add(user: message)
        for _ in 0..<3 {
            let sink = RecordingSink()
            let error = await #expect(throws: EngineError.self) {
                try await conversation.engine.generate(conversation.request, into: sink)
            }
            #expect(error?.kind == kind)
            #expect(error?.retryAfterSeconds == seconds)
            #expect(sink.batches.isEmpty)
        }
    }

    /// Again afterwards: a second client with the same question meets what the first did.
    @Test(arguments: ["[[fail:2]]", "[[overload:2]]", "[[ratelimit:1 2]]", "[[break:1 2]]"])
    func aNumberOfTimesItFailsAndThenSucceeds(message: String) async throws {
        var conversation = try Conversation()
        try conversation.add(user: "\(message) [[say:whole answer]]")
        let request = conversation.request
        for _ in 0..<2 {
            for _ in 0..<2 {
                await #expect(throws: EngineError.self) { try await conversation.engine.generate(request, into: RecordingSink()) }
            }
            let sink = RecordingSink()
            let generation = sink.generation(try await conversation.engine.generate(request, into: sink))
            #expect(generation.text == "whole answer")
        }
    }

    @Test func eachRoundOfCallsFailsAsOften() async throws {
        var conversation = try Conversation()
        conversation.settings.tools = try ToolSet(lookupTools)
        try conversation.add(user: #"[[tools:2 lookup {"key":"{i}"}]] [[overload:1]]"#)
        for round in 0..<2 {
            await #expect(throws: EngineError.self) { try await conversation.turn() }
            let calls = try await conversation.turn().calls
            #expect(calls.map(\.input) == [#"{"key":"\#(round)"}"#])
            try conversation.answer(calls)
        }
    }

    @Test(arguments: [(0, ""), (3, "The sea was "), (10, "The sea was far out and the sky lay low "), (12, nil), (99, nil)])
    func theAnswerBreaksOff(tokens: Int, text: String?) async throws {
        var conversation = try Conversation()
        try conversation.add(user: "[[tokens:12]] [[break:\(tokens)]]")
        let sink = RecordingSink()
        let error = await #expect(throws: EngineError.self) {
            try await conversation.engine.generate(conversation.request, into: sink)
        }
        #expect(error?.kind == .interrupted)
        let whole = "The sea was far out and the sky lay low all day."
        #expect(sink.batches.flatMap { batch in batch.events.map { batch.string($0.textRange) } }.joined() == text ?? whole)
    }

    @Test func silenceIsKeptWhereTheScriptSays() async throws {
        let clock = ManualClock()
        for (message, sent) in [("[[silence:30]]", 0), ("[[silence:30 5]]", 5), ("[[silence:30 500]]", 9)] {
            var conversation = try Conversation(ScriptedEngine(clock: clock))
            try conversation.add(user: "[[tokens:9]] \(message)")
            let (engine, request, sink) = (conversation.engine, conversation.request, RecordingSink())
            let start = clock.now
            try await withThrowingTaskGroup { group in
                group.addTask { try await engine.generate(request, into: sink) }
                await clock.waitForSleepers(1)
                #expect(sink.batches.reduce(0) { $0 + $1.events.count } == sent)
                await clock.advanceToNextDeadline()
                try await group.waitForAll()
            }
            #expect(clock.now.offset - start.offset == .seconds(30))
            #expect(sink.batches.reduce(0) { $0 + $1.events.count } == 9)
        }
    }

    /// The rate holds on both sides of the silence.
    @Test func silenceComesOnTopOfTheSpeed() async throws {
        let clock = ManualClock()
        let engine = ScriptedEngine(speed: ScriptedSpeed(decodeTokensPerSecond: 10), clock: clock)
        try await clock.runningFreely {
            var conversation = try Conversation(engine)
            try await conversation.turn("[[tokens:20]] [[silence:5 10]]")
        }
        #expect(clock.now.offset == .seconds(7))
    }

    @Test(arguments: [("none", [nil, nil, nil]), ("same", ["call_same", "call_same", "call_same"] as [String?])])
    func idsOfCallsAreWrongWhereTheScriptSays(which: String, ids: [String?]) async throws {
        var conversation = try Conversation()
        conversation.settings.tools = try ToolSet(lookupTools)
        try conversation.add(user: #"[[parallel:3 lookup {"key":"{i}"}]] [[ids:\#(which)]]"#)
        let sink = RecordingSink()
        let generation = sink.generation(try await conversation.engine.generate(conversation.request, into: sink))
        #expect(generation.calls.map(\.head.callID) == ids)
    }

    @Test(arguments: [
        "[[fail:0]]", "[[overload:x]]", "[[ratelimit:]]", "[[ratelimit:1.5]]", "[[ratelimit:1 0]]", "[[break:-1]]", "[[break:1 2 3]]",
        "[[silence:-1]]", "[[silence:1 x]]", "[[silence:]]", "[[ids:other]]",
    ])
    func wronglyWrittenDirectivesAreTold(message: String) async throws {
        var conversation = try Conversation()
        let error = await #expect(throws: EngineError.self) { try await conversation.turn(message) }
        #expect(error?.kind == .invalidRequest)
        #expect(error?.message.contains("[[") == true)
    }
}

extension GenerationBatch.Event {
    fileprivate var textRange: Range<Int> {
        if case .text(let range) = self { range } else { 0..<0 }
    }
}
