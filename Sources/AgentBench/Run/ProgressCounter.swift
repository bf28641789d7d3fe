import Synchronization

/// Counts the turns of agents that work at the same time.
final class ProgressCounter: Sendable {
    private let state: Mutex<BenchProgress>
    private let report: @Sendable (BenchProgress) -> Void

    init(_ plan: BenchPlan, _ report: @escaping @Sendable (BenchProgress) -> Void) {
        let rounds = plan.repetitions + (plan.hasTrialRun ? 1 : 0)
        state = Mutex(
            BenchProgress(
                way: plan.ways[0], repetition: 0, repetitions: plan.repetitions, turnsDone: 0,
                turns: plan.turns * plan.concurrency * plan.ways.count * rounds))
        self.report = report
    }

    func begin(_ way: Way, _ repetition: Int) {
        report(
            state.withLock { progress in
                progress.way = way
                progress.repetition = repetition
                return progress
            })
    }

    func finishedTurn() {
        report(
            state.withLock { progress in
                progress.turnsDone += 1
                return progress
            })
    }
}
