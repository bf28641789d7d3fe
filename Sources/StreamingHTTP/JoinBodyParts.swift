import NIOCore
import NIOHTTP1

/// Joins the parts of a body that one read of the socket brought. Add it behind the decoder.
///
/// Engines send a chunk per token, and one read brings many of them when they come fast. AsyncHTTPClient handles each part
/// by itself, which cost more than reading what they say.
final class JoinBodyParts: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    /// A part goes on at once above this size: joining is for small ones.
    private static let bytesMax = 64 << 10

    private var joined: ByteBuffer?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .body(var part) = unwrapInboundIn(data) else {
            passOn(context)
            return context.fireChannelRead(data)
        }
        if joined == nil {
            // Alone it needs no copy.
            joined = part
        } else {
            joined?.writeBuffer(&part)
        }
        if let joined, joined.readableBytes > Self.bytesMax { passOn(context) }
    }

    private func passOn(_ context: ChannelHandlerContext) {
        guard let part = joined else { return }
        joined = nil
        context.fireChannelRead(wrapInboundOut(.body(part)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        passOn(context)
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        passOn(context)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        passOn(context)
        context.fireChannelInactive()
    }
}
