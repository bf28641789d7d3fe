import NIOCore

/// Receiving: bytes become events, and events become answers and messages.
extension WebSocketHandler {
    /// Delivers nothing more and stops reading from the socket, pings included, until `resumeReading`.
    package func pauseReading() {
        guard phase == .open else { return }
        isPaused = true
    }

    /// Undoes `pauseReading`. What was held is delivered in a later tick.
    package func resumeReading() {
        guard isPaused, let context else { return }
        isPaused = false
        keepalive?.heard(now: context.eventLoop.now)
        context.eventLoop.assumeIsolated().execute { self.deliverHeld() }
    }

    private func deliverHeld() {
        guard !holdsBack, let context else { return }
        if var bytes = held {
            held = nil
            deliver(&bytes, context)
        }
        if !holdsBack, isReadHeldBack {
            isReadHeldBack = false
            context.read()
        }
    }

    /// Reads events out of `bytes` until they end, the delegate pauses, or a tick had its share of messages; the rest is held.
    func deliver(_ bytes: inout ByteBuffer, _ context: ChannelHandlerContext) {
        isDelivering = true
        defer { isDelivering = false }
        var count = 0
        while phase == .open || phase == .closing {
            if count == Self.messagesAtOnceMax, role == .server, bytes.readableBytes > 0 { rest(context) }
            if holdsBack {
                if bytes.readableBytes > 0 { hold(&bytes) }
                return
            }
            let event = bytes.readWithUnsafeReadableBytes { unread in
                var offset = 0
                let event = reader.next(in: unread, from: &offset)
                return (offset, event)
            }
            guard let event else { return }
            if case .message = event { count += 1 }
            handle(event, context)
        }
    }

    /// A read has room for a thousand small messages, each with some fifty microseconds of work: other sockets are looked at between.
    private static let messagesAtOnceMax = 16

    private func rest(_ context: ChannelHandlerContext) {
        isResting = true
        context.eventLoop.assumeIsolated().scheduleTask(in: LoopRest.time) {
            self.isResting = false
            self.deliverHeld()
        }
    }

    func hold(_ bytes: inout ByteBuffer) {
        if held == nil {
            held = bytes
        } else {
            held?.writeBuffer(&bytes)
        }
    }

    private func handle(_ event: FrameEvent, _ context: ChannelHandlerContext) {
        switch event {
        case .message(let message):
            guard phase == .open else { return }
            delegate?.webSocket(self, received: message)
        case .ping(let payload):
            outgoing.addPong(
                payload, isWritable: context.channel.isWritable, allocator: context.channel.allocator)
            scheduleFlush(context)
        case .pong:
            // Any byte shows that the peer lives; what the pong repeats does not matter.
            break
        case .close(let code, let reason):
            if phase == .open { outgoing.addClose(code, reason: "", allocator: context.channel.allocator) }
            // The server ends TCP first (RFC 6455 section 7.1.1); a client waits for that.
            ending = role == .server ? .closeTCP : .none
            startCloseTimer(context)
            scheduleFlush(context)
            finish(code ?? .noStatus, reason)
        case .violation(let code, let reason):
            if phase == .open { outgoing.addClose(code, reason: reason, allocator: context.channel.allocator) }
            ending = .closeOurHalf
            startCloseTimer(context)
            scheduleFlush(context)
            finish(code, reason)
        }
    }
}
