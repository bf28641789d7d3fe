import NIOCore

/// One end of a proxied connection: hands what its socket reads to the other end, when the link says that it arrives.
///
/// Both ends live on one loop. Nothing is read while `queuedBytesMax` wait for their time or the other end's socket is
/// full, so a proxy holds a few megabytes per direction at most.
final class ProxyEnd: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// More than any line that is worth simulating has under way: 300 ms at 200 Mbit/s.
    private static let queuedBytesMax = 8 << 20

    private enum Cargo {
        case bytes(ByteBuffer)
        /// The sender will write no more.
        case end
        /// The connection is gone.
        case close
    }

    /// Nil passes bytes on at once.
    private var link: Link?
    private let read: (Int) -> Void
    private let delivered: (Int) -> Void
    private var peer: ProxyEnd?
    private var context: ChannelHandlerContext?
    private var queue = CircularBuffer<(cargo: Cargo, due: Duration)>()
    private var queuedBytes = 0
    private var timer: Scheduled<Void>?
    private var wantsToRead = false

    /// - Parameters:
    ///   - link: the way to the other end.
    ///   - read: called with the number of bytes that this end's socket brought.
    ///   - delivered: called with the number of this end's bytes that reach the other end.
    init(link: Link?, read: @escaping (Int) -> Void, delivered: @escaping (Int) -> Void = { _ in }) {
        self.link = link
        self.read = read
        self.delivered = delivered
    }

    /// The clock of all links.
    static var moment: Duration { .nanoseconds(Int64(NIODeadline.now().uptimeNanoseconds)) }

    /// From now on what one reads the other writes.
    static func join(_ left: ProxyEnd, _ right: ProxyEnd) {
        guard left.context != nil, right.context != nil else {
            // One of them left while the other was on its way.
            left.context?.close(promise: nil)
            right.context?.close(promise: nil)
            return
        }
        left.peer = right
        right.peer = left
        left.readAgain()
        right.readAgain()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    /// What is under way still arrives: the queue outlives the socket it was read from, and `.close` ends it.
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        if let peer, queuedBytes < Self.queuedBytesMax, peer.context?.channel.isWritable == true {
            context.read()
        } else {
            wantsToRead = true
        }
    }

    private func readAgain() {
        guard wantsToRead, let context else { return }
        wantsToRead = false
        read(context: context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        let count = buffer.readableBytes
        read(count)
        guard link != nil else { return deliver(.bytes(buffer)) }
        var rest = buffer
        for arrival in link?.send(count, at: Self.moment) ?? [] {
            guard let piece = rest.readSlice(length: arrival.bytes) else { break }
            queuedBytes += arrival.bytes
            queue.append((.bytes(piece), arrival.at))
        }
        scheduleDelivery()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if link == nil { peer?.context?.flush() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            send(.end)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        send(.close)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a failed TLS handshake: the other side sees a connection that ends.
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { peer?.readAgain() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Delivering

    /// An end of the stream takes as long as a byte would, and comes after all of them.
    private func send(_ cargo: Cargo) {
        guard link != nil else { return deliver(cargo) }
        let due = link?.send(1, at: Self.moment).last?.at ?? Self.moment
        queue.append((cargo, due))
        scheduleDelivery()
    }

    private func scheduleDelivery() {
        guard timer == nil, let due = queue.first?.due, let context = context ?? peer?.context else { return }
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(max(0, due.nanoseconds)))
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.deliverDue() }
    }

    private func deliverDue() {
        timer = nil
        let now = Self.moment
        while let first = queue.first, first.due <= now {
            queue.removeFirst()
            if case .bytes(let buffer) = first.cargo { queuedBytes -= buffer.readableBytes }
            deliver(first.cargo)
        }
        peer?.context?.flush()
        scheduleDelivery()
        readAgain()
    }

    private func deliver(_ cargo: Cargo) {
        guard let other = peer?.context else {
            peer = nil
            return
        }
        switch cargo {
        case .bytes(let buffer):
            delivered(buffer.readableBytes)
            other.write(wrapOutboundOut(buffer), promise: nil)
        case .end:
            other.flush()
            let channel = other.channel
            other.close(mode: .output).whenFailure { _ in channel.close(promise: nil) }
        case .close:
            other.flush()
            other.close(promise: nil)
            // The two ends hold each other until here.
            peer = nil
        }
    }
}

extension Duration {
    /// Whole nanoseconds; durations here are far below three centuries.
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var milliseconds: Double { seconds * 1000 }
}
