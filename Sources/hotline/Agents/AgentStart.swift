/// How an agent's program is started on a model.
struct AgentStart: Sendable, Hashable {
    var arguments: [String]
    /// All of its variables, not only those that we add.
    var environment: [String: String]

    /// What this process has, without the secrets of a server: the key of its engine is nothing for an agent and its tools.
    static func withoutSecrets(_ variables: [String: String]) -> [String: String] {
        let secrets = Set(Setting.all.filter(\.isSecret).map(\.variable))
        return variables.filter { !secrets.contains($0.key) }
    }
}
