import NIOCore

/// Passes on what a channel reads, the end of its peer's half included.
final class ProxyReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Reading: Equatable {
        case bytes([UInt8])
        case ended
    }

    private let read: (Reading) -> Void
    private var hasEnded = false

    init(_ read: @escaping (Reading) -> Void) { self.read = read }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        read(.bytes(Array(unwrapInboundIn(data).readableBytesView)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { ended() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { ended() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func ended() {
        guard !hasEnded else { return }
        hasEnded = true
        read(.ended)
    }
}
