import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesCore

/// Watches a connection until the head of its first request is there; before that nothing else does.
///
/// Closes a connection that stays silent too long, or immediately on shutdown; tells whoever sends something else than HTTP,
/// or a head that does not end.
final class FirstRequest: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: Limits
    private var timer: Scheduled<Void>?
    private var hasBytes = false
    private var isRefused = false

    init(_ limits: Limits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.headTimeout)) {
            if self.hasBytes { self.refuse(.timeout, context) } else { context.close(promise: nil) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        hasBytes = true
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: context.close(promise: nil)
        case ChannelEvent.inputClosed where !isRefused: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        refuse(RequestProblem(error), context)
    }

    private func refuse(_ problem: RequestProblem, _ context: ChannelHandlerContext) {
        guard !isRefused else { return }
        isRefused = true
        let body = problem.error.httpBody
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: problem.error.status),
            headers: [
                "Content-Type": "application/json", "Content-Length": String(body.count), "Connection": "close",
                "x-request-id": RequestIDs.make(), "server": "hotline",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        LingeringClose.begin(on: context.channel, limits)
    }
}
