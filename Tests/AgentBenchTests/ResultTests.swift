import ResponsesTesting
import Testing

@testable import AgentBench

struct SpreadTests {
    @Test(arguments: [
        ([], Spread([0])),
        ([5], Spread([5, 5])),
    ] as [([Double], Spread)])
    func ends(values: [Double], spread: Spread) { #expect(Spread(values) == spread) }

    @Test(arguments: [
        ([1, 2], 1.25, 1.5, 1.75),
        ([3, 1, 2], 1.5, 2, 2.5),
        ([4, 1, 3, 2], 1.75, 2.5, 3.25),
        ([5, 1, 4, 2, 3], 2, 3, 4),
    ] as [([Double], Double, Double, Double)])
    func quartiles(values: [Double], q1: Double, median: Double, q3: Double) {
        let spread = Spread(values)
        #expect(spread.q1 == q1)
        #expect(spread.median == median)
        #expect(spread.q3 == q3)
        #expect(spread.min == values.min())
        #expect(spread.max == values.max())
    }
}

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

/// A result as a network of 40 ms gives it, without measuring anything.
enum SampleResult {
    static let made: BenchResult = {
        var plan = BenchPlan()
        plan.network = Network(roundTrip: .milliseconds(40), upload: 20e6, download: 100e6)
        var generator = SplitMix64(seed: 1)
        var samples: [RunSample] = []
        for repetition in 0..<plan.repetitions {
            for way in plan.ways {
                let turns = (0..<plan.turns).map { turn in
                    sample(way, turn, plan, noise: Double(generator.next() % 1000) / 1000)
                }
                samples.append(
                    RunSample(
                        way: way, repetition: repetition, agent: 0, warmUp: way.warmsUp ? .milliseconds(8_200) : .zero,
                        warmUpTraffic: way.warmsUp ? Traffic(sent: 141_000, received: 30_000) : Traffic(),
                        total: turns.reduce(.zero) { $0 + $1.duration }, turns: turns))
            }
        }
        return BenchResult(
            samples, of: plan, server: .init(model: "scripted", scripted: "prefill=4000,decode=1000,ttft=20ms"), version: "test",
            measuredAt: 1_795_000_000)
    }()

    private static func sample(_ way: Way, _ turn: Int, _ plan: BenchPlan, noise: Double) -> TurnSample {
        let history = plan.contextBytes + turn * (plan.toolOutputBytes + 600)
        let sent = (way == .httpFull ? history : turn == 0 && !way.warmsUp ? history : plan.toolOutputBytes) + plan.toolsBytes
        var link = Link(roundTrip: .milliseconds(40), bitsPerSecond: 20e6, openAt: .zero)
        let upload = link.send(sent, at: .zero).last?.at ?? .zero
        let prefill = turn == 0 && !way.warmsUp ? 8.0 : Double(plan.toolOutputBytes) / 4 / 4000
        let firstToken = upload + .milliseconds(40) + .seconds(prefill + 0.01 * noise)
        return TurnSample(
            duration: firstToken + .milliseconds(100 + Int(noise * 12)), firstToken: firstToken,
            traffic: Traffic(sent: sent, received: 30_000), inputTokens: history / 4, outputTokens: plan.outputTokens)
    }
}
