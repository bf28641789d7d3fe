import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ServiceLifecycle
import Testing
import ThreadTools

@testable import ResponsesServer
@testable import ResponsesTesting

/// A server that runs on a port of its own for the length of a test.
struct TestServer: Sendable {
    let port: Int
    let server: HotlineServer
    private let group: ServiceGroup

    var services: ServerServices { server.services }

    /// What SIGTERM does.
    func shutDown() async { await group.triggerGracefulShutdown() }

    func socket(
        _ path: String = "/v1/responses", headers: [(String, String)] = [], receiveBuffer: Int? = nil
    ) async throws -> Socket {
        try await Socket.connect(port: port, path: path, headers: headers, receiveBuffer: receiveBuffer)
    }

    func wire() async throws -> Wire { try await Wire.connect(port: port) }

    /// A client that asks for something long over a `socket`, as a `stream` or as an `answer`, and takes nothing of it.
    func stalledReader(_ kind: String) async throws -> Wire {
        if kind == "socket" {
            let socket = try await socket(receiveBuffer: 64 << 10)
            try await socket.wire.pause()
            try await socket.send(create(#""input":"x","store":false"#))
            return socket.wire
        }
        let wire = try await Wire.connect(port: port, receiveBuffer: 64 << 10)
        try await wire.pause()
        let body = #"{"model":"m","input":"x","store":false,"stream":\#(kind == "stream")}"#
        try await wire.request("POST", "/v1/responses", body: body)
        return wire
    }

    /// An HTTP client's request; `body` is JSON.
    func post(
        _ path: String = "/v1/responses", _ body: String, key: String? = nil
    ) async throws -> (status: Int, headers: HTTPHeaders, json: RawJSON) {
        try await send(.POST, path, body, key: key)
    }

    func get(_ path: String, key: String? = nil) async throws -> (status: Int, headers: HTTPHeaders, json: RawJSON) {
        try await send(.GET, path, nil, key: key)
    }

    func delete(_ path: String, key: String? = nil) async throws -> (status: Int, headers: HTTPHeaders, json: RawJSON) {
        try await send(.DELETE, path, nil, key: key)
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ body: String?, key: String? = nil
    ) async throws -> (status: Int, headers: HTTPHeaders, json: RawJSON) {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return (Int(response.status.code), response.headers, try RawJSON(parsing: Array(bytes.readableBytesView)))
    }

    private struct RunningServer: Service {
        let server: HotlineServer
        let port: Watched<Int?>
        func run() async throws { try await server.runInGroup { port in self.port.update { $0 = port } } }
    }

    /// Runs a server while `body` does, then shuts it down, which must end, and looks whether it kept anything.
    static func with<R: Sendable>(
        _ engine: any Engine, logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        store: (any ResponseStore)? = nil, resources: [Resource] = [], configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (TestServer) async throws -> R
    ) async throws -> R {
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.limits.shutdownGrace = .seconds(30)
        configure(&configuration)
        let engines = SingleEngine(engine: engine, passesUnknownNames: false, knownModels: ["m", "scripted"])
        var server = HotlineServer(configuration, engines: engines, store: store, logger: logger)
        server.additionalResources = resources
        let port = Watched<Int?>(nil)
        let group = ServiceGroup(services: [RunningServer(server: server, port: port)], logger: logger)
        let result: R = try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await port.wait { $0 != nil }
            let running = TestServer(port: try #require(port.state), server: server, group: group)
            let result = try await body(running)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
        // Whatever the test did: nothing runs, nothing is open, and memory is held by the store and its cache alone.
        let services = server.services
        #expect(services.activity.generationCount == 0)
        #expect(services.activity.socketCount == 0)
        for use in MemoryUse.allCases where use != .tools {
            func left() -> Int {
                let kept =
                    switch use {
                    case .chains: services.cache.account.bytes(for: .chains)
                    case .stored: services.store.memoryBytes + services.replays.bytes
                    default: 0
                    }
                return services.book.process.bytes(for: use) - kept
            }
            await settle { left() == 0 }
            #expect(left() == 0, "\(use)")
        }
        await settle { services.book.holderCount == 1 }
        #expect(services.book.holderCount == 1, "but for what is stored")
        return result
    }

    /// Waits for what is freed beside the loops, or with the last event of a channel: a bounded number of turns
    /// of that pool.
    static func settle(turnsMax: Int = 20_000, _ isDone: () -> Bool) async {
        for _ in 0..<turnsMax where !isDone() { await BesideLoop.run {} }
    }
}

/// Records what is logged, at every level.
final class LogRecorder: Sendable {
    private let recorded = Watched([(line: String, message: String)]())

    var logger: Logger {
        Logger(label: "test") { _ in
            RecordingHandler { event, own in
                let metadata = own.merging(event.metadata ?? [:]) { $1 }
                let message = "\(event.level) \(event.message)"
                self.recorded.update { $0.append(("\(message) \(metadata)", message)) }
            }
        }
    }

    var text: String { lines.joined(separator: "\n") }
    var count: Int { lines.count }
    /// Each line: level, message, metadata.
    var lines: [String] { recorded.state.map(\.line) }
    /// Level and message of each line, of this server's own lines.
    var messages: [String] { recorded.state.map(\.message) }

    /// Returns when a line with this text was logged.
    func wait(for text: String) async { await recorded.wait { lines in lines.contains { $0.line.contains(text) } } }
}
