import ArgumentParser
import ResponsesAPI
import ResponsesClient

/// `hotline chat`: a conversation in the terminal, over one line.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Talk to a model in the terminal, over one line.",
        discussion: """
            With PROMPT, or text on standard input, it asks once, prints the answer and ends: with 0, with 1 when the turn \
            failed, with 130 after Ctrl-C. Otherwise it is a conversation; /help lists its commands. \
            The key can be given as HOTLINE_KEY as well, where the list of processes does not show it. NO_COLOR turns \
            colours off.
            """)

    @Option(help: ArgumentHelp("The server's base URL. (default: \(ChatSettings.defaultURL))", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("The key that the server wants.", valueName: "key"))
    var key: String?

    @Option(help: ArgumentHelp("The model to ask for. (default: the first that the server lists)", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("What the model is told before anything else, or @FILE that holds it.", valueName: "text"))
    var instructions: String?

    @Option(
        help: ArgumentHelp(
            "What the model may do, after you approved each call: shell, files, or both with a comma.", valueName: "tools"))
    var tools: String?

    @Flag(help: "Run tools without asking.")
    var yes = false

    @Option(help: ArgumentHelp("The directory that the tools work in. (default: this one)", valueName: "dir"))
    var cwd: String?

    @Option(help: ArgumentHelp("Keep typed lines in this file. (default: they are forgotten)", valueName: "file"))
    var history: String?

    @Flag(help: "Show answers as they are written, without Markdown's looks.")
    var plain = false

    @Argument(help: "One question; '-' stands for standard input.")
    var prompt: [String] = []

    func run() async throws {
        let code: Int32
        do {
            let terminal = Terminal.current(environment: ChatSettings.processVariable)
            let settings = try ChatSettings(self, terminal: terminal)
            code = try await Chat(settings: settings, terminal: terminal).run()
        } catch let failure as Failure {
            failure.exit()
        }
        if code != 0 { throw ExitCode(code) }
    }
}
