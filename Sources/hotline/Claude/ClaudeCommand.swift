import ArgumentParser
import ChildProcess

/// `hotline claude`: opens the installed Claude Code on a Hotline server.
struct ClaudeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claude", abstract: "Open the installed Claude Code on a model of this server.",
        discussion: """
            It uses the server that runs at --server, HOTLINE_SERVER or http://127.0.0.1:8484/v1, with the key in HOTLINE_API_KEY; if \
            none runs at the usual place, it serves the engine itself for the length of the session, with the settings of \
            'hotline serve' from variables and the configuration file. Claude Code gets a folder of its own within the user's data \
            folder, hotline/claude: ~/.claude is not touched, and its sessions are not seen here. It starts in manual mode, as auto mode \
            needs a server that judges each call. What follows '--' goes to Claude Code: hotline claude -- -p "Fix the build". Below \
            65536 tokens of context it gets --tools \(ClaudeHead.toolsOfSmall), unless --tools is given. The exit code is Claude Code's.
            """)

    @OptionGroup var flags: AgentFlags

    @Option(help: ArgumentHelp("The program to open, also as HOTLINE_CLAUDE. (default: claude)", valueName: "program"))
    var claude: String?

    @Argument(parsing: .postTerminator, help: ArgumentHelp("What Claude Code is given.", valueName: "claude-arguments"))
    var arguments: [String] = []

    func run() async throws {
        let code = try await AgentSession.open(.claude) {
            let path = try AgentProgram.claude.find(claude, environment: ProcessVariable.value)
            let home = try ClaudeHome(environment: ProcessVariable.value)
            return AgentSession(program: .claude, path: path, flags: flags, folder: home.folder) {
                [flags, arguments] model, key throws(Failure) in
                if !flags.anyContext, let refusal = ClaudeHead.refusal(of: model) { throw refusal }
                try home.prepare()
                if let warning = ClaudeHead.warning(of: model) { Standard.error(warning) }
                return AgentStart(
                    arguments: ClaudeHead.arguments(arguments, contextTokens: model.contextTokens),
                    environment: ClaudeVariables.environment(model, key: key, folder: home.folder, of: ProcessEnvironment.all))
            }
        }
        if code != 0 { throw ExitCode(code) }
    }
}
