import LibC
import NIOCore

/// Lets accepting rest when the system had no descriptor or memory for it: the connection is still there, and NIO would try again at
/// once, and again, on a whole core. Goes next to the listening socket.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let pause: TimeAmount
    private let onPause: () -> Void
    private var timer: Scheduled<Void>?

    /// - Parameter onPause: called each time that it begins to rest.
    init(_ pause: Duration, onPause: @escaping () -> Void) {
        self.pause = TimeAmount(pause)
        self.onPause = onPause
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (error as? IOError)?.errnoCode {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: rest(context)
        // The client went away before it was accepted.
        case ECONNABORTED: break
        default: context.fireErrorCaught(error)
        }
    }

    private func rest(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        onPause()
        let channel = context.channel
        // A read is pending, which only this takes back.
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: pause) {
            self.timer = nil
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }
}
