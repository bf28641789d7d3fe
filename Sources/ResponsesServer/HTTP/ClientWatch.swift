import NIOCore

/// Notices that an HTTP client went away, or does not take its answer, while its request is being answered.
///
/// The server keeps half-closed connections open, so a client that vanished shows only as the end of its input. A client
/// that closes its sending side and still waits for the answer looks the same: RFC 9112 section 9.6 allows that.
final class ClientWatch: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    /// Called once, on the loop, when the client is gone.
    private var onGone: (() -> Void)?
    private var isGone = false
    private let stallMax: TimeAmount
    private var stallTimer: Scheduled<Void>?

    private let onStall: (LogIDs) -> Void
    /// Of the request that is being answered, or was last.
    private var ids = LogIDs()

    /// - Parameters:
    ///   - stallMax: how long written bytes may stay unread before the connection is closed.
    ///   - onStall: called then.
    init(stallMax: Duration, onStall: @escaping (LogIDs) -> Void) {
        self.stallMax = TimeAmount(stallMax)
        self.onStall = onStall
    }

    func watch(_ ids: LogIDs, _ onGone: @escaping () -> Void) {
        self.ids = ids
        if isGone { onGone() } else { self.onGone = onGone }
    }

    func stopWatching() { onGone = nil }

    private func gone() {
        isGone = true
        let onGone = onGone
        self.onGone = nil
        onGone?()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { gone() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stallTimer?.cancel()
        stallTimer = nil
        if !context.channel.isWritable {
            stallTimer = context.eventLoop.assumeIsolated().scheduleTask(in: stallMax) {
                self.onStall(self.ids)
                context.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stallTimer?.cancel()
        stallTimer = nil
        gone()
        context.fireChannelInactive()
    }
}
