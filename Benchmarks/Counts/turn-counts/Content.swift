import CTurnCounts

/// What the deltas of an answer are of.
enum Content: String, CaseIterable {
    case text
    case reasoning
    case arguments

    var peer: peer_content {
        switch self {
        case .text: PEER_TEXT
        case .reasoning: PEER_REASONING
        case .arguments: PEER_ARGUMENTS
        }
    }
}
