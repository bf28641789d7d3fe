import ResponsesAPI
import ResponsesClient

/// Carries out a plan: every way in turn, as often as the plan says.
///
/// ```swift
/// let bench = try Bench(plan, target: BenchTarget(url: url, model: "scripted", isScripted: true))
/// let samples = try await bench.run { progress in show(progress) }
/// ```
/// The ways take turns (A B C D, A B C D, …), so that whatever else the machine does meets all of them.
public struct Bench: Sendable {
    private let plan: BenchPlan
    private let target: BenchTarget
    /// Unlike those of every other measurement, so that no cache knows its runs.
    private let name: String

    /// - Throws: `BenchError` when the plan cannot be carried out.
    public init(_ plan: BenchPlan, target: BenchTarget) throws(BenchError) {
        try plan.validate()
        _ = try ProxyTarget(target.url)
        self.plan = plan
        self.target = target
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        name = String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Measures.
    ///
    /// - Parameter progress: called after every turn.
    /// - Returns: a sample for each agent of each run, in the order of the measurement.
    /// - Throws: `BenchError` that says which turn of which way failed, and why; `CancellationError`.
    public func run(progress: @escaping @Sendable (BenchProgress) -> Void = { _ in }) async throws -> [RunSample] {
        let counter = ProgressCounter(plan, progress)
        var samples: [RunSample] = []
        var runs = 0
        for repetition in (plan.hasTrialRun ? -1 : 0)..<plan.repetitions {
            for way in plan.ways {
                counter.begin(way, repetition)
                runs += 1
                let run = try await agents(way, repetition, run: runs, counter)
                if repetition >= 0 { samples += run }
            }
        }
        return samples
    }

    /// All agents of a run, at the same time.
    private func agents(_ way: Way, _ repetition: Int, run: Int, _ counter: ProgressCounter) async throws -> [RunSample] {
        try await withThrowingTaskGroup(of: RunSample.self) { group in
            for agent in 0..<plan.concurrency {
                // Names of one length: every run sends the same number of bytes.
                let agentRun = MeasuredRun(
                    plan: plan, target: target, way: way, repetition: repetition, agent: agent,
                    name: "\(name)-\(1_000_000 + run * BenchPlan.concurrencyMax + agent)")
                group.addTask { try await agentRun.measure { counter.finishedTurn() } }
            }
            var samples: [RunSample] = []
            for try await sample in group { samples.append(sample) }
            return samples.sorted { $0.agent < $1.agent }
        }
    }
}
