import NIOCore
import ResponsesCore
import ResponsesWebSocket

/// Says to the answer that is being made what happens to its HTTP connection: the client went away or takes no bytes, the
/// server shuts down.
///
/// The server keeps half-closed connections open, so a client that vanished shows only as the end of its input. A client
/// that closes its sending side and still waits for the answer looks the same: RFC 9112 section 9.6 allows that.
final class ClientWatch: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    /// The answer that is being made, and what makes it.
    private var output: (any AnswerOutput)?
    private var driver: ConnectionDriver?
    private var isGone = false
    private var isShuttingDown = false
    private let limits: Limits
    /// The client, while bytes wait for it.
    private var reader: StalledReader?
    private var stallTimer: Scheduled<Void>?

    private let onStall: (LogIDs) -> Void
    /// Of the request that is being answered, or was last.
    private var ids = LogIDs()

    /// - Parameter onStall: called when nothing of what waits was taken for `writeStallMax`, before the connection is closed.
    init(_ limits: Limits, onStall: @escaping (LogIDs) -> Void) {
        self.limits = limits
        self.onStall = onStall
    }

    /// From now on `output` hears, and is held, until `stopWatching`: an answer that was never begun to be written ends with
    /// its connection.
    func watch(_ output: any RequestOutput, _ driver: ConnectionDriver) { watch(output, driver, driver.ids) }

    /// The same for an answer without a turn.
    func watch(_ output: any AnswerOutput, _ ids: LogIDs) { watch(output, nil, ids) }

    private func watch(_ output: any AnswerOutput, _ driver: ConnectionDriver?, _ ids: LogIDs) {
        self.ids = ids
        self.output = output
        self.driver = driver
        if isShuttingDown, let driver {
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
        guard let output else { return }
        let driver = driver
        stopWatching()
        output.clientGone()
        driver?.disconnected()
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
        stopWatchingReader()
        if context.channel.isWritable {
            output?.channelBecameWritable()
        } else {
            reader = StalledReader(within: limits.writeStallMax, taken: -context.channel.untakenBytes, now: context.eventLoop.now)
            lookAtReader(context)
        }
        context.fireChannelWritabilityChanged()
    }

    /// Nothing is written while the channel is not writable, so less that waits is more that was taken.
    private func lookAtReader(_ context: ChannelHandlerContext) {
        guard let verdict = reader?.look(taken: -context.channel.untakenBytes, at: context.eventLoop.now) else { return }
        switch verdict {
        case .drop:
            onStall(ids)
            context.close(promise: nil)
        case .look(let time):
            stallTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.lookAtReader(context) }
        }
    }

    private func stopWatchingReader() {
        reader = nil
        stallTimer?.cancel()
        stallTimer = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopWatchingReader()
        gone()
        context.fireChannelInactive()
    }
}
