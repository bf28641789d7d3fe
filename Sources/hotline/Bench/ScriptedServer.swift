import AgentBench
import Logging
import NIOPosix
import ResponsesServer
import ScriptedEngine

/// A server with the scripted engine in this process, on loopback, for the length of a measurement.
enum ScriptedServer {
    /// Never shut down: connections may still be closing when a measurement is over, and the program ends soon after.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: Cores.count)

    /// Serves while `body` runs. The server's event loops are its own, so that client and server meet at sockets only.
    static func with<R: Sendable>(_ speed: ScriptedSpeed, _ body: @Sendable (BenchTarget) async throws -> R) async throws -> R {
        var configuration = ServerConfiguration()
        configuration.port = 0
        let engines = SingleEngine(
            engine: ScriptedEngine(speed: speed), passesUnknownNames: false, knownModels: [ScriptedEngine.model])
        // What goes wrong is reported by the turn in which it goes wrong.
        let logger = Logger(label: "hotline", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = HotlineServer(configuration, engines: engines, logger: logger)
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
            let result = try await body(
                BenchTarget(url: "http://127.0.0.1:\(number)/v1", model: ScriptedEngine.model, isScripted: true))
            // Nothing runs on it now: it need not end gracefully.
            tasks.cancelAll()
            while let ended = await tasks.nextResult() { _ = ended }
            return result
        }
    }
}
