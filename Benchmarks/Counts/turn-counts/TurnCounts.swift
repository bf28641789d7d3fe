import CTurnCounts
import LibC

/// Counts what a turn costs without a clock. Benchmarks/README.md says how its results are read.
///
/// `main` is synchronous: valgrind ends programs with an asynchronous one.
@main
struct TurnCounts {
    private static let usage = """
        turn-counts allocations                     print allocations per turn and per delta as JSON
        turn-counts places WAY stored|unstored      print where the allocations of a turn are
        turn-counts turns WAY COUNT                 run turns, for callgrind
        turn-counts drive ENGINE-PORT SERVER-PORT COUNT
                                                    be both peers of a server that is traced: per way, COUNT and then twice
                                                    as many turns, with requests for /health before, between and after
        WAY is websocket, sse, json, chat or messages.
        """

    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            complain("\(error)\n")
            exit(1)
        }
        // The server still runs.
        exit(0)
    }

    private static func run(_ arguments: [String]) throws {
        switch arguments.first {
        case "allocations" where arguments.count == 1:
            guard allocations_are_counted() else { return print("{}") }
            let measures = try AllocationCounts(server()).all()
            print("{\n\(measures.map { "  " + $0.json }.joined(separator: ",\n"))\n}")
        case "places" where arguments.count == 3:
            guard let way = Way(named: arguments[1]) else { fallthrough }
            try AllocationCounts(server()).printPlaces(way, stored: arguments[2] == "stored", turns: 200)
        case "turns" where arguments.count == 3:
            guard let way = Way(named: arguments[1]), let turns = Int(arguments[2]) else { fallthrough }
            let server = try server()
            try way.connected(port: server.port) { try Way.run(turns: turns, stored: false, .turn) }
            try server.settle()
        case "drive" where arguments.count == 4:
            guard let engine = Int(arguments[1]), let server = Int(arguments[2]), let turns = Int(arguments[3])
            else { fallthrough }
            try drive(enginePort: engine, serverPort: server, turns: turns)
        default:
            complain(usage + "\n")
            exit(64)
        }
    }

    private static func complain(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func server() throws -> CountedServer {
        let enginePort = peer_listen(0)
        guard enginePort > 0 else { throw PeerProblem() }
        return try .start(enginePort: Int(enginePort))
    }

    private static func drive(enginePort: Int, serverPort: Int, turns: Int) throws {
        guard peer_listen(Int32(enginePort)) > 0, peer_wait_for_server(Int32(serverPort)) else { throw PeerProblem() }
        func mark() throws {
            guard peer_mark(Int32(serverPort)) else { throw PeerProblem() }
        }
        for way in Way.allCases {
            try way.connected(port: serverPort) {
                try Way.run(turns: turns, stored: false, .turn)
                try mark()
                try Way.run(turns: turns, stored: false, .turn)
                try mark()
                try Way.run(turns: 2 * turns, stored: false, .turn)
                try mark()
            }
        }
    }
}
