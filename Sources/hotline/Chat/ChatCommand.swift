import ArgumentParser
import TerminalChat

/// `hotline chat`: a conversation in the terminal, over one line.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Talk to a model in the terminal, over one line.",
        discussion: """
            With PROMPT, or text on standard input, it asks once, prints the answer and ends: with 0, with 1 when the turn \
            failed, with 130 after Ctrl-C. Otherwise it is a conversation; /help lists its commands. \
            The server can be named by HOTLINE_SERVER as well, and the key by HOTLINE_API_KEY or HOTLINE_KEY, where the list of \
            processes does not show it. NO_COLOR turns colours off.

            Tools get the environment without variables that are named like secrets: HOTLINE_…, and names with a word KEY, or \
            one that ends in TOKEN, SECRET, PASSWORD, PASSWD, PASSPHRASE, APIKEY or CREDENTIAL. Nor can they read those from \
            this process. --tool-env passes one on.
            """)

    @Option(help: ArgumentHelp("The server's base URL. (default: \(ChatOptions.defaultURL))", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("The key that the server wants.", valueName: "key"))
    var key: String?

    @Option(help: ArgumentHelp("The model to use. (default: the first that the server lists)", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("Instructions for the model, or @FILE that holds them.", valueName: "text"))
    var instructions: String?

    @Option(
        help: ArgumentHelp(
            "What the model may do after you approve each call: shell, files, or both separated by a comma.", valueName: "tools"))
    var tools: String?

    @Flag(help: "Run tools without asking.")
    var yes = false

    @Option(help: ArgumentHelp("The directory that the tools work in. (default: this one)", valueName: "dir"))
    var cwd: String?

    @Option(
        name: .customLong("tool-env"),
        help: ArgumentHelp(
            "A variable that tools get although its name is one of a secret, such as GITHUB_TOKEN. Repeatable.", valueName: "name"))
    var toolVariables: [String] = []

    @Option(help: ArgumentHelp("Keep typed lines in this file. (default: they are not kept)", valueName: "file"))
    var history: String?

    @Flag(help: "Show answers as they are written, without formatting Markdown.")
    var plain = false

    @Argument(help: "One question; '-' stands for standard input.")
    var prompt: [String] = []

    func run() async throws {
        let ending: ChatEnding
        do {
            let terminal = Terminal.current(environment: ProcessVariable.value)
            let options = options(environment: ProcessVariable.value)
            ChatSecrets.hide(passing: options.toolVariables, keyFlag: "--key")
            let settings = try ChatSettings(options, terminal: terminal)
            ending = try await Chat(settings: settings, terminal: terminal).run()
        } catch let failure as ChatFailure {
            Failure(failure).exit()
        }
        let code = Self.exitCode(ending)
        if code != 0 { throw ExitCode(code) }
    }

    func options(environment: (String) -> String?) -> ChatOptions {
        var options = ChatOptions()
        if let url = ServerQuestion.address(url, environment: environment) { options.url = url }
        options.key = ServerQuestion.key(key, environment: environment)
        options.model = model
        options.instructions = instructions
        options.tools = tools
        options.allowsAll = yes
        if let cwd { options.directory = cwd }
        options.toolVariables = toolVariables
        options.historyFile = history
        options.isPlain = plain
        options.prompt = prompt
        for setting in ChatSetting.allCases { options.names[setting] = setting.flag }
        return options
    }

    /// A contract for scripts, as the codes of `Failure` are.
    static func exitCode(_ ending: ChatEnding) -> Int32 {
        switch ending {
        case .answered, .left: 0
        case .failed: 1
        case .cancelled: 130
        case .signal(let number): 128 + number
        }
    }
}
