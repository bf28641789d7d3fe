import CTurnCounts

/// How a client asks for a turn.
enum Way: String, CaseIterable {
    case webSocket = "WebSocket"
    case sse = "SSE"
    case json = "JSON"

    init?(named name: String) {
        guard let way = Self.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else { return nil }
        self = way
    }

    private var peer: peer_way {
        switch self {
        case .webSocket: PEER_WEBSOCKET
        case .sse: PEER_SSE
        case .json: PEER_JSON
        }
    }

    /// Runs `body` with one connection to the server.
    func connected<R>(port: Int, _ body: () throws -> R) throws -> R {
        guard peer_connect(peer, Int32(port)) else { throw PeerProblem() }
        defer { peer_disconnect() }
        return try body()
    }

    /// Runs turns, one after another, on the connection.
    static func run(turns: Int, stored: Bool, _ shape: AnswerShape) throws {
        for _ in 0..<turns {
            guard peer_turn(stored, shape.answer) else { throw PeerProblem() }
        }
    }
}
