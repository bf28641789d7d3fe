import NIOCore
import ResponsesCore
import ResponsesWebSocket

/// Ends a connection so that its last answer arrives (RFC 9112 section 9.6): all of it is written, this half is closed, and what
/// the client still sends is dropped for a short while, as closing at once would reset the connection and could take the
/// answer with it.
final class LingeringClose: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let limits: Limits
    private var dropped = 0
    /// Whether our half is closed. Before, nothing is read.
    private var isHalfClosed = false
    private var isReadHeld = false
    private var reader: StalledReader?
    private var timer: Scheduled<Void>?

    private init(_ limits: Limits) { self.limits = limits }

    /// Begins to end the connection; whatever was written before leaves first. Nothing may be written afterwards.
    static func begin(on channel: any Channel, _ limits: Limits) {
        // It fails when the channel is closed, which is what is wanted.
        try? channel.pipeline.syncOperations.addHandler(LingeringClose(limits), position: .first)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return context.close(promise: nil) }
        reader = StalledReader(within: limits.writeStallMax, taken: -context.channel.untakenBytes, now: context.eventLoop.now)
        lookAtReader(context)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { result in
            guard case .success = result, self.reader != nil else { return context.close(promise: nil) }
            self.closeHalf(context)
        }
    }

    /// Everything is in the kernel's hands.
    private func closeHalf(_ context: ChannelHandlerContext) {
        reader = nil
        timer?.cancel()
        isHalfClosed = true
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.lingerTimeMax)) {
            context.close(promise: nil)
        }
        // When the client's half is closed already, this closes the connection.
        context.close(mode: .output, promise: nil)
        if isReadHeld { context.read() }
    }

    /// A reader that takes nothing of the last answer keeps the connection no longer than any other.
    private func lookAtReader(_ context: ChannelHandlerContext) {
        guard let verdict = reader?.look(taken: -context.channel.untakenBytes, at: context.eventLoop.now) else { return }
        switch verdict {
        case .drop: context.close(promise: nil)
        case .look(let time):
            timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.lookAtReader(context) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    private func stop() {
        reader = nil
        timer?.cancel()
        timer = nil
    }

    // MARK: What still comes

    func read(context: ChannelHandlerContext) {
        if isHalfClosed { context.read() } else { isReadHeld = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        dropped += unwrapInboundIn(data).readableBytes
        if dropped > limits.lingerBytesMax { context.close(promise: nil) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        // The client is done too, or the server has no time left to be polite.
        case ChannelEvent.inputClosed where isHalfClosed, is ChannelShouldQuiesceEvent where isHalfClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
