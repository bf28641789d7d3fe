import BufferedLog
import LibC
import Logging
import NIOCore
import NIOPosix
import OpenAICompatibleEngine
import ResponsesServer

/// The real server in front of an engine by Chat Completions, on one event loop of this process.
struct CountedServer {
    let port: Int
    private let loop: any EventLoop

    /// Starts it; it runs until the process ends.
    ///
    /// - Throws: when it cannot listen.
    static func start(enginePort: Int) throws -> CountedServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // The log that `hotline serve` has.
        let writer = try LogWriter(descriptor: STDERR_FILENO, format: .text)
        var logger = Logger(label: "turn-counts") {
            BufferedLogHandler(label: $0, writer: writer, firstKeys: ServerLog.keys)
        }
        logger.logLevel = .error
        let engine = try OpenAICompatibleEngine(
            .init(address: EngineAddress("127.0.0.1:\(enginePort)")), eventLoopGroup: group, logger: logger)
        var configuration = ServerConfiguration()
        configuration.port = 0
        let server = HotlineServer(
            configuration, engines: SingleEngine(engine: engine, passesUnknownNames: true), logger: logger)
        let listening = group.any().makePromise(of: Int.self)
        // Nobody waits for it: a `main` that could is asynchronous, and valgrind does not run those.
        Task {
            do {
                try await server.runInGroup(eventLoopGroup: group) { port in listening.succeed(port) }
            } catch {
                listening.fail(error)
            }
        }
        return CountedServer(port: try listening.futureResult.wait(), loop: group.any())
    }

    /// Returns when the loop has done what it had to do, and what that made it do.
    func settle() throws {
        for _ in 0..<4 { try loop.submit {}.wait() }
    }
}
