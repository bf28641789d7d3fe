import NIOCore

/// Sending: frames are gathered through a tick of the loop and leave in one flush.
extension WebSocketHandler {
    /// The loop on which everything here happens; nil before the handler was added and after it was removed.
    package var eventLoop: (any EventLoop)? { context?.eventLoop }

    /// Whether messages may be sent: false before the opening and from the close on.
    package var isOpen: Bool { phase == .open }

    /// Whether a sender should continue. When it turns false, stop until `webSocketWritabilityChanged`.
    package var isWritable: Bool {
        guard phase == .open, let context else { return false }
        return context.channel.isWritable && outgoing.byteCount <= limits.tickBytesMax
    }

    /// Bytes of frames that have not been written to the socket.
    package var pendingBytes: Int { outgoing.byteCount + bytesInFlight }

    /// Bytes of frames that the peer has acknowledged, as near as the channel can say. It grows while a slow reader reads.
    package var bytesTaken: Int { bytesGiven - (context?.channel.untakenBytes ?? 0) }

    /// Sends one text message. Dropped when the socket is not open.
    package func send(text: String, promise: EventLoopPromise<Void>? = nil) {
        var text = text
        text.withUTF8 { send(.text, UnsafeRawBufferPointer($0), promise: promise) }
    }

    /// Sends one text message of UTF-8 bytes, which are not checked.
    package func sendText(_ bytes: UnsafeRawBufferPointer, promise: EventLoopPromise<Void>? = nil) {
        send(.text, bytes, promise: promise)
    }

    /// Sends text messages that lie back to back; `ends[i]` is the offset after message `i`, the last one `bytes.count`.
    ///
    /// The promise succeeds when all are written to the socket, and fails when the socket closed before.
    package func sendText(batch bytes: UnsafeRawBufferPointer, ends: [Int], promise: EventLoopPromise<Void>? = nil) {
        guard let context = contextForSending(promise) else { return }
        outgoing.addTexts(bytes, ends: ends, allocator: context.channel.allocator)
        added(promise, context)
    }

    /// Sends one binary message.
    package func sendBinary(_ bytes: UnsafeRawBufferPointer, promise: EventLoopPromise<Void>? = nil) {
        send(.binary, bytes, promise: promise)
    }

    /// Sends a ping of at most 125 bytes; more is cut.
    package func ping(_ payload: [UInt8] = [], promise: EventLoopPromise<Void>? = nil) {
        payload.prefix(FrameOpcode.controlPayloadMax).withUnsafeBytes { send(.ping, $0, promise: promise) }
    }

    private func send(_ opcode: FrameOpcode, _ payload: UnsafeRawBufferPointer, promise: EventLoopPromise<Void>?) {
        guard let context = contextForSending(promise) else { return }
        outgoing.add(opcode, payload, allocator: context.channel.allocator)
        added(promise, context)
    }

    /// The context when a frame may be sent; otherwise fails the promise.
    private func contextForSending(_ promise: EventLoopPromise<Void>?) -> ChannelHandlerContext? {
        guard phase == .open, let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return nil
        }
        context.eventLoop.assertInEventLoop()
        guard pendingBytes <= limits.pendingBytesMax else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            // A peer that does not read takes no close frame either. In a later tick: no call comes from inside a send.
            phase = .closing
            context.eventLoop.assumeIsolated().execute {
                self.wasUnread = true
                self.abort()
            }
            return nil
        }
        return context
    }

    private func added(_ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        if let promise { outgoing.add(promise) }
        tellHolding()
        if lastToldWritable, outgoing.byteCount > limits.tickBytesMax {
            // The sender sees it by `isWritable`, and hears of the way back after the flush.
            lastToldWritable = false
        }
        scheduleFlush(context)
    }

    // MARK: Flushing

    /// Makes the tick's frames leave late in it, whatever made them.
    func scheduleFlush(_ context: ChannelHandlerContext) {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().executeLateInTick {
            self.isFlushScheduled = false
            guard let context = self.context else { return }
            self.flushFrames(context)
        }
    }

    func flushFrames(_ context: ChannelHandlerContext) {
        guard phase != .closed else { return }
        let batch = outgoing.take(isWritable: context.channel.isWritable, allocator: context.channel.allocator)
        let ending = ending
        self.ending = .none
        if let batch {
            let length = batch.frames.readableBytes
            bytesInFlight += length
            bytesGiven += length
            context.writeAndFlush(wrapOutboundOut(batch.frames)).assumeIsolated().whenComplete { result in
                self.bytesInFlight -= length
                self.tellHolding()
                for promise in batch.promises { promise.completeWith(result) }
                self.end(ending)
            }
        } else if ending != .none {
            // After whatever the channel still has to write.
            context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
                self.end(ending)
            }
        }
        tellWritability()
    }

    private func end(_ ending: Ending) {
        guard phase != .closed, let context else { return }
        switch ending {
        case .none: break
        case .closeTCP: context.close(promise: nil)
        // Where halves cannot be closed, the peer's end or the timer closes.
        case .closeOurHalf: context.close(mode: .output, promise: nil)
        }
    }

    func tellWritability() {
        let isWritable = isWritable
        guard phase == .open, isWritable != lastToldWritable else { return }
        lastToldWritable = isWritable
        delegate?.webSocketWritabilityChanged(self)
    }
}
