import Testing

@testable import AgentBench

struct ResultTests {
    @Test func aWayIsComparedWithTheFirstByItsMedian() {
        let result = SampleResult.made
        #expect(result.ways.map(\.way) == Way.allCases)
        #expect(result.ways[0].ratioToFirst == 1)
        #expect(result.ways[0].savedPercent == 0)
        #expect(abs(result.ways[2].ratioToFirst - result.ways[2].totalMs.median / result.ways[0].totalMs.median) < 1e-12)
    }

    @Test func aWarmUpIsCountedAndLeftOut() throws {
        let warm = SampleResult.made.ways[3]
        let warmUp = try #require(warm.warmUpMs)
        #expect(warmUp.median > 0)
        #expect(warm.totalWithWarmUpMs.median > warm.totalMs.median)
        #expect(warm.ratioToFirstWithWarmUp > warm.ratioToFirst)
        #expect(SampleResult.made.ways[2].warmUpMs == nil)
    }

    @Test func turnsThatARunDidNotReachAreLeftOut() {
        var plan = BenchPlan()
        plan.ways = [.webSocket]
        func run(_ turns: Int) -> RunSample {
            RunSample(
                way: .webSocket, repetition: 0, agent: 0, total: .seconds(1),
                turns: (0..<turns).map { _ in
                    TurnSample(duration: .milliseconds(10), firstToken: .milliseconds(5), traffic: Traffic(sent: 1, received: 2))
                })
        }
        let result = BenchResult(
            [run(2), run(3)], of: plan, server: .init(model: "m"), version: "test", measuredAt: 0)
        #expect(result.ways[0].turns.count == 3)
        #expect(result.ways[0].turns[2].ms.median == 10)
        #expect(result.ways[0].sentBytes.median == 2.5)
    }

    @Test func jsonComesBackAsItWent() throws {
        let json = try SampleResult.made.json()
        #expect(try BenchResult(json: json) == SampleResult.made)
    }

    /// Scripts read these names: a change of one is a change of `format`.
    @Test func jsonNamesAreStable() throws {
        let json = try SampleResult.made.json()
        for name in [
            "format", "measured_at", "version", "server", "plan", "ways", "tool_calls", "context_bytes", "tools_bytes",
            "output_tokens", "tool_output_bytes", "tool_time_ms", "round_trip_ms", "upload_bits_per_second", "concurrency", "repetitions", "way",
            "total_ms", "total_with_warm_up_ms", "warm_up_ms", "ratio_to_first", "ratio_to_first_with_warm_up", "turn_ms",
            "first_token_ms", "sent_bytes", "received_bytes", "cached_tokens", "turns", "full_resends", "resends", "turns_without_call", "runs_total_ms", "median", "q1", "q3",
        ] {
            #expect(json.contains("\"\(name)\" :"), "no \(name)")
        }
    }
}
