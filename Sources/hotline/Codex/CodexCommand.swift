import ArgumentParser
import ChildProcess

/// `hotline codex`: opens the installed Codex on a Hotline server.
struct CodexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codex", abstract: "Open the installed Codex on a model of this server.",
        discussion: """
            It uses the server that runs at --server, HOTLINE_SERVER or http://127.0.0.1:8484/v1, with the key in HOTLINE_API_KEY; if \
            none runs at the usual place, it serves the engine itself for the length of the session, with the settings of \
            'hotline serve' from variables and the configuration file. Codex gets a folder of its own within the user's data \
            folder, hotline/codex: ~/.codex is not touched, and its sessions are not seen here. What follows '--' goes to Codex: \
            hotline codex -- exec "Fix the build". The exit code is Codex's.
            """)

    @OptionGroup var flags: AgentFlags

    @Option(help: ArgumentHelp("The program to open, also as HOTLINE_CODEX. (default: codex)", valueName: "program"))
    var codex: String?

    @Argument(parsing: .postTerminator, help: ArgumentHelp("What Codex is given.", valueName: "codex-arguments"))
    var arguments: [String] = []

    func run() async throws {
        let code = try await AgentSession.open(.codex) {
            let path = try AgentProgram.codex.find(codex, environment: ProcessVariable.value)
            let home = try CodexHome(environment: ProcessVariable.value)
            return AgentSession(program: .codex, path: path, flags: flags, folder: home.folder) {
                [flags, arguments] model, key throws(Failure) in
                if !flags.anyContext, let refusal = CodexHead.refusal(of: model) { throw refusal }
                try home.prepare(CodexConfiguration(model: model))
                return AgentStart(arguments: arguments, environment: Self.environment(home, key: key))
            }
        }
        if code != 0 { throw ExitCode(code) }
    }

    static func environment(_ home: CodexHome, key: String?, of variables: [String: String] = ProcessEnvironment.all) -> [String: String] {
        var variables = AgentStart.withoutSecrets(variables)
        variables["CODEX_HOME"] = home.folder.path
        // Without a key Codex asks for no models.
        variables[ClientGuide.keyVariable] = key ?? "none"
        return variables
    }
}
