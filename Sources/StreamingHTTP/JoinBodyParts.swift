import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Joins the parts of a body that one read of the socket brought, and has compressed ones read. Add it behind the decoder.
///
/// Engines send a chunk per token, and one read brings many of them when they come fast. AsyncHTTPClient handles each part
/// by itself, which cost more than reading what they say.
///
/// Nobody asks for a compressed answer, and some proxies send one all the same. Only then a handler that decompresses stands
/// behind this one, until the answer ends.
final class JoinBodyParts: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    /// A part goes on at once above this size: joining is for small ones.
    private static let bytesMax = 64 << 10

    /// What a byte of a compressed answer may stand for, on average. Chunks that are alike but for a word come to some eighty; what
    /// is made to harm comes to a thousand, and one read of it would keep the loop for tens of milliseconds. How much comes in all
    /// is bounded as for an answer that is not compressed.
    private static let inflationMax = 200

    private var joined: ByteBuffer?
    private var decompressor: NIOHTTPResponseDecompressor?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .body(let part): join(part, context)
        case .head(let head):
            passOn(context)
            if head.headers.contains(name: "content-encoding") { return passOn(compressed: head, context) }
            context.fireChannelRead(data)
        case .end:
            passOn(context)
            context.fireChannelRead(data)
            removeDecompressor(context)
        }
    }

    private func join(_ part: consuming ByteBuffer, _ context: ChannelHandlerContext) {
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

    private func passOn(compressed head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        var head = head
        if head.headers.first(name: "content-encoding")?.lowercased() == "x-gzip" {
            head.headers.replaceOrAdd(name: "content-encoding", value: "gzip")
        }
        let decompressor = NIOHTTPResponseDecompressor(limit: .ratio(Self.inflationMax))
        do {
            try context.pipeline.syncOperations.addHandler(decompressor, position: .after(self))
            self.decompressor = decompressor
        } catch {
            return context.fireErrorCaught(error)
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func removeDecompressor(_ context: ChannelHandlerContext) {
        guard let decompressor = decompressor.take() else { return }
        context.pipeline.syncOperations.removeHandler(decompressor, promise: nil)
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
