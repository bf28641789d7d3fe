import NIOCore

/// Lets what is flushed several times within one turn of the loop leave in one write.
///
/// AsyncHTTPClient flushes the head of a request, each buffer of its body and its end. Next to the socket these become
/// one system call, and the engine wakes once, with the whole request at hand.
final class FlushOncePerTurn: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var isScheduled = false

    func flush(context: ChannelHandlerContext) {
        if isScheduled { return }
        isScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isScheduled = false
            context.flush()
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if isScheduled { context.flush() }
        context.close(mode: mode, promise: promise)
    }
}
