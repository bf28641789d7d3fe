import Logging
import NIOCore
import OpenAICompatibleEngine
import ResponsesCore
import ResponsesEngine
import ResponsesServer
import ScriptedEngine
import ServiceLifecycle

/// The real server on loopback, on one event loop whose time can be asked for.
struct BenchServer: Sendable {
    let port: Int
    let thread: LoopThread

    /// Runs `body` with the server in front of the scripted engine.
    static func withScripted<R: Sendable>(_ body: (BenchServer) async throws -> R) async throws -> R {
        try await LoopThread.with(.server) { thread in try await with(ScriptedEngine(), on: thread, body) }
    }

    /// Runs `body` with the server in front of `upstream`, by Chat Completions.
    static func with<R: Sendable>(
        upstream: FakeUpstream, _ body: (BenchServer) async throws -> R
    ) async throws -> R {
        try await LoopThread.with(.server) { thread in
            let engine = try OpenAICompatibleEngine(
                .init(address: EngineAddress("127.0.0.1:\(upstream.port)")), eventLoopGroup: thread.group, logger: .quiet)
            do {
                let result = try await with(engine, on: thread, body)
                try await engine.shutdown()
                return result
            } catch {
                try? await engine.shutdown()
                throw error
            }
        }
    }

    private static func with<R: Sendable>(
        _ engine: any Engine, on thread: LoopThread, _ body: (BenchServer) async throws -> R
    ) async throws -> R {
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.limits.shutdownGrace = .seconds(1)
        let server = HotlineServer(
            configuration, engines: SingleEngine(engine: engine, passesUnknownNames: true), logger: .quiet)
        let (ports, told) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(1))
        let service = ServerService(server: server, thread: thread, told: told)
        let group = ServiceGroup(services: [service], logger: .quiet)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { told.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else { throw BenchError("The server did not start.") }
            do {
                let result = try await body(BenchServer(port: port, thread: thread))
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return result
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
        }
    }
}

private struct ServerService: Service {
    let server: HotlineServer
    let thread: LoopThread
    let told: AsyncStream<Int>.Continuation

    func run() async throws {
        try await server.runInGroup(eventLoopGroup: thread.group) { port in told.yield(port) }
    }
}

struct BenchError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

extension Logger {
    /// Says nothing in normal use.
    static var quiet: Logger {
        var logger = Logger(label: "benchmarks", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = .error
        return logger
    }
}
