import CTurnCounts

/// A turn went wrong.
struct PeerProblem: Error, CustomStringConvertible {
    let description: String

    init() { description = "A turn went wrong: " + String(cString: peer_problem()) }
}
