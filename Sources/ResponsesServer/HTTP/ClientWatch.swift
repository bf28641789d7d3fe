import NIOCore
import ResponsesCore

/// Says to the answer that is being made what happens to its HTTP connection: the client went away or takes no bytes, the
/// server shuts down.
///
/// The server keeps half-closed connections open, so a client that vanished shows only as the end of its input. A client
/// that closes its sending side and still waits for the answer looks the same: RFC 9112 section 9.6 allows that.
final class ClientWatch: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    /// The answer that is being made, and what makes it.
    private var output: (any RequestOutput)?
    private var driver: ConnectionDriver?
    private var isGone = false
    private var isShuttingDown = false
    private let limits: Limits
    private var stallTimer: Scheduled<Void>?

    private let onStall: (LogIDs) -> Void
    /// Of the request that is being answered, or was last.
    private var ids = LogIDs()

    /// - Parameter onStall: called when written bytes stayed unread for `writeStallMax`, before the connection is closed.
    init(_ limits: Limits, onStall: @escaping (LogIDs) -> Void) {
        self.limits = limits
        self.onStall = onStall
    }

    /// From now on `output` hears, and is held, until `stopWatching`: an answer that was never begun to be written ends with
    /// its connection.
    func watch(_ output: any RequestOutput, _ driver: ConnectionDriver) {
        ids = driver.ids
        self.output = output
        self.driver = driver
        if isShuttingDown {
            // In a later tick, as the turn has not begun.
            driver.loop.assumeIsolated().execute { self.shutDown() }
        }
        if isGone { gone() }
    }

    func stopWatching() {
        output = nil
        driver = nil
    }

    private func gone() {
        isGone = true
        guard let output, let driver else { return }
        stopWatching()
        output.clientGone()
        driver.disconnected()
    }

    /// The turn may finish within the grace.
    private func shutDown() {
        isShuttingDown = true
        driver?.shutDown(within: limits.shutdownGrace)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: gone()
        case is ChannelShouldQuiesceEvent: shutDown()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stallTimer?.cancel()
        stallTimer = nil
        if context.channel.isWritable {
            output?.channelBecameWritable()
        } else {
            stallTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.writeStallMax)) {
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
