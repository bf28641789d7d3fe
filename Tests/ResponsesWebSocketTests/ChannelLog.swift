import NIOCore

/// What a socket does to the channel below it.
final class ChannelLog: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    var flushes = 0
    /// Whether written bytes stay where they are, as when the peer does not read.
    var holdsFlushes = false
    var reads = 0
    var closes: [CloseMode] = []
    /// A real half-close leaves the channel open, which the embedded channel cannot.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        closes.append(mode)
        guard mode != .output else { return promise?.succeed() ?? () }
        context.close(mode: mode, promise: promise)
    }
    func flush(context: ChannelHandlerContext) {
        flushes += 1
        if !holdsFlushes { context.flush() }
    }
    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }
}
