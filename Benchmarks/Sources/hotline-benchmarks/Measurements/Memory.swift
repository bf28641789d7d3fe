import NIOCore

/// What an idle connection and a turn of a chain hold.
struct MemoryMeasurement: Measurement {
    let name = "memory"
    let title = "Memory of the server"

    private static let chains = 20

    func run(_ plan: Plan) async throws -> [Table] {
        guard Machine.allocatedBytes != nil else {
            throw BenchError("Memory is measured on Linux with glibc 2.33 or newer only.")
        }
        var table = Table(
            heading: "Bytes that are allocated more for each of them.",
            columns: ["what", "how many", "bytes each", "given back at the end"])
        try await LoopThread.with(.load) { load in
            try await BenchServer.withScripted { table.rows.append(try await idle($0)) }
            try await BenchServer.withScripted {
                table.rows.append(try await chains($0, "scripted", load, "turn of a chain, scripted engine"))
            }
            try await FakeUpstream.with(.flood(chunks: 16), on: load) { upstream in
                try await BenchServer.with(upstream: upstream) {
                    table.rows.append(try await chains($0, "tiny", load, "turn of a chain, Chat Completions"))
                }
            }
        }
        return [table]
    }

    private func idle(_ server: BenchServer) async throws -> [String] {
        let count = min(5000, (Machine.raiseFileLimit() - 200) / 2)
        // Buffers of the first connections and the allocator's own are no cost of the rest.
        let warm = try IdleSockets(200, port: server.port)
        let before = try await allocated(server)
        let sockets = try IdleSockets(count, port: server.port)
        let held = try await allocated(server)
        sockets.close()
        let after = try await allocated(server)
        warm.close()
        return row("idle WebSocket", count, before, held, after)
    }

    private func chains(_ server: BenchServer, _ model: String, _ load: LoopThread, _ name: String) async throws -> [String] {
        let warm = try await LoadSocket.connect(port: server.port, on: load)
        try await chain(model, on: warm, turns: 50)
        let before = try await allocated(server)
        var sockets: [LoadSocket] = []
        for _ in 0..<Self.chains {
            let socket = try await LoadSocket.connect(port: server.port, on: load)
            try await chain(model, on: socket, turns: ChainText.length)
            sockets.append(socket)
        }
        let held = try await allocated(server)
        for socket in sockets { try await socket.close() }
        let after = try await allocated(server)
        try await warm.close()
        return row(name, Self.chains * ChainText.length, before, held, after)
    }

    private func chain(_ model: String, on socket: LoadSocket, turns: Int) async throws {
        var previous: String?
        for _ in 0..<turns {
            let message = ChainText.create(model, after: previous)
            previous = try await socket.run(ByteBuffer(string: message)).responseID
        }
    }

    /// Bytes, after the server's loop has done what it had scheduled.
    private func allocated(_ server: BenchServer) async throws -> Int {
        try await Task.sleep(for: .milliseconds(500))
        _ = try await server.thread.nanoseconds()
        return Machine.allocatedBytes ?? 0
    }

    private func row(_ what: String, _ count: Int, _ before: Int, _ held: Int, _ after: Int) -> [String] {
        [
            what, Double(count).fixed(0), (Double(held - before) / Double(count)).fixed(0),
            "\((Double(held - after) / Double(held - before) * 100).fixed(0)) %",
        ]
    }
}
