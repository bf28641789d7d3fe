import NIOCore

/// One WebSocket on a channel that was upgraded: bytes below, a delegate above.
///
/// Add it as the last handler after the upgrade. It reads frames, answers pings, keeps the closing handshake and the
/// limits; frames sent within one loop tick leave in one flush. All methods must be called on the channel's event loop.
package final class WebSocketHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = Never
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    /// The state of the socket. It only moves down this list.
    enum Phase: Int {
        /// Not yet added to an active channel.
        case unopened
        case open
        /// Our close frame was sent; the peer's is awaited. What else comes is read but not delivered.
        case closing
        /// The delegate has heard of the end; TCP lives until the last frame is written, and sometimes until the peer saw it.
        case draining
        case closed
    }

    /// What happens to TCP when the last frame is written.
    enum Ending {
        case none
        case closeTCP
        /// Only this half: closing both while the peer still sends would reset the connection, and the peer could lose
        /// the close frame that says why.
        case closeOurHalf
    }

    // The state is not private as the extensions in the files beside this one share it; nothing else touches it.

    package let limits: WebSocketLimits
    let role: WebSocketRole
    /// Kept until it has heard of the end.
    var delegate: (any WebSocketDelegate)?
    var context: ChannelHandlerContext?

    var phase = Phase.unopened
    var ending = Ending.none
    private var closeTimer: Scheduled<Void>?

    var reader: FrameReader
    /// Bytes that came while reading was paused.
    var held: ByteBuffer?
    var isPaused = false
    /// Whether the rest of what came waits for other sockets to have their turn.
    var isResting = false
    /// Nothing is delivered or read now.
    var holdsBack: Bool { isPaused || isResting }
    /// Whether the channel asked for a read that is held back.
    var isReadHeldBack = false
    var isDelivering = false

    var outgoing: OutgoingFrames
    var isFlushScheduled = false
    /// Bytes given to the channel and not yet written.
    var bytesInFlight = 0
    /// Bytes given to the channel in all.
    var bytesGiven = 0
    var lastToldWritable = true
    /// What the delegate knows of `receivingBytes` and `pendingBytes`.
    private var toldReceiving = 0
    private var toldPending = 0

    var keepalive: Keepalive?
    private var keepaliveTimer: Scheduled<Void>?

    /// - Parameters:
    ///   - role: the role of this end of the connection.
    ///   - delegate: held until `webSocketClosed`.
    package init(role: WebSocketRole, limits: WebSocketLimits = WebSocketLimits(), delegate: any WebSocketDelegate) {
        self.role = role
        self.limits = limits
        self.delegate = delegate
        reader = FrameReader(role: role, limits: limits)
        outgoing = OutgoingFrames(role: role, limits: limits)
    }

    // MARK: Closing

    /// Starts the closing handshake: frames sent before leave first, none after. Without effect once closing.
    ///
    /// The delegate hears `webSocketClosed` when the peer answered, TCP ended or `closeTimeout` passed. A code that must
    /// not be sent traps; a reason above 123 bytes is cut.
    package func close(code: CloseCode?, reason: String = "") {
        guard phase == .open, let context else { return }
        context.eventLoop.assertInEventLoop()
        phase = .closing
        // What still comes is read for the peer's close frame only.
        reader.discardMessages()
        tellHolding()
        outgoing.addClose(code, reason: reason, allocator: context.channel.allocator)
        startCloseTimer(context)
        scheduleFlush(context)
        // The peer's close frame cannot be read while paused.
        resumeReading()
    }

    /// Ends the connection at once, without the handshake. The delegate hears of it before this returns.
    package func abort() {
        guard phase != .closed, let context else { return }
        finish(.abnormal, "")
        context.close(promise: nil)
    }

    /// Whether the socket was aborted because the peer did not take what was sent to it. Known in `webSocketClosed`.
    package internal(set) var wasUnread = false

    func startCloseTimer(_ context: ChannelHandlerContext) {
        guard closeTimer == nil else { return }
        closeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.closeTimeout)) {
            self.abort()
        }
    }

    /// Reports the end to the delegate, once, and releases it.
    func finish(_ code: CloseCode, _ reason: String) {
        let wasOpened = phase != .unopened
        if phase.rawValue < Phase.draining.rawValue { phase = .draining }
        keepaliveTimer?.cancel()
        keepaliveTimer = nil
        keepalive = nil
        held = nil
        guard let delegate else { return }
        self.delegate = nil
        guard wasOpened else { return }
        delegate.webSocketClosed(self, code: code, reason: reason)
    }

    // MARK: What is held

    /// Bytes kept of messages that are not whole, or not delivered yet.
    package var receivingBytes: Int { reader.bufferCapacity + (held?.readableBytes ?? 0) }

    /// Says how much is held, when that changed enough to be worth it.
    func tellHolding() {
        let (receiving, pending) = (receivingBytes, pendingBytes)
        guard Self.isWorthTelling(receiving, toldReceiving) || Self.isWorthTelling(pending, toldPending) else { return }
        toldReceiving = receiving
        toldPending = pending
        delegate?.webSocketHoldingChanged(self)
    }

    private static func isWorthTelling(_ now: Int, _ before: Int) -> Bool {
        abs(now - before) >= holdingStep || (now < holdingStep && before >= holdingStep)
    }

    /// What a connection holds in passing.
    private static let holdingStep = 8192

    // MARK: Keepalive

    private func scheduleKeepalive(_ context: ChannelHandlerContext) {
        guard let wakeUpTime = keepalive?.wakeUpTime else { return }
        keepaliveTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: wakeUpTime) { self.keepAlive() }
    }

    private func keepAlive() {
        guard let context, keepalive != nil else { return }
        let now = context.eventLoop.now
        if isPaused { keepalive?.heard(now: now) }
        keepalive?.looked(taken: bytesTaken, now: now)
        switch keepalive?.wakeUp(now: now) {
        case .drop:
            // Silent, and with bytes that it does not take: it does not read.
            wasUnread = !context.channel.isWritable || bytesInFlight > 0
            abort()
            return
        case .ping where context.channel.isWritable: ping()
        case .ping: pingBehindWhatWaits(context)
        case .wait, nil: break
        }
        scheduleKeepalive(context)
    }

    /// The peer gets the ping when it has read what is before it.
    private func pingBehindWhatWaits(_ context: ChannelHandlerContext) {
        keepalive?.pingWaits()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess {
            self.keepalive?.pingWritten(now: context.eventLoop.now)
        }
        ping(promise: written)
    }

    // MARK: Channel events

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { open(context) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        closed()
        self.context = nil
    }

    package func channelActive(context: ChannelHandlerContext) {
        open(context)
        context.fireChannelActive()
    }

    private func open(_ context: ChannelHandlerContext) {
        guard phase == .unopened else { return }
        phase = .open
        keepalive = Keepalive(limits, now: context.eventLoop.now)
        scheduleKeepalive(context)
        delegate?.webSocketOpened(self)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        keepalive?.heard(now: context.eventLoop.now)
        var bytes = unwrapInboundIn(data)
        guard held == nil, !isDelivering else { return hold(&bytes) }
        deliver(&bytes, context)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        // Answers to control frames leave with the read; messages wait for what else comes of it in this tick.
        if phase != .open || outgoing.hasPong { flushFrames(context) }
        tellHolding()
        context.fireChannelReadComplete()
    }

    package func read(context: ChannelHandlerContext) {
        guard !holdsBack else {
            isReadHeldBack = true
            return
        }
        context.read()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { scheduleFlush(context) }
        tellWritability()
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            if phase == .open { delegate?.webSocketShouldQuiesce(self) }
        case ChannelEvent.inputClosed:
            // Nothing more can come, not even a close frame. An answer to the one that came before still leaves.
            flushFrames(context)
            abort()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Below is only TCP or TLS: its errors leave nothing to answer with.
        abort()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        closed()
        context.fireChannelInactive()
    }

    private func closed() {
        guard phase != .closed else { return }
        finish(.abnormal, "")
        phase = .closed
        closeTimer?.cancel()
        closeTimer = nil
        for promise in outgoing.drop() { promise.fail(ChannelError.ioOnClosedChannel) }
    }
}
