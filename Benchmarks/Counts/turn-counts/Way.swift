import CTurnCounts

/// How a client asks for a turn.
enum Way: String, CaseIterable {
    case webSocket = "WebSocket"
    case sse = "SSE"
    case json = "JSON"
    case chat = "Chat"
    case messages = "Messages"

    init?(named name: String) {
        guard let way = Self.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else { return nil }
        self = way
    }

    /// Whether a turn can be stored: clients of the other wires say so without meaning it, and nothing is.
    var canStore: Bool {
        switch self {
        case .webSocket, .sse, .json: true
        case .chat, .messages: false
        }
    }

    private var peer: peer_way {
        switch self {
        case .webSocket: PEER_WEBSOCKET
        case .sse: PEER_SSE
        case .json: PEER_JSON
        case .chat: PEER_CHAT
        case .messages: PEER_MESSAGES
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
