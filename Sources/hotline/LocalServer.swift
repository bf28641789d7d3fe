import Logging
import NIOCore
import ResponsesCore
import ResponsesEngine
import ResponsesServer

/// A server in this process, on loopback, for the length of some work.
enum LocalServer {
    /// Serves while `body` runs. Responses are kept in memory: nobody asks for them when it is over, and the file of a server that runs
    /// beside it is that server's.
    ///
    /// - Parameters:
    ///   - configuration: its address is not used.
    ///   - sealer: what seals reasoning and compactions; one that ends with this process when none is given.
    ///   - body: is given the base URL. What it returns or throws is what comes of this; a server that cannot listen throws why.
    static func with<R: Sendable>(
        _ engines: any EngineDirectory, _ configuration: ServerConfiguration = ServerConfiguration(),
        sealer: any ContentSealer = AESSealer(), on group: any EventLoopGroup,
        _ body: @Sendable (_ url: String) async throws -> R
    ) async throws -> R {
        var configuration = configuration
        configuration.host = "127.0.0.1"
        configuration.port = 0
        // What goes wrong is reported by the turn in which it goes wrong.
        let logger = Logger(label: "hotline", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = HotlineServer(configuration, engines: engines, sealer: sealer, logger: logger)
        let (ports, port) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { port.finish() }
                try await server.runInGroup(eventLoopGroup: group) { port.yield($0) }
            }
            guard let number = await ports.first(where: { _ in true }) else {
                // It ended without having listened: its error says why.
                try await tasks.waitForAll()
                throw CancellationError()
            }
            let result: Result<R, any Error>
            do { result = .success(try await body("http://127.0.0.1:\(number)/v1")) } catch { result = .failure(error) }
            // Nothing runs on it now: it need not end gracefully.
            tasks.cancelAll()
            while let ended = await tasks.nextResult() { _ = ended }
            return try result.get()
        }
    }
}
