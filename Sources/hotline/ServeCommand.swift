import ArgumentParser
import BufferedLog
import LibC
import Logging
import NIOCore
import NIOPosix
import ResponsesCore
import ResponsesServer

/// `hotline serve`: starts the server.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the Responses API over HTTP, SSE and WebSocket.",
        discussion: """
            These can be given by the environment as well, where flags win: HOTLINE_HOST, HOTLINE_PORT, HOTLINE_ENGINE, \
            HOTLINE_ENGINE_KEY, HOTLINE_MODELS, HOTLINE_API_KEYS, HOTLINE_SCRIPTED, HOTLINE_LIFETIME, \
            HOTLINE_SHUTDOWN_GRACE, HOTLINE_LIMITS, HOTLINE_LOG_LEVEL, HOTLINE_LOG_FORMAT, HOTLINE_ACCESS_LOG (yes or no). \
            Keys are better kept there: arguments show in the list of processes. Lists are separated by commas.
            """)

    @Option(help: "The address to listen on. Other than loopback needs --api-key. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "The port to listen on; 0 lets the system choose. (default: 8484)")
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "The engine's base URL, such as http://127.0.0.1:8080, or 'scripted'. (default: what is found on this machine)",
            valueName: "url"))
    var engine: String?

    @Option(help: ArgumentHelp("The key that the engine wants.", valueName: "key"))
    var engineKey: String?

    @Option(
        name: .customLong("model"),
        help: ArgumentHelp("Another name for one of the engine's models. Repeatable.", valueName: "name=engine-model"))
    var models: [String] = []

    @Flag(help: "Serve although the engine does not answer yet; its turns fail until it does.")
    var waitForEngine = false

    @Option(
        name: .customLong("api-key"),
        help: ArgumentHelp("A key that clients must send. Repeatable; also HOTLINE_API_KEYS.", valueName: "key"))
    var apiKeys: [String] = []

    @Option(
        name: .customLong("allow-origin"),
        help: ArgumentHelp("Let web pages of this origin in. Repeatable.", valueName: "origin"))
    var allowedOrigins: [String] = []

    @Option(
        help: ArgumentHelp(
            "Speed of the scripted engine, such as prefill=4000,decode=80,ttft=20ms. (default: at once)", valueName: "speed"))
    var scripted: String?

    @Option(help: ArgumentHelp("How long a WebSocket may live, such as 60m. (default: 60m)", valueName: "duration"))
    var lifetime: String?

    @Option(
        help: ArgumentHelp(
            "How long running turns may go on after SIGTERM, such as 25s. (default: 25s)", valueName: "duration"))
    var shutdownGrace: String?

    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(
            "Another value for a limit, such as response-bytes=8MiB; 'hotline limits' lists them. Repeatable.",
            valueName: "name=value"))
    var limits: [String] = []

    @Option(
        help: ArgumentHelp(
            "Names of reasoning events: openai, open-responses or summary. (default: openai)", valueName: "style"))
    var reasoningEvents: ReasoningEvents = .openAI

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning or error. (default: info)", valueName: "level"))
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "How log lines are written to standard error: text, or json with one object a line. (default: text)",
            valueName: "format"))
    var logFormat: String?

    @Flag(help: "Log every HTTP request and every finished turn, at the level info.")
    var accessLog = false

    func run() async throws {
        do {
            try await serve()
        } catch let failure as Failure {
            failure.exit()
        }
    }

    /// A log pipe that nobody reads holds the exit for this long at most.
    private static let logFlushMax: Duration = .seconds(1)
    /// And the exit at once for this long.
    private static let lastLineMax: Duration = .milliseconds(200)

    private func serve() async throws {
        let settings = try ServeSettings(self)
        let writer: LogWriter
        do {
            writer = try LogWriter(descriptor: STDERR_FILENO, format: settings.logFormat)
        } catch {
            throw Failure(
                message: error.description, wayOut: "Raise the limits of threads and open files, then start again.", code: 71)
        }
        // Whoever reads the log reads it to the end, also of a start that fails.
        defer { writer.close(within: Self.logFlushMax) }
        DescriptorLimit.raise()
        let logger = Self.logger(writer, settings.logLevel)
        let limits = settings.server.limits
        try await serve(settings, logger: logger) {
            ServeSignals(timeMax: limits.shutdownGrace + limits.shutdownTail) { signal in
                logger.warning("server ended at once", metadata: ["signal": .stringConvertible(signal)])
                writer.flush(within: Self.lastLineMax)
                _exit(128 + signal)
            }
        }
    }

    private static func logger(_ writer: LogWriter, _ level: Logger.Level) -> Logger {
        var logger = Logger(label: "hotline") {
            BufferedLogHandler(label: $0, writer: writer, firstKeys: ServerLog.keys)
        }
        logger.logLevel = level
        return logger
    }

    private func serve(
        _ settings: ServeSettings, logger: Logger, takeSignals: @escaping @Sendable () -> ServeSignals
    ) async throws {
        // Before anything large is allocated.
        MemoryReturn.configure()
        // One group for both sides: an upstream connection lives on the loop of the connection it works for.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Cores.count)
        let result: Result<Void, any Error>
        do {
            result = .success(try await serve(settings, on: group, logger, takeSignals))
        } catch {
            result = .failure(error)
        }
        try await group.shutdownGracefully()
        try result.get()
    }

    private func serve(
        _ settings: ServeSettings, on group: any EventLoopGroup, _ logger: Logger, _ takeSignals: @Sendable () -> ServeSignals
    ) async throws {
        let choice = try await EngineChoice(settings: settings, group: group, logger: logger).choose()
        let server = HotlineServer(settings.server, engines: choice.engines, logger: logger)
        // Until here, nothing is to be finished, and signals end the process as usual.
        let signals = takeSignals()
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await server.run(eventLoopGroup: group, until: { await signals.shutdownRequested() }) { port in
                    Standard.output(Banner(settings: settings, port: port, choice: choice).text)
                })
        } catch let error as IOError {
            result = .failure(Self.failure(error, settings))
        } catch {
            result = .failure(error)
        }
        try result.get()
    }

    private static func failure(_ error: IOError, _ settings: ServeSettings) -> Failure {
        let (host, port) = (settings.server.host, settings.server.port)
        return error.errnoCode == EADDRINUSE
            ? .portInUse(host, port) : .cannotListen(host, port, String(describing: error))
    }
}

extension ReasoningEvents: ExpressibleByArgument {}
