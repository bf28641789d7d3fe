import NIOCore

/// What a turn costs the whole server, by its place in the chain, over one WebSocket.
struct ServedChainMeasurement: Measurement {
    let name = "chain"
    let title = "Cost of a turn through the server, by its place in the chain"

    /// Microseconds per turn, for each window of the chain.
    private struct Figures {
        var server = Samples()
        var whole = Samples()
        /// From the client's send to the first byte of the request upstream.
        var firstByte = Samples()
        /// KiB of the request upstream.
        var upstreamBytes = Samples()
    }

    private typealias Windows = [Figures]

    func run(_ plan: Plan) async throws -> [Table] {
        let none = Windows(repeating: Figures(), count: ChainText.windows.count)
        var (scriptedAdded, scriptedResent, chatAdded, chatResent) = (none, none, none, none)
        try await LoopThread.with(.load) { load in
            try await FakeUpstream.with(.flood(chunks: 16), on: load) { upstream in
                for _ in 0..<plan.rounds {
                    try await BenchServer.withScripted {
                        try await measure($0, nil, load, &scriptedAdded, &scriptedResent)
                    }
                    try await BenchServer.with(upstream: upstream) {
                        try await measure($0, upstream, load, &chatAdded, &chatResent)
                    }
                }
            }
        }
        let columns = ["", "sent"] + ChainText.windows.map { "turn \($0.name)" }
        func rows(_ name: String, _ added: Windows, _ resent: Windows, _ value: (Figures) -> String) -> [[String]] {
            [[name, "new item only"] + added.map(value), [name, "all items"] + resent.map(value)]
        }
        return [
            Table(
                heading: "Scripted engine: µs per turn, medians (lowest to highest) of \(plan.rounds) rounds.", columns: columns,
                rows: rows("CPU of the server's thread", scriptedAdded, scriptedResent) { $0.server.summary(0) }
                    + rows("send to last event", scriptedAdded, scriptedResent) { $0.whole.summary(0) }),
            Table(
                heading: "Chat Completions, to which the whole conversation must be sent each turn: µs per turn.",
                columns: columns,
                rows: rows("send to first byte upstream", chatAdded, chatResent) { $0.firstByte.summary(0) }
                    + rows("CPU of the server's thread", chatAdded, chatResent) { $0.server.summary(0) }
                    + rows("KiB sent upstream", chatAdded, chatResent) { $0.upstreamBytes.median.fixed(1) }),
        ]
    }

    private func measure(
        _ server: BenchServer, _ upstream: FakeUpstream?, _ load: LoopThread, _ added: inout Windows, _ resent: inout Windows
    ) async throws {
        let model = upstream == nil ? "scripted" : "tiny"
        let warm = try await LoadSocket.connect(port: server.port, on: load)
        for _ in 0..<200 { _ = try await warm.run(ByteBuffer(string: ChainText.create(model, after: nil))) }
        try await warm.close()

        // A chain has one first turn: more chains, so that it has a median.
        for chain in 0..<20 {
            let socket = try await LoadSocket.connect(port: server.port, on: load)
            let length = chain < 2 ? ChainText.length : 1
            var previous: String?
            var window = 0
            var turn = 0
            while turn < length {
                if window < added.count, ChainText.windows[window].turns.lowerBound == turn {
                    let count = ChainText.windows[window].turns.count
                    try await note(server, upstream, &added[window], turns: count) {
                        let message = ByteBuffer(string: ChainText.create(model, after: previous))
                        let turn = try await socket.run(message)
                        previous = turn.responseID
                        return turn
                    }
                    turn += count
                    window += 1
                } else {
                    previous = try await socket.run(ByteBuffer(string: ChainText.create(model, after: previous))).responseID
                    turn += 1
                }
            }
            try await socket.close()
        }

        let socket = try await LoadSocket.connect(port: server.port, on: load)
        for (index, window) in ChainText.windows.enumerated() {
            let message = ByteBuffer(string: ChainText.create(model, withHistoryOf: window.name))
            try await note(server, upstream, &resent[index], turns: 20) { try await socket.run(message) }
        }
        try await socket.close()
    }

    private func note(
        _ server: BenchServer, _ upstream: FakeUpstream?, _ figures: inout Figures, turns: Int,
        _ run: () async throws -> LoadSocket.Turn
    ) async throws {
        var whole = Samples()
        var firstByte = Samples()
        // Asking the thread for its time takes some, which counts when a window is a single turn.
        var asking = Samples()
        for _ in 0..<5 { asking.add(try await server.thread.nanoseconds {}) }
        let nanoseconds = try await server.thread.nanoseconds {
            for _ in 0..<turns {
                let turn = try await run()
                whole.add(Double(turn.endedAt - turn.sentAt) / 1000)
                guard let seen = upstream?.last else { continue }
                firstByte.add(Double(seen.firstByteAt - turn.sentAt) / 1000)
                figures.upstreamBytes.add(Double(seen.bytes) / 1024)
            }
        }
        figures.server.add((nanoseconds - asking.median) / Double(turns) / 1000)
        figures.whole.add(whole.median)
        if upstream != nil { figures.firstByte.add(firstByte.median) }
    }
}
