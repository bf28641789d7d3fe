import ResponsesTesting

@testable import AgentBench

/// A result as a network of 40 ms gives it, without measuring anything.
enum SampleResult {
    static let made: BenchResult = {
        var plan = BenchPlan()
        plan.ways = Way.allCases
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
        let sent = (!way.sendsIncrements ? history : turn == 0 && !way.warmsUp ? history : plan.toolOutputBytes) + plan.toolsBytes
        var link = Link(roundTrip: .milliseconds(40), bitsPerSecond: 20e6, openAt: .zero)
        let upload = link.send(sent, at: .zero).last?.at ?? .zero
        let prefill = turn == 0 && !way.warmsUp ? 8.0 : Double(plan.toolOutputBytes) / 4 / 4000
        let firstToken = upload + .milliseconds(40) + .seconds(prefill + 0.01 * noise)
        return TurnSample(
            duration: firstToken + .milliseconds(100 + Int(noise * 12)), firstToken: firstToken,
            traffic: Traffic(sent: sent, received: 30_000), inputTokens: history / 4, outputTokens: plan.outputTokens)
    }
}
