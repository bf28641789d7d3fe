import NIOCore

/// How long a frame takes to become a request upstream, and a chunk from there to become a frame.
struct LatencyMeasurement: Measurement {
    let name = "latency"
    let title = "Latency: one client, one turn at a time"

    private static let chunks = 20
    private static let interval = TimeAmount.milliseconds(1)

    /// Microseconds.
    private struct Times {
        var toUpstream = Samples()
        var toClient = Samples()
        var serverPerTurn = Samples()
    }

    func run(_ plan: Plan) async throws -> [Table] {
        let turns = max(50, Int(plan.seconds * 40))
        var server = Times()
        var relay = Times()
        try await LoopThread.with(.load) { load in
            try await FakeUpstream.with(.paced(chunks: Self.chunks, every: Self.interval), on: load) { upstream in
                for _ in 0..<plan.rounds {
                    try await BenchServer.with(upstream: upstream) { target in
                        let socket = try await LoadSocket.connect(port: target.port, on: load, notesDeltas: true)
                        try await measure(turns, upstream, target.thread, &server) {
                            try await socket.run(ByteBuffer(string: Self.create))
                        }
                        try await socket.close()
                    }
                    try await LoopThread.with(.server) { thread in
                        try await ByteRelay.with(to: upstream.port, on: thread) { target in
                            let stream = try await LoadStream.connect(port: target.port, on: load)
                            try await measure(turns, upstream, thread, &relay) { try await stream.run(Self.chat) }
                            try await stream.close()
                        }
                    }
                }
            }
        }
        var table = Table(
            heading: "\(plan.rounds) rounds of \(turns) turns, \(Self.chunks) chunks each, one per ms; µs over all, and CPU per turn.",
            columns: [
                "", "frame in to whole request upstream, median / p99", "upstream chunk to frame out, median / p99",
                "server CPU per turn",
            ])
        for (name, times) in [("hotline", server), ("a relay of bytes in its place", relay)] {
            table.rows.append([
                name, "\(times.toUpstream.median.fixed(0)) / \(times.toUpstream.percentile(0.99).fixed(0))",
                "\(times.toClient.median.fixed(0)) / \(times.toClient.percentile(0.99).fixed(0))",
                times.serverPerTurn.summary(0),
            ])
        }
        return [table]
    }

    private func measure(
        _ turns: Int, _ upstream: FakeUpstream, _ thread: LoopThread, _ times: inout Times,
        _ run: () async throws -> LoadSocket.Turn
    ) async throws {
        for _ in 0..<10 { _ = try await run() }
        var collected = times
        let nanoseconds = try await thread.nanoseconds {
            for _ in 0..<turns {
                let turn = try await run()
                let seen = upstream.last
                guard turn.deltasAt.count == seen.chunksAt.count else { throw BenchError("A delta is missing.") }
                collected.toUpstream.add(Double(seen.lastByteAt - turn.sentAt) / 1000)
                for (sent, came) in zip(seen.chunksAt, turn.deltasAt) { collected.toClient.add(Double(came - sent) / 1000) }
            }
        }
        collected.serverPerTurn.add(nanoseconds / Double(turns) / 1000)
        times = collected
    }

    private static let create =
        #"{"type":"response.create","model":"tiny","store":false,"input":[{"role":"user","content":"Say twenty words."}]}"#
    private static let chat =
        #"{"model":"tiny","stream":true,"messages":[{"role":"user","content":"Say twenty words."}]}"#
}
