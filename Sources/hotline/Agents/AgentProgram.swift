/// The program of an agent: what it is called, and how people get it.
struct AgentProgram: Sendable, Hashable {
    /// What people call it.
    let title: String
    /// Of the program, of our flag and subcommand for it, of its folder, and of the key that is made for it.
    let name: String
    /// Completes "Install it (…)".
    let installation: String

    static let codex = AgentProgram(
        title: "Codex", name: "codex", installation: "npm install -g @openai/codex, or brew install codex")
    static let claude = AgentProgram(
        title: "Claude Code", name: "claude", installation: "npm install -g @anthropic-ai/claude-code")

    /// Names another program.
    var variable: String { "HOTLINE_\(name.uppercased())" }

    /// - Returns: the path of the program.
    /// - Throws: `Failure` when there is no such program.
    func find(_ named: String?, environment: (String) -> String?) throws(Failure) -> String {
        let named = [named, environment(variable)].compactMap(\.self).first { !$0.isEmpty }
        if let path = ProgramSearch.find(named ?? name, in: environment("PATH")) { return path }
        throw Failure(
            message: named.map { "there is no program '\($0)'" } ?? "\(title) is not installed: there is no '\(name)' in PATH",
            wayOut: "Install it (\(installation)), or name the program with --\(name) or \(variable).", code: 69)
    }
}
