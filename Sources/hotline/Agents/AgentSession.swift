import ArgumentParser
import ChildProcess
import Logging
import NIOPosix
import ResponsesClient
import ResponsesEngine
import ResponsesServer

/// An agent's program, opened on a Hotline server: on one that runs, or on one that serves an engine for the length of the session.
struct AgentSession: Sendable {
    let program: AgentProgram
    /// The path of what is opened.
    let path: String
    let flags: AgentFlags
    let folder: AgentFolder
    /// Judges the model, writes what the agent reads, and says how it is started. Called once, with the key for the server.
    let start: @Sendable (ServedModel, _ key: String?) throws(Failure) -> AgentStart

    /// Opens the agent and ends this process as it ends; what hinders that is said on standard error.
    ///
    /// - Throws: `ExitCode` with that of the agent.
    static func open(_ program: AgentProgram, _ session: () throws -> AgentSession) async throws -> Int32 {
        do {
            return try await session().run()
        } catch let failure as Failure {
            failure.exit()
        } catch let failure as ChildProcessFailure {
            Failure(message: failure.message, wayOut: "Name another program with --\(program.name).", code: 71).exit()
        }
    }

    /// - Returns: the agent's exit code. Where the server runs elsewhere the agent takes this process's place, and nothing is returned.
    private func run() async throws -> Int32 {
        if let engine = flags.engine {
            guard flags.server == nil else {
                throw Failure.badSetting(
                    "--engine serves an engine here, and --server names a server that runs", "Leave one of them out.")
            }
            return try await serving(engine)
        }
        let question = try ServerQuestion(server: flags.server, environment: ProcessVariable.value)
        guard let listed = try await question.models() else {
            guard !question.isNamed else {
                throw Failure(
                    message: "nothing listens at \(question.baseURL)",
                    wayOut: "Start that server, or leave --server and \(ServerQuestion.variable) out to serve an engine from here.", code: 69)
            }
            return try await serving(nil)
        }
        let chosen = try question.choose(flags.model, of: listed)
        let started = try start(chosen, question.key)
        say(chosen, of: question.baseURL)
        throw ForegroundProgram(path, started.arguments, environment: started.environment).become()
    }

    private func say(_ model: ServedModel, of server: String) {
        Standard.error("\(program.title) on '\(model.name)' of \(server). Its sessions are in \(folder.path).\n")
    }

    // MARK: A server for the session

    private func serving(_ engine: String?) async throws -> Int32 {
        let file = try ConfigurationFile.load(flag: nil, environment: ProcessVariable.value)
        let serveFlags = try ServeFlags.parse(engine.map { [Setting.engine.flag, $0] } ?? [])
        var settings = try ServeSettings(serveFlags, file: file)
        // Others on this machine are not to use the engine meanwhile. The key is the same each time, where there is a secret that lasts:
        // a session that is taken up again holds what was sealed for the key that it was made for, such as Codex's compactions.
        let lasting = try? SealingSecret.find(given: settings.secret, in: settings.stateFolder)
        let secret = lasting ?? SealingSecret.random
        let key = APIKeys.key(madeOf: secret, for: program.name)
        var keys = APIKeys([key])
        keys.mayStore = settings.server.keys.mayStore
        settings.server.keys = keys
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Cores.count)
        // Lines of a log would stand in the middle of the agent's screen.
        let logger = Logger(label: "hotline", factory: { _ in SwiftLogNoOpLogHandler() })
        let choice = try await EngineChoice(settings: settings, group: group, logger: logger).choose()
        if case .find = settings.engines[0].place, choice.engines.engineIDs == ["scripted"] { throw Self.noEngine }
        // Its store is memory, whatever is said of a file: a server that runs beside it may have the file, and agents keep their sessions
        // themselves: they take one up again with all of it.
        return try await LocalServer.with(choice.engines, settings.server, sealer: AESSealer(secret: secret), on: group) { url in
            let question = ServerQuestion(baseURL: url, key: key)
            let chosen = try question.choose(flags.model, of: try await question.models() ?? [])
            let started = try start(chosen, key)
            say(chosen, of: choice.description)
            return try await ForegroundProgram(path, started.arguments, environment: started.environment).run()
        }
    }

    /// The scripted engine would answer, but it is not a model.
    private static let noEngine = Failure(
        message: "no server runs at the usual place, and no engine answers on this machine",
        wayOut: "Start an engine, name one with --engine URL, or name a running server with --server; --engine scripted only tries the "
            + "protocol.", code: 69)
}
