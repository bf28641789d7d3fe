extension BenchResult {
    /// Sums up samples.
    ///
    /// - Parameter samples: in the order they were taken.
    public init(_ samples: [RunSample], of plan: BenchPlan, server: Server, version: String, measuredAt: Int) {
        self.measuredAt = measuredAt
        self.version = version
        self.server = server
        self.plan = Plan(plan)
        var first: (total: Double, withWarmUp: Double)?
        ways = plan.ways.map { way in
            let result = WayResult(way, samples.filter { $0.way == way }, comparedWith: first)
            if first == nil { first = (result.totalMs.median, result.totalWithWarmUpMs.median) }
            return result
        }
    }
}

extension BenchResult.Plan {
    init(_ plan: BenchPlan) {
        toolCalls = plan.toolCalls
        contextBytes = plan.contextBytes
        toolsBytes = plan.toolsBytes
        outputTokens = plan.outputTokens
        toolOutputBytes = plan.toolOutputBytes
        toolTimeMs = plan.toolTime.milliseconds
        roundTripMs = plan.network.roundTrip.milliseconds
        uploadBitsPerSecond = plan.network.upload
        downloadBitsPerSecond = plan.network.download
        concurrency = plan.concurrency
        repetitions = plan.repetitions
    }

    public var turns: Int { toolCalls + 1 }
}

extension BenchResult.WayResult {
    init(_ way: Way, _ runs: [RunSample], comparedWith first: (total: Double, withWarmUp: Double)?) {
        func spread(_ value: (RunSample) -> Double) -> Spread { Spread(runs.map(value)) }
        func sum(_ value: @escaping (TurnSample) -> Int) -> Spread {
            spread { Double($0.turns.reduce(0) { $0 + value($1) }) }
        }
        self.way = way
        let total = spread { $0.total.milliseconds }
        let totalWithWarmUp = spread { ($0.total + $0.warmUp).milliseconds }
        func ratio(_ value: Double, _ first: Double?) -> Double {
            guard let first, first > 0 else { return 1 }
            return value / first
        }
        totalMs = total
        totalWithWarmUpMs = totalWithWarmUp
        warmUpMs = way.warmsUp ? spread { $0.warmUp.milliseconds } : nil
        ratioToFirst = ratio(total.median, first?.total)
        ratioToFirstWithWarmUp = ratio(totalWithWarmUp.median, first?.withWarmUp)
        let turns = runs.flatMap(\.turns)
        turnMs = Spread(turns.map(\.duration.milliseconds))
        firstTokenMs = Spread(turns.map(\.firstToken.milliseconds))
        sentBytes = spread { Double($0.traffic.sent) }
        receivedBytes = spread { Double($0.traffic.received) }
        inputTokens = sum(\.inputTokens)
        cachedTokens = sum(\.cachedTokens)
        outputTokens = sum(\.outputTokens)
        fullResends = runs.reduce(0) { $0 + $1.fullResends }
        resends = runs.reduce(0) { $0 + $1.resends }
        turnsWithoutCall = runs.reduce(0) { $0 + $1.turnsWithoutCall }
        let count = runs.map(\.turns.count).max() ?? 0
        self.turns = (0..<count).map { index in
            BenchResult.TurnResult(turn: index + 1, runs.compactMap { $0.turns.indices.contains(index) ? $0.turns[index] : nil })
        }
        runsTotalMs = runs.map(\.total.milliseconds)
    }
}

extension BenchResult.TurnResult {
    init(turn: Int, _ samples: [TurnSample]) {
        self.turn = turn
        ms = Spread(samples.map(\.duration.milliseconds))
        firstTokenMs = Spread(samples.map(\.firstToken.milliseconds))
        sentBytes = Spread(samples.map { Double($0.traffic.sent) })
        receivedBytes = Spread(samples.map { Double($0.traffic.received) })
    }
}
