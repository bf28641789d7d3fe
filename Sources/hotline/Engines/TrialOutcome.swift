/// How one case of a trial went.
struct TrialOutcome: Sendable, Hashable {
    enum Verdict: String, Sendable {
        case right
        case wrong
        /// The model did something else than it was asked; that says little about the engine.
        case unclear
        /// It was not asked for.
        case untried = "not tried"
    }

    var verdict: Verdict
    /// What was seen, in a few words; never what the model said.
    var seen: String

    static func right(_ seen: String) -> TrialOutcome { TrialOutcome(verdict: .right, seen: seen) }
    static func wrong(_ seen: String) -> TrialOutcome { TrialOutcome(verdict: .wrong, seen: seen) }
    static func unclear(_ seen: String) -> TrialOutcome { TrialOutcome(verdict: .unclear, seen: seen) }
    static func untried(_ seen: String) -> TrialOutcome { TrialOutcome(verdict: .untried, seen: seen) }
}
