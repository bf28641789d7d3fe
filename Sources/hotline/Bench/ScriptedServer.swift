import AgentBench
import NIOPosix
import ResponsesServer
import ScriptedEngine

/// A server with the scripted engine in this process, on loopback, for the length of a measurement.
enum ScriptedServer {
    /// Never shut down: connections may still be closing when a measurement is over, and the program ends soon after.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: Cores.count)

    /// Serves while `body` runs. The server's event loops are its own, so that client and server meet at sockets only.
    static func with<R: Sendable>(_ speed: ScriptedSpeed, _ body: @Sendable (BenchTarget) async throws -> R) async throws -> R {
        let engines = SingleEngine(
            engine: ScriptedEngine(speed: speed), passesUnknownNames: false, knownModels: [ScriptedEngine.model])
        return try await LocalServer.with(engines, on: group) { url in
            try await body(BenchTarget(url: url, model: ScriptedEngine.model, isScripted: true))
        }
    }
}
