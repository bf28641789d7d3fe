/// Which calls may run without being asked about.
struct Permissions: Sendable {
    /// Everything runs: `--yes`.
    var allowsAll: Bool
    /// Whether there is somebody to ask.
    var canAsk: Bool
    private var always: Set<String> = []

    init(allowsAll: Bool, canAsk: Bool) {
        self.allowsAll = allowsAll
        self.canAsk = canAsk
    }

    enum Decision: Hashable { case run, ask, deny(reason: String) }

    func decision(for tool: String) -> Decision {
        if allowsAll || always.contains(tool) { return .run }
        return canAsk ? .ask : .deny(reason: "there is no terminal to ask for approval, and --yes was not given")
    }

    /// What a person may answer.
    enum Answer: Hashable {
        case yes, no, always
        /// Anything else; it is asked again.
        case unclear

        init(_ text: String) {
            switch text.trimmed.lowercased() {
            case "y", "yes": self = .yes
            case "n", "no": self = .no
            case "a", "always": self = .always
            default: self = .unclear
            }
        }
    }

    mutating func allowAlways(_ tool: String) { always.insert(tool) }

    static func question(_ tool: String) -> String {
        "  Run it? [y]es / [n]o / [a]lways \(SafeText.forDeciding(tool).cut(toColumns: 30)): "
    }
    static let refusal = "the user did not allow this call"
}
