import NIOCore

/// How many deltas one core takes from engines to clients, over 64 connections.
struct RelayMeasurement: Measurement {
    let name: String
    let title: String
    private let answer: FakeUpstream.Answer

    /// Long answers that come faster than they can be passed on.
    static let flood = RelayMeasurement(
        name: "flood", title: "Relay, flooded: 64 connections, 2,000 chunks a turn, all at once", answer: .flood(chunks: 2000))

    /// Short answers at once: what a turn costs besides its deltas.
    static let turns = RelayMeasurement(
        name: "turns", title: "Relay of short turns: 64 connections, 32 chunks a turn, all at once", answer: .flood(chunks: 32))

    /// 25,600 chunks a second in all, each a write of its own, as from engines at work.
    static let paced = RelayMeasurement(
        name: "paced", title: "Relay, paced: 64 connections, a chunk on each every 2.5 ms",
        answer: .paced(chunks: 200, every: .microseconds(2500)))

    private static let connections = 64
    private static let create = #"{"type":"response.create","model":"tiny","store":false,"input":"go"}"#
    private static let chat = #"{"model":"tiny","stream":true,"messages":[{"role":"user","content":"go"}]}"#

    private struct Figures {
        /// Thousand deltas per second that the server's thread ran, and per second of the clock.
        var perCPUSecond = Samples()
        var perSecond = Samples()
        /// Microseconds of the server's thread.
        var perTurn = Samples()
        var bytesPerDelta = Samples()
    }

    func run(_ plan: Plan) async throws -> [Table] {
        var server = Figures()
        var relay = Figures()
        try await LoopThread.with(.load) { load in
            try await FakeUpstream.with(answer, on: load) { upstream in
                for _ in 0..<plan.rounds {
                    try await BenchServer.with(upstream: upstream) { target in
                        let sockets = try await connect { try await LoadSocket.connect(port: target.port, on: load) }
                        try await measure(plan, target.thread, &server, sockets) {
                            try await $0.run(ByteBuffer(string: Self.create))
                        }
                        for socket in sockets { try await socket.close() }
                    }
                    try await LoopThread.with(.server) { thread in
                        try await ByteRelay.with(to: upstream.port, on: thread) { target in
                            let streams = try await connect { try await LoadStream.connect(port: target.port, on: load) }
                            try await measure(plan, thread, &relay, streams) { try await $0.run(Self.chat) }
                            for stream in streams { try await stream.close() }
                        }
                    }
                }
            }
        }
        var table = Table(
            heading: "Thousand deltas per second, medians of \(plan.rounds) rounds (lowest to highest); a chunk has 170 bytes.",
            columns: [
                "through one thread of", "per CPU second", "per second of the clock", "CPU µs per turn",
                "bytes per delta to the client",
            ])
        for (name, figures) in [("hotline", server), ("a relay of bytes in its place", relay)] {
            table.rows.append([
                name, figures.perCPUSecond.summary(0), figures.perSecond.median.fixed(0), figures.perTurn.summary(0),
                figures.bytesPerDelta.median.fixed(0),
            ])
        }
        return [table]
    }

    private func connect<C>(_ make: () async throws -> C) async throws -> [C] {
        var all: [C] = []
        for _ in 0..<Self.connections { all.append(try await make()) }
        return all
    }

    /// Has every client run turns one after another, and sums up what came.
    private func measure<C: Sendable>(
        _ plan: Plan, _ thread: LoopThread, _ figures: inout Figures, _ clients: [C],
        _ run: @escaping @Sendable (C) async throws -> LoadSocket.Turn
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for client in clients { group.addTask { _ = try await run(client) } }
        }
        let began = Machine.nanoseconds
        let end = began + UInt64(plan.seconds * 1e9)
        var sum = Sum()
        let busy = try await thread.nanoseconds {
            sum = try await withThrowingTaskGroup(of: Sum.self) { group in
                for client in clients {
                    group.addTask {
                        var sum = Sum()
                        while Machine.nanoseconds < end { sum.add(try await run(client)) }
                        return sum
                    }
                }
                return try await group.reduce(into: Sum()) { $0.add($1) }
            }
        }
        let elapsed = Double(Machine.nanoseconds - began)
        figures.perCPUSecond.add(Double(sum.deltas) / busy * 1e6)
        figures.perSecond.add(Double(sum.deltas) / elapsed * 1e6)
        figures.perTurn.add(busy / 1000 / Double(sum.turns))
        figures.bytesPerDelta.add(Double(sum.bytes) / Double(sum.deltas))
    }

    private struct Sum {
        var turns = 0
        var deltas = 0
        var bytes = 0

        mutating func add(_ turn: LoadSocket.Turn) {
            turns += 1
            deltas += turn.deltas
            bytes += turn.bytes
        }

        mutating func add(_ other: Sum) {
            turns += other.turns
            deltas += other.deltas
            bytes += other.bytes
        }
    }
}
