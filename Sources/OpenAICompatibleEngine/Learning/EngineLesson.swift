/// What an engine taught by refusing a request: a field of its profile, and the value that it takes.
struct EngineLesson: Sendable, Hashable {
    let field: String
    let value: String

    init(_ field: String, _ value: String) {
        self.field = field
        self.value = value
    }

    /// Whether messages depend on it. Such a lesson is kept for all models of the engine: a conversation is written down once,
    /// whatever model reads it.
    var isOfHistory: Bool { Self.historyFields.contains(field) }

    private static let historyFields: Set<String> = [
        "reasoning-history", "reasoning-on", "reasoning-empty", "content-beside-calls", "call-ids", "first-message", "after-tools",
        "tool-name",
    ]

    func change(_ profile: inout EngineProfile) {
        do throws(EngineProfileError) {
            try profile.set(field, to: value)
        } catch {
            preconditionFailure("a lesson is of a field that profiles have: \(error.message)")
        }
    }
}
