import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// One connection without TLS: writes a request, hands its answer to the exchange, one after the other.
///
/// The last handler of its channel. What it is at comes from who it works for: without an exchange it is idle, or about
/// to close.
final class PlainConnection: ChannelDuplexHandler, ExchangeCarrier {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPClientRequestPart

    private var connections: PlainConnections?
    private var context: ChannelHandlerContext?
    private var exchange: (any CarriedExchange)?
    /// The answer is whole. The connection is free when nothing else came in the same read.
    private var isAnswered = false
    /// Neither side wants to close after this answer.
    private var isKept = true
    /// The exchange takes no more for now.
    private var isHeld = false
    /// The channel would have read while the exchange was held.
    private var isReadDue = false

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    /// The connection is open; `connections` hears of its end.
    func opened(for connections: PlainConnections) { self.connections = connections }

    func run(_ request: consuming PlainRequest, _ exchange: any CarriedExchange) {
        exchange.isCarried(by: self)
        guard let context else { return exchange.finished(HTTPClientError.remoteConnectionClosed) }
        self.exchange = exchange
        isKept = request.head.isKeepAlive
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        for buffer in request.body { context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Closes it; an exchange that runs fails.
    func close(_ problem: any Error) {
        isAnswered = false
        let exchange = exchange.take()
        context?.close(promise: nil)
        exchange?.finished(problem)
    }

    var closed: EventLoopFuture<Void>? { context?.channel.closeFuture }

    // MARK: What the exchange says

    func readOn() {
        isHeld = false
        guard isReadDue else { return }
        isReadDue = false
        context?.read()
    }

    func stop() { close(HTTPClientError.cancelled) }

    // MARK: What the channel says

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Only what is about to close says anything without having been asked.
        guard let exchange else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Another protocol would follow a 101.
            if !head.isKeepAlive || head.status == .switchingProtocols { isKept = false }
            exchange.receivedHead(head)
        case .body(let part):
            do {
                if try !exchange.receivedPart(part) { isHeld = true }
            } catch {
                close(error)
            }
        case .end:
            isAnswered = true
            self.exchange = nil
            exchange.receivedEnd()
            exchange.finished(nil)
            readOn()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard isAnswered else { return }
        isAnswered = false
        guard isKept, isWritten(context) else { return context.close(promise: nil) }
        connections?.freed(self)
    }

    /// Whether the request went out to its end. An answer may come before, which says that the rest is not wanted.
    private func isWritten(_ context: ChannelHandlerContext) -> Bool {
        // In bytes; a channel that does not know it keeps nothing back.
        let left = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return left ?? 0 == 0
    }

    func read(context: ChannelHandlerContext) {
        if isHeld { isReadDue = true } else { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close(error) }

    func channelInactive(context: ChannelHandlerContext) {
        close(HTTPClientError.remoteConnectionClosed)
        self.context = nil
        connections.take()?.closed(self)
    }
}
