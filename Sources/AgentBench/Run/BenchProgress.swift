/// How far a measurement is.
public struct BenchProgress: Sendable, Hashable {
    public var way: Way
    /// From 0; -1 in the trial run.
    public var repetition: Int
    public var repetitions: Int
    public var turnsDone: Int
    /// Of all runs, the trial run included.
    public var turns: Int

    public init(way: Way, repetition: Int, repetitions: Int, turnsDone: Int, turns: Int) {
        self.way = way
        self.repetition = repetition
        self.repetitions = repetitions
        self.turnsDone = turnsDone
        self.turns = turns
    }
}
