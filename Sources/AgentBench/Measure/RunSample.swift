/// The work of one agent, done once.
public struct RunSample: Sendable, Hashable {
    public var way: Way
    /// From 0; the trial run is in no sample.
    public var repetition: Int
    /// From 0 to the concurrency.
    public var agent: Int
    /// The warmup and connecting for it; zero for the ways without one.
    public var warmUp: Duration
    public var warmUpTraffic: Traffic
    /// From the first turn's request to the last turn's end, connecting included, the warmup not.
    public var total: Duration
    public var turns: [TurnSample]
    /// Turns after the first that sent the whole conversation although the way sends what is new: the server did not know
    /// the response before.
    public var fullResends = 0
    /// How often a turn was sent again before anything of it was answered, as its connection was gone.
    public var resends = 0
    /// TCP connections that carried something.
    public var connections = 0
    /// Turns in which the model was to call a tool and called none; the user spoke in its place.
    public var turnsWithoutCall = 0

    public init(
        way: Way, repetition: Int, agent: Int, warmUp: Duration = .zero, warmUpTraffic: Traffic = Traffic(), total: Duration,
        turns: [TurnSample]
    ) {
        self.way = way
        self.repetition = repetition
        self.agent = agent
        self.warmUp = warmUp
        self.warmUpTraffic = warmUpTraffic
        self.total = total
        self.turns = turns
    }

    /// All bytes of the run, the warmup's too.
    public var traffic: Traffic { turns.reduce(warmUpTraffic) { $0 + $1.traffic } }
}
