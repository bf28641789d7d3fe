import ArgumentParser
import BufferedLog
import LibC
import LlamaServer
import Logging
import NIOCore
import NIOPosix
import ResponsesCore
import ResponsesServer

/// `hotline serve`: starts the server.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the Responses API over HTTP, SSE and WebSocket, Chat Completions and the Messages API.",
        discussion: ServeFlags.variables)

    @OptionGroup var flags: ServeFlags

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
        let file = try ConfigurationFile.load(flag: flags.config, environment: ProcessVariable.value)
        let settings = try ServeSettings(flags, file: file)
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
        // First: a file that another server has is known at once, and before a key is made that shows whether the folder is new.
        let store = try OpenStore.open(settings, logger)
        let choice: ChosenEngine
        do {
            choice = try await EngineChoice(settings: settings, group: group, logger: logger).choose()
        } catch {
            await store.close()
            throw error
        }
        let server = HotlineServer(
            settings.server, engines: choice.engines, store: store.store, sealer: Self.sealer(settings, logger),
            logger: logger)
        // Until here, nothing is to be finished, and signals end the process as usual.
        let signals = takeSignals()
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await withBanner(settings, choice, store: store.description) { onRunning in
                    try await server.run(
                        eventLoopGroup: group, until: { await signals.shutdownRequested() }, onRunning: onRunning)
                })
        } catch let error as LlamaFailure {
            result = .failure(Failure.ownEngine(error))
        } catch let error as IOError {
            result = .failure(Self.failure(error, settings))
        } catch {
            result = .failure(error)
        }
        // Signals still end the process at once, should the disk hang.
        await store.close()
        withExtendedLifetime(signals) {}
        try result.get()
    }

    /// With a key that outlasts the server, if there is a place for it. Without one it serves all the same: clients lose what they
    /// carry at a restart, and are told.
    private static func sealer(_ settings: ServeSettings, _ logger: Logger) -> AESSealer {
        do throws(StateFolder.Problem) {
            if let secret = try SealingSecret.find(given: settings.secret, in: settings.stateFolder) { return AESSealer(secret: secret) }
            logger.warning("no folder for state: sealed reasoning and compactions will not open after a restart")
        } catch {
            logger.warning(
                "no lasting key: sealed reasoning and compactions will not open after a restart",
                metadata: ["reason": .string(error.message)])
        }
        return AESSealer()
    }

    /// Serves, and shows the banner once what it invites to can be done.
    private func withBanner(
        _ settings: ServeSettings, _ choice: ChosenEngine, store: String,
        _ serve: (_ onRunning: @escaping @Sendable (Int) async -> Void) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                guard let port = await ports.first(where: { _ in true }), await choice.isLoaded() else { return }
                Standard.output(Banner(settings: settings, port: port, choice: choice, store: store).text)
            }
            // Thrown or not, the banner is not waited for any more.
            defer { tasks.cancelAll() }
            try await serve { port.yield($0) }
        }
    }

    private static func failure(_ error: IOError, _ settings: ServeSettings) -> Failure {
        let (host, port) = (settings.server.host, settings.server.port)
        return error.errnoCode == EADDRINUSE
            ? .portInUse(host, port) : .cannotListen(host, port, String(describing: error))
    }
}
