import NIOCore
import NIOHTTP1

@testable import ResponsesTesting

/// An HTTP server on loopback that answers each request as a test wants, piece by piece.
final class StreamServer: Sendable {
    /// One request, and the way to answer it. From any thread.
    struct Request: Sendable {
        let channel: any Channel
        let body: String

        func head(_ status: HTTPResponseStatus = .ok, type: String? = "text/event-stream", length: Int? = nil) {
            var headers = HTTPHeaders()
            if let type { headers.add(name: "Content-Type", value: type) }
            if let length { headers.add(name: "Content-Length", value: "\(length)") }
            write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
        }

        @discardableResult
        func part(_ text: String) -> EventLoopFuture<Void> { write(.body(.byteBuffer(ByteBuffer(string: text)))) }

        func end() { write(.end(nil)) }
        func close() { channel.close(promise: nil) }

        @discardableResult
        private func write(_ part: HTTPServerResponsePart) -> EventLoopFuture<Void> { channel.writeAndFlush(part) }
    }

    struct Counts: Sendable {
        var requests: [Request] = []
        var connections = 0
        var closedConnections = 0
    }

    let counts = Watched(Counts())
    private let respond: @Sendable (Request) -> Void

    private init(_ respond: @escaping @Sendable (Request) -> Void) { self.respond = respond }

    /// Runs `body` with the port of a server that does `respond` with each request.
    static func with<R: Sendable>(
        _ respond: @escaping @Sendable (Request) -> Void, _ body: (Int, StreamServer) async throws -> R
    ) async throws -> R {
        let server = StreamServer(respond)
        return try await LocalListener.with({ channel in
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
            try channel.pipeline.syncOperations.addHandler(Handler(server))
        }) { try await body($0, server) }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        private let server: StreamServer
        private var body = ""

        init(_ server: StreamServer) { self.server = server }

        func channelActive(context: ChannelHandlerContext) { server.counts.update { $0.connections += 1 } }
        func channelInactive(context: ChannelHandlerContext) { server.counts.update { $0.closedConnections += 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head: body = ""
            case .body(let buffer): body += String(buffer: buffer)
            case .end:
                let request = Request(channel: context.channel, body: body)
                server.counts.update { $0.requests.append(request) }
                server.respond(request)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
