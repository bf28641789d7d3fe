/// When Codex is to send its tools once and not with every turn ("Responses Lite").
///
/// It makes a turn's frame small. The price is one call a turn: Codex asks for no parallel calls then. Where bytes cost nothing
/// parallel calls are worth more.
public enum CodexLite: String, Sendable, CaseIterable {
    /// For clients on other machines.
    case auto
    case on
    case off

    func holds(isLoopback: Bool) -> Bool {
        switch self {
        case .auto: !isLoopback
        case .on: true
        case .off: false
        }
    }
}
