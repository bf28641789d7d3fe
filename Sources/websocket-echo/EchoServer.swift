import NIOCore
import NIOHTTP1
import NIOPosix
import ResponsesWebSocket

/// Sends back what comes, and stops reading while the peer does not take it.
final class EchoConnection: WebSocketDelegate {
    func webSocketOpened(_ socket: WebSocketHandler) {}

    func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
        switch message {
        case .text(let bytes): bytes.withUnsafeBytes { socket.sendText($0) }
        case .binary(let bytes): bytes.withUnsafeBytes { socket.sendBinary($0) }
        }
        if !socket.isWritable { socket.pauseReading() }
    }

    func webSocketWritabilityChanged(_ socket: WebSocketHandler) {
        if socket.isWritable { socket.resumeReading() }
    }

    func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {}
}

/// A server that upgrades every right handshake on any path and explains the others.
enum EchoServer {
    static func bootstrap(_ group: any EventLoopGroup) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel) }
            }
    }

    private static func configure(_ channel: any Channel) throws {
        let upgrader = WebSocketUpgrader<Void> { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                let handler = WebSocketHandler(role: .server, delegate: EchoConnection())
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
        let pipeline = channel.pipeline.syncOperations
        _ = try pipeline.configureUpgradableHTTPServerPipeline(
            configuration: NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(RefusalHandler())
                        }
                    })))
        let upgradeHandler = try pipeline.handler(type: NIOTypedHTTPServerUpgradeHandler<Void>.self)
        try pipeline.addHandler(UpgradeGate { _ in nil }, position: .before(upgradeHandler))
    }
}

/// Tells a client that did not ask for a WebSocket, or not rightly, what is missing.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var problem = WebSocketHandshake.Problem.notWebSocket

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let name = head.headers[UpgradeGate.refusalHeader].first
            problem = name.flatMap(WebSocketHandshake.Problem.init(rawValue:)) ?? .notWebSocket
        case .body:
            break
        case .end:
            let body = ByteBuffer(string: problem.message + "\n")
            var head = HTTPResponseHead(version: .http1_1, status: problem.status, headers: problem.headers)
            head.headers.add(name: "Content-Length", value: String(body.readableBytes))
            head.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
