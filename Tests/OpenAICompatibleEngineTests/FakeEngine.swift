import Logging
import NIOCore
import NIOPosix
import ResponsesEngine
import Synchronization

@testable import OpenAICompatibleEngine

/// A server on loopback that does with each request exactly what a test tells it, also what no server should.
final class FakeEngine: Sendable {
    /// One request and the connection it came on.
    struct Exchange: Sendable {
        let channel: any Channel
        let head: String
        let body: String
        /// Requests and connections of the whole server, from 1.
        let number: Int
        let connection: Int
        /// How many pieces the request came in.
        let pieces: Int

        @discardableResult
        func send(_ text: String) -> EventLoopFuture<Void> {
            channel.writeAndFlush(ByteBuffer(string: text))
        }

        /// Begins an event stream in chunks.
        func beginStream(_ headers: String = "") {
            send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\(headers)\r\n")
        }

        func sendChunk(_ text: String) { send(Self.chunk(text)) }
        func endStream() { send("0\r\n\r\n") }

        /// A whole stream in one write.
        func answerStream(_ text: String) {
            send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\(Self.chunk(text))0\r\n\r\n")
        }

        static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

        func answer(_ status: String, _ body: String, type: String = "application/json", headers: String = "") {
            send("HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
        }

        func close() { channel.close(promise: nil) }
    }

    private struct State {
        var requests = 0
        var connections = 0
        var closedConnections = 0
        var server: (any Channel)?
        var port = 0
        var open: [any Channel] = []
        var closeWaiters: [(count: Int, CheckedContinuation<Void, Never>)] = []
        var requestWaiters: [(count: Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let respond: @Sendable (Exchange) -> Void

    private init(_ respond: @escaping @Sendable (Exchange) -> Void) { self.respond = respond }

    var requests: Int { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }

    /// Returns when `count` connections are closed.
    func hasClosed(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state -> Bool in
                if state.closedConnections >= count { return true }
                state.closeWaiters.append((count, continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    /// Returns when `count` requests came.
    func hasHeard(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state -> Bool in
                if state.requests >= count { return true }
                state.requestWaiters.append((count, continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    /// Connections are kept per loop; with one loop their number is known.
    static let oneLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Begins to listen, the second time at the port of the first.
    func listen() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                self.state.withLock { $0.open.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }
            .bind(host: "127.0.0.1", port: state.withLock { $0.port }).get()
        state.withLock { state in
            state.server = server
            state.port = server.localAddress?.port ?? 0
        }
    }

    /// As a process that ends: nothing listens any more, and what was open is closed.
    func stopListening() async throws {
        let (server, open) = state.withLock { state in
            defer { (state.server, state.open) = (nil, []) }
            return (state.server, state.open)
        }
        try await server?.close().get()
        for channel in open { try? await channel.close().get() }
    }

    /// Runs `body` with a server and an engine that talks to it.
    static func with<R: Sendable>(
        limits: OpenAICompatibleLimits = OpenAICompatibleLimits(), key: String = "secret", logger: Logger = .init(label: "test"),
        profile: EngineProfile = EngineProfile(), headers: [(name: String, value: String)] = [],
        respond: @escaping @Sendable (Exchange) -> Void, _ body: (OpenAICompatibleEngine, FakeEngine) async throws -> R
    ) async throws -> R {
        let fake = FakeEngine(respond)
        let group = oneLoop
        try await fake.listen()
        let port = fake.state.withLock { $0.port }
        var configuration = OpenAICompatibleEngine.Configuration(address: try EngineAddress("127.0.0.1:\(port)"), key: key)
        configuration.limits = limits
        configuration.profile = profile
        configuration.headers = headers
        let engine = try OpenAICompatibleEngine(configuration, eventLoopGroup: group, logger: logger)
        let result: Result<R, any Error>
        do { result = .success(try await body(engine, fake)) } catch { result = .failure(error) }
        try await engine.shutdown()
        try await fake.stopListening()
        return try result.get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let fake: FakeEngine
        private var connection = 0
        private var heard = ""
        private var pieces = 0

        init(_ fake: FakeEngine) { self.fake = fake }

        func channelActive(context: ChannelHandlerContext) {
            connection = fake.state.withLock { state in
                state.connections += 1
                return state.connections
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            let due = fake.state.withLock { state in
                state.closedConnections += 1
                let closed = state.closedConnections
                defer { state.closeWaiters.removeAll { $0.count <= closed } }
                return state.closeWaiters.filter { $0.count <= closed }
            }
            for (_, waiter) in due { waiter.resume() }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pieces += 1
            heard += String(buffer: unwrapInboundIn(data))
            guard let end = heard.firstRange(of: "\r\n\r\n") else { return }
            let head = String(heard[..<end.lowerBound])
            let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).filter(\.isNumber)) } ?? 0
            let body = String(heard[end.upperBound...])
            guard body.utf8.count >= length else { return }
            heard = ""
            let (number, due) = fake.state.withLock { state in
                state.requests += 1
                let requests = state.requests
                defer { state.requestWaiters.removeAll { $0.count <= requests } }
                return (requests, state.requestWaiters.filter { $0.count <= requests })
            }
            defer { pieces = 0 }
            fake.respond(
                Exchange(
                    channel: context.channel, head: head, body: body, number: number, connection: connection, pieces: pieces))
            for (_, waiter) in due { waiter.resume() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A short answer as a stream.
enum Answer {
    static func delta(_ text: String) -> String { #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"# + "\n\n" }
    static let stop = #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\n"
    static let usage = #"data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}"# + "\n\n"
    static let done = "data: [DONE]\n\n"
    static let short = delta("Hel") + delta("lo") + stop + usage + done
}
