import CTurnCounts

/// How often the server asks for memory: per turn, and per delta, read and chunk of a long turn.
///
/// Everything is counted that is not of the calling thread, which is both peers.
struct AllocationCounts {
    private let server: CountedServer
    private let me = allocations_this_thread()

    init(_ server: CountedServer) { self.server = server }

    /// Measures everything, in the order in which it is printed.
    func all() throws -> [Measure] {
        var measures: [Measure] = []
        for way in [Way.webSocket, .sse, .chat, .messages] {
            for content in Content.allCases {
                measures += try way.connected(port: server.port) { try slopes(way, content) }
            }
        }
        for way in Way.allCases {
            for stored in way.canStore ? [true, false] : [false] {
                let count = try way.connected(port: server.port) { try perTurn(.turn, stored: stored, turns: 50) }
                measures.append(
                    Measure("allocations per turn, \(way.rawValue), \(stored ? "stored" : "not stored")", count))
            }
        }
        return measures
    }

    /// So many deltas has the shorter of the long turns. Its end is above 32 KiB, from where on the server counts what a
    /// socket has not taken: that is a step of a turn, which one of two turns would have and its deltas be blamed for.
    private static let deltas = 1600

    /// Long turns of four shapes, whose differences are what one more delta, read or chunk costs.
    private func slopes(_ way: Way, _ content: Content) throws -> [Measure] {
        let deltas = Self.deltas
        let base = try longTurn(content, deltas: deltas, perWrite: 20, perChunk: 20)
        let twice = try longTurn(content, deltas: 2 * deltas, perWrite: 20, perChunk: 20)
        let moreChunks = try longTurn(content, deltas: 2 * deltas, perWrite: 20, perChunk: 10)
        let moreReads = try longTurn(content, deltas: 2 * deltas, perWrite: 10, perChunk: 10)
        let more = Double(2 * deltas / 20)
        let perChunk = (moreChunks - twice) / more
        // Each of its reads has one chunk, so the number of chunks is that of `moreChunks`.
        let perRead = (moreReads - moreChunks) / more
        let perDelta = (twice - base - Double(deltas / 20) * (perRead + perChunk)) / Double(deltas)
        let ofDelta = Measure("allocations per delta, \(way.rawValue), \(content.rawValue)", perDelta)
        guard content == .text else { return [ofDelta] }
        return [
            ofDelta,
            Measure("allocations per read of the engine's answer, \(way.rawValue)", perRead),
            Measure("allocations per chunk of the engine's answer, \(way.rawValue)", perChunk),
        ]
    }

    private func longTurn(_ content: Content, deltas: Int, perWrite: Int, perChunk: Int) throws -> Double {
        let shape = AnswerShape(content: content, deltas: deltas, deltasPerWrite: perWrite, deltasPerChunk: perChunk)
        return try perTurn(shape, stored: false, turns: 3)
    }

    /// The median of blocks of turns, after some that do not count.
    private func perTurn(_ shape: AnswerShape, stored: Bool, turns: Int) throws -> Double {
        try Way.run(turns: 2 * turns, stored: stored, shape)
        let blocks = try (0..<9).map { _ in
            let ofSettling = try allocations {}
            let counted = try allocations { try Way.run(turns: turns, stored: stored, shape) }
            return Double(counted - ofSettling) / Double(turns)
        }
        return blocks.sorted()[blocks.count / 2]
    }

    private func allocations(_ body: () throws -> Void) throws -> Int {
        try server.settle()
        let before = allocations_of_all_but(me)
        try body()
        try server.settle()
        return Int(allocations_of_all_but(me) - before)
    }

    /// Prints where the allocations of a turn are.
    func printPlaces(_ way: Way, stored: Bool, turns: Int) throws {
        try way.connected(port: server.port) {
            try Way.run(turns: 2 * turns, stored: stored, .turn)
            try server.settle()
            allocations_keep_stacks(me)
            try Way.run(turns: turns, stored: stored, .turn)
            try server.settle()
            allocations_print_stacks(Int32(turns))
        }
    }
}
