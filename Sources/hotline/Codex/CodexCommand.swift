import ArgumentParser
import ChildProcess
import Logging
import NIOPosix
import ResponsesClient
import ResponsesEngine
import ResponsesServer

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

    @Option(help: ArgumentHelp("The model to use. (default: the first that the server lists)", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("The base URL of a running server.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "Serve this engine for the length of the session: its base URL, 'scripted', or its name in the configuration file.",
            valueName: "url"))
    var engine: String?

    @Option(help: ArgumentHelp("The program to open, also as HOTLINE_CODEX. (default: codex)", valueName: "program"))
    var codex: String?

    @Flag(help: "Open Codex although the model's context is too small for it.")
    var anyContext = false

    @Argument(parsing: .postTerminator, help: ArgumentHelp("What Codex is given.", valueName: "codex-arguments"))
    var arguments: [String] = []

    func run() async throws {
        let code: Int32
        do {
            code = try await open()
        } catch let failure as Failure {
            failure.exit()
        } catch let failure as ChildProcessFailure {
            Failure(message: failure.message, wayOut: "Name another program with --codex.", code: 71).exit()
        }
        if code != 0 { throw ExitCode(code) }
    }

    /// - Returns: Codex's exit code. Where the server runs elsewhere Codex takes this process's place, and nothing is returned.
    private func open() async throws -> Int32 {
        let program = try Self.program(codex, environment: ProcessVariable.value)
        let home = try CodexHome(environment: ProcessVariable.value)
        if let engine {
            guard server == nil else {
                throw Failure.badSetting(
                    "--engine serves an engine here, and --server names a server that runs", "Leave one of them out.")
            }
            return try await serving(engine, program, home)
        }
        let question = try ServerQuestion(server: server, environment: ProcessVariable.value)
        guard let listed = try await question.models() else {
            guard !question.isNamed else {
                throw Failure(
                    message: "nothing listens at \(question.baseURL)",
                    wayOut: "Start that server, or leave --server and \(ServerQuestion.variable) out to serve an engine from here.", code: 69)
            }
            return try await serving(nil, program, home)
        }
        let chosen = try prepare(home, question, listed)
        Standard.error("Codex on '\(chosen.name)' of \(question.baseURL). Its sessions are in \(home.folder).\n")
        throw ForegroundProgram(program, arguments, environment: Self.environment(home, key: question.key)).become()
    }

    private func prepare(_ home: CodexHome, _ question: ServerQuestion, _ listed: [ListedModel]) throws(Failure) -> ServedModel {
        let chosen = try question.choose(model, of: listed)
        if !anyContext, let refusal = CodexHead.refusal(of: chosen) { throw refusal }
        try home.prepare(CodexConfiguration(model: chosen))
        return chosen
    }

    /// - Throws: `Failure` when there is no such program.
    static func program(_ named: String?, environment: (String) -> String?) throws(Failure) -> String {
        let named = [named, environment("HOTLINE_CODEX")].compactMap(\.self).first { !$0.isEmpty }
        if let path = ProgramSearch.find(named ?? "codex", in: environment("PATH")) { return path }
        throw Failure(
            message: named.map { "there is no program '\($0)'" } ?? "Codex is not installed: there is no 'codex' in PATH",
            wayOut: "Install it (npm install -g @openai/codex, or brew install codex), or name the program with --codex or HOTLINE_CODEX.",
            code: 69)
    }

    /// What this process has, without the secrets of a server: the key of its engine is nothing for Codex and its tools.
    static func environment(_ home: CodexHome, key: String?, of variables: [String: String] = ProcessEnvironment.all) -> [String: String] {
        var variables = variables
        for setting in Setting.all where setting.isSecret { variables[setting.variable] = nil }
        variables["CODEX_HOME"] = home.folder
        // Without a key Codex asks for no models.
        variables[ClientGuide.keyVariable] = key ?? "none"
        return variables
    }

    // MARK: A server for the session

    private func serving(_ engine: String?, _ program: String, _ home: CodexHome) async throws -> Int32 {
        let file = try ConfigurationFile.load(flag: nil, environment: ProcessVariable.value)
        let flags = try ServeFlags.parse(engine.map { [Setting.engine.flag, $0] } ?? [])
        var settings = try ServeSettings(flags, file: file)
        // Others on this machine are not to use the engine meanwhile. The key is the same each time, where there is a secret that lasts:
        // a session that Codex takes up again holds compactions, which open for the key that they were made for.
        let lasting = try? SealingSecret.find(given: settings.secret, in: settings.stateFolder)
        let secret = lasting ?? SealingSecret.random
        let key = APIKeys.key(madeOf: secret, for: "codex")
        var keys = APIKeys([key])
        keys.mayStore = settings.server.keys.mayStore
        settings.server.keys = keys
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Cores.count)
        // Lines of a log would stand in the middle of Codex's screen.
        let logger = Logger(label: "hotline", factory: { _ in SwiftLogNoOpLogHandler() })
        let choice = try await EngineChoice(settings: settings, group: group, logger: logger).choose()
        if case .find = settings.engines[0].place, choice.engines.engineIDs == ["scripted"] { throw Self.noEngine }
        // Its store is memory, whatever is said of a file: a server that runs beside it may have the file, and Codex says
        // `store: false` and takes a session up again with all of it.
        return try await LocalServer.with(choice.engines, settings.server, sealer: AESSealer(secret: secret), on: group) { url in
            let question = ServerQuestion(baseURL: url, key: key)
            let chosen = try prepare(home, question, try await question.models() ?? [])
            Standard.error("Codex on '\(chosen.name)' of \(choice.description). Its sessions are in \(home.folder).\n")
            return try await ForegroundProgram(program, arguments, environment: Self.environment(home, key: key)).run()
        }
    }

    /// The scripted engine would answer, but it is not a model.
    private static let noEngine = Failure(
        message: "no server runs at the usual place, and no engine answers on this machine",
        wayOut: "Start an engine, name one with --engine URL, or name a running server with --server; --engine scripted only tries the "
            + "protocol.", code: 69)
}
