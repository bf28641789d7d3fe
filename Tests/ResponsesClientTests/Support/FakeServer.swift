import NIOCore
import NIOPosix

@testable import ResponsesTesting
@testable import ResponsesWebSocket

/// A server on loopback that does with each request exactly what a test wants, also what no server should.
final class FakeServer: Sendable {
    /// One request and the connection it came on.
    struct Exchange: Sendable {
        let channel: any Channel
        let head: String
        let body: String
        /// Requests and connections of the whole server, from 1.
        let number: Int
        let connection: Int

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }

        func send(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
        func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

        /// A whole answer with a body.
        func answer(_ status: String, _ body: String, type: String = "application/json", headers: String = "") {
            send("HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
        }

        /// Begins an event stream in chunks.
        func beginStream() { send(Self.streamHead) }
        func sendChunk(_ text: String) { send(Self.chunk(text)) }
        func endStream() { send(Self.streamEnd) }

        /// A whole stream in one write, so that its end comes with its events.
        func answerStream(_ text: String) { send(Self.streamHead + Self.chunk(text) + Self.streamEnd) }

        private static let streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        private static let streamEnd = "0\r\n\r\n"
        private static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

        /// The head of a valid 101; what follows are frames.
        func accept(_ behind: [UInt8] = []) {
            let value = WebSocketHandshake(key: header("Sec-WebSocket-Key") ?? "").acceptValue
            let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            send(Array("\(head)Sec-WebSocket-Accept: \(value)\r\n\r\n".utf8) + behind)
        }

        func close() { channel.close(promise: nil) }
    }

    struct Counts: Sendable {
        var requests = 0
        var connections = 0
        var closedConnections = 0
    }

    let counts = Watched(Counts())
    private let respond: @Sendable (Exchange) -> Void

    private init(_ respond: @escaping @Sendable (Exchange) -> Void) { self.respond = respond }

    /// Runs `body` with the port of a server that does `respond` with each request.
    static func with<R: Sendable>(
        _ respond: @escaping @Sendable (Exchange) -> Void, _ body: (Int, FakeServer) async throws -> R
    ) async throws -> R {
        let fake = FakeServer(respond)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(fake)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<R, any Error>
        do { result = .success(try await body(server.localAddress?.port ?? 0, fake)) } catch { result = .failure(error) }
        try await server.close()
        return try result.get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let fake: FakeServer
        private var connection = 0
        private var heard = ""
        private var isSocket = false

        init(_ fake: FakeServer) { self.fake = fake }

        func channelActive(context: ChannelHandlerContext) {
            connection = fake.counts.update { counts in
                counts.connections += 1
                return counts.connections
            }
        }

        func channelInactive(context: ChannelHandlerContext) { fake.counts.update { $0.closedConnections += 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            // Frames of the client do not matter here.
            if isSocket { return }
            heard += String(buffer: unwrapInboundIn(data))
            while let head = heard.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init),
                head.count < heard.count
            {
                let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).filter(\.isNumber)) } ?? 0
                // A line break is one character of Swift, not two.
                let body = String(decoding: heard.utf8.dropFirst(head.utf8.count + 4), as: UTF8.self)
                guard body.utf8.count >= length else { return }
                heard = String(decoding: body.utf8.dropFirst(length), as: UTF8.self)
                isSocket = head.lowercased().contains("upgrade: websocket")
                let number = fake.counts.update { counts in
                    counts.requests += 1
                    return counts.requests
                }
                fake.respond(
                    Exchange(
                        channel: context.channel, head: head, body: String(decoding: body.utf8.prefix(length), as: UTF8.self),
                        number: number, connection: connection))
                if isSocket { return }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
