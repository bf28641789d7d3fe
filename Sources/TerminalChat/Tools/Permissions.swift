/// Which calls may run without being asked about.
struct Permissions: Sendable {
    /// Everything runs.
    var allowsAll: Bool
    /// Whether there is a user to ask.
    var canAsk: Bool
    /// What the user gives to let everything run, for the text of a denial.
    var wayToAllowAll: String
    private var always: Set<String> = []

    init(allowsAll: Bool, canAsk: Bool, wayToAllowAll: String) {
        (self.allowsAll, self.canAsk, self.wayToAllowAll) = (allowsAll, canAsk, wayToAllowAll)
    }

    enum Decision: Hashable { case run, ask, deny(reason: String) }

    func decision(for tool: String) -> Decision {
        if allowsAll || always.contains(tool) { return .run }
        return canAsk ? .ask : .deny(reason: "There is no terminal to ask for approval, and \(wayToAllowAll) was not given.")
    }

    /// What the user may answer.
    enum Answer: Hashable {
        case yes, always
        /// Perhaps with words for the model: `no, use git grep`.
        case no(String?)
        /// Anything else: the question is asked again.
        case unclear

        init(_ text: String) {
            let text = text.trimmed
            let word = text.prefix { $0.isLetter }
            let rest = String(text.dropFirst(word.count).drop { $0 == "," || $0 == ":" || $0.isWhitespace })
            switch word.lowercased() {
            case "y", "yes": self = rest.isEmpty ? .yes : .unclear
            case "n", "no": self = .no(rest.isEmpty ? nil : rest)
            case "a", "always": self = rest.isEmpty ? .always : .unclear
            default: self = .unclear
            }
        }
    }

    mutating func allowAlways(_ tool: String) { always.insert(tool) }

    static func question(_ tool: String) -> String {
        "  Run it? [y]es / [n]o / [a]lways \(SafeText.forDeciding(tool).cut(toColumns: 30)): "
    }

    /// What the model reads after a no.
    static func refusal(_ words: String?) -> String { "The user said no" + (words.map { ": \($0)" } ?? ".") }
}
