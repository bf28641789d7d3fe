import NIOCore
import NIOHTTP1
import ResponsesWebSocket

/// Answers a request that is not a valid handshake with what is missing.
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
