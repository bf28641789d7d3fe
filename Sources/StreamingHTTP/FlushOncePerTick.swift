import NIOCore

/// Combines all flushes within one tick of the loop into one write. Add it next to the socket.
///
/// HTTP libraries flush a head, each piece of a body and its end. Here these become one system call, and the peer wakes
/// once, with all of it at hand.
package final class FlushOncePerTick: ChannelOutboundHandler {
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private var isScheduled = false

    package init() {}

    package func flush(context: ChannelHandlerContext) {
        if isScheduled { return }
        isScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isScheduled = false
            context.flush()
        }
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if isScheduled { context.flush() }
        context.close(mode: mode, promise: promise)
    }
}
