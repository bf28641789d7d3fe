import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import ScriptedEngine
import Testing

@Suite struct SpeedTests {
    static let speeds: [(String, ScriptedSpeed)] = [
        ("", ScriptedSpeed()), ("decode=80", ScriptedSpeed(decodeTokensPerSecond: 80)),
        (
            "prefill=4000,decode=80,ttft=20ms",
            ScriptedSpeed(prefillTokensPerSecond: 4000, decodeTokensPerSecond: 80, timeToFirstToken: .milliseconds(20))
        ),
        (" ttft = 1.5s , decode=0.5,", ScriptedSpeed(decodeTokensPerSecond: 0.5, timeToFirstToken: .milliseconds(1500))),
        ("ttft=250us", ScriptedSpeed(timeToFirstToken: .microseconds(250))),
    ]

    @Test(arguments: speeds)
    func speedsAreRead(text: String, expected: ScriptedSpeed) throws {
        #expect(try ScriptedSpeed(parsing: text) == expected)
    }

    @Test(arguments: [
        ("decode", "write it as 'decode=80'"), ("decode=", "tokens per second"), ("decode=0", "more than 0"),
        ("decode=fast", "'decode=fast'"), ("prefill=-1", "'prefill=-1'"), ("prefill=inf", "rate"), ("prefill=nan", "rate"),
        ("ttft=20", "with ms or s"), ("ttft=-1s", "duration"), ("ttft=2h", "duration"), ("ttft=9999s", "up to an hour"),
        ("speed=1", "prefill, decode and ttft"), ("decode=1,decode=2", "twice"),
    ])
    func wrongSpeedsAreTold(text: String, part: String) {
        let error = #expect(throws: ScriptedSpeed.ParseError.self) { try ScriptedSpeed(parsing: text) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    private func conversation(_ speed: String, _ clock: ManualClock) throws -> Conversation {
        try Conversation(ScriptedEngine(speed: ScriptedSpeed(parsing: speed), clock: clock))
    }

    /// The turn's duration on a clock that advances by itself.
    private func duration(of text: String, _ speed: String) async throws -> Duration {
        let clock = ManualClock()
        let conversation = try conversation(speed, clock)
        return try await clock.runningFreely {
            var conversation = conversation
            try await conversation.turn(text)
            return clock.now.offset
        }
    }

    @Test func durationsFollowTheSpeed() async throws {
        // 16 bytes of prompt are 4 tokens.
        #expect(try await duration(of: "  [[tokens:100]]", "") == .zero)
        #expect(try await duration(of: "  [[tokens:100]]", "decode=50") == .seconds(2))
        #expect(try await duration(of: "  [[tokens:100]]", "prefill=8,decode=50,ttft=20ms") == .milliseconds(2520))
        #expect(try await duration(of: "  [[tokens:100]]", "ttft=1s") == .seconds(1))
        #expect(try await duration(of: "[[tokens:5000]]", "decode=2500") == .seconds(2))
        #expect(try await duration(of: "[[slow:3]]", "") == .seconds(3))
        #expect(try await duration(of: "[[slow:0.5]]", "decode=1000000") == .milliseconds(500))
        #expect(try await duration(of: "[[slow:0]]", "") == .zero)
    }

    @Test func aCachedPrefixNeedsNoReading() async throws {
        let clock = ManualClock()
        let start = try conversation("prefill=100", clock)
        try await clock.runningFreely {
            var conversation = start
            try await conversation.turn(String(repeating: "abcd", count: 1000))
            #expect(clock.now.offset == .seconds(10))
            try await conversation.turn("efgh")
            #expect(clock.now.offset == .milliseconds(10_010))
        }
    }

    @Test func tokensComeOneByOne() async throws {
        let clock = ManualClock()
        var conversation = try conversation("decode=10,ttft=1s", clock)
        try conversation.add(user: "[[tokens:3]]")
        let request = conversation.request
        let engine = conversation.engine
        let sink = RecordingSink()
        try await withThrowingTaskGroup { group in
            group.addTask { try await engine.generate(request, into: sink) }
            var counts: [Int] = []
            for _ in 0..<4 {
                await clock.waitForSleepers(1)
                counts.append(sink.batches.count)
                await clock.advanceToNextDeadline()
            }
            try await group.waitForAll()
            #expect(counts == [0, 0, 1, 2])
        }
        #expect(sink.batches.count == 3)
        #expect(clock.now.offset == .milliseconds(1300))
    }

    @Test(arguments: ["ttft=1s", "prefill=1", "decode=1"])
    func cancellationEndsEveryWait(speed: String) async throws {
        let clock = ManualClock()
        var conversation = try conversation(speed, clock)
        try conversation.add(user: "[[tokens:1000]]")
        let request = conversation.request
        let engine = conversation.engine
        let sink = RecordingSink()
        await withTaskGroup { group in
            group.addTask {
                let error = await #expect(throws: EngineError.self) { try await engine.generate(request, into: sink) }
                #expect(error?.kind == .cancelled)
            }
            await clock.waitForSleepers(1)
            group.cancelAll()
        }
        #expect(sink.batches.isEmpty)
        #expect(clock.now.offset == .zero)
        // What was not read to the end is not cached.
        if speed != "decode=1" {
            let usage = try await clock.runningFreely {
                try await engine.generate(request, into: RecordingSink()).usage
            }
            #expect(usage.cachedTokens == 0)
        }
    }

    @Test func aSlowReaderHoldsTheOutput() async throws {
        var conversation = try Conversation()
        try conversation.add(user: "[[tokens:1000]]")
        let request = conversation.request
        let engine = conversation.engine
        let sink = RecordingSink(pace: .manual)
        let result = try await withThrowingTaskGroup { group in
            group.addTask {
                defer { sink.close() }
                return try await engine.generate(request, into: sink)
            }
            var batches = 0
            while await sink.waitUntilAwaited() {
                batches += 1
                #expect(sink.batches.count == batches)
                #expect(sink.batches.last?.events.count ?? 0 <= 64)
                sink.release()
                await sink.waitForBatches(batches + 1)
            }
            return try await group.next()
        }
        #expect(sink.sentUnready == 0)
        #expect(result?.usage.outputTokens == 1000)
        #expect(sink.generation(result).problems == [])
    }

    @Test func anEndlessAnswerCanBeCancelledInTheMiddle() async throws {
        var conversation = try Conversation()
        try conversation.add(user: "[[tokens:1000000]]")
        let request = conversation.request
        let engine = conversation.engine
        let sink = RecordingSink(pace: .manual)
        await withTaskGroup { group in
            group.addTask {
                let error = await #expect(throws: EngineError.self) { try await engine.generate(request, into: sink) }
                #expect(error?.kind == .cancelled)
            }
            #expect(await sink.waitUntilAwaited())
            group.cancelAll()
        }
        #expect(sink.batches.count == 1)
    }
}
