import Logging
import ResponsesCore
import ResponsesEngine
import ResponsesServer
@testable import ResponsesTesting
import ScriptedEngine
import ServiceLifecycle
import Testing

/// The real server with the scripted engine, on a port of its own.
enum LocalServer {
    private struct Running: Service {
        let server: HotlineServer
        let port: Watched<Int?>
        func run() async throws { try await server.runInGroup { port in self.port.update { $0 = port } } }
    }

    /// Runs a server while `body` does, then shuts it down.
    static func with<R: Sendable>(
        _ engine: any Engine = ScriptedEngine(), configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (Int) async throws -> R
    ) async throws -> R {
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.limits.shutdownGrace = .seconds(5)
        configure(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let engines = SingleEngine(engine: engine, passesUnknownNames: false, knownModels: ["scripted"])
        let port = Watched<Int?>(nil)
        let server = Running(server: HotlineServer(configuration, engines: engines, logger: logger), port: port)
        let group = ServiceGroup(services: [server], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await port.wait { $0 != nil }
            let result = try await body(try #require(port.state))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }
}
