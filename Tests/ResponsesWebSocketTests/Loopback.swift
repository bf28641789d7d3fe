import NIOCore
import NIOEmbedded

@testable import ResponsesWebSocket

/// Writes down what a socket says, and does what a test asks for when it says it.
final class RecordingDelegate: WebSocketDelegate {
    var heard: [String] = []
    var onMessage: (WebSocketHandler) -> Void = { _ in }
    var onWritability: (WebSocketHandler) -> Void = { _ in }
    var onQuiesce: ((WebSocketHandler) -> Void)?

    func webSocketOpened(_ socket: WebSocketHandler) { heard.append("opened") }

    func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
        heard += outcome([.message(message)])
        onMessage(socket)
    }

    func webSocketWritabilityChanged(_ socket: WebSocketHandler) {
        heard.append("writable \(socket.isWritable)")
        onWritability(socket)
    }

    func webSocketShouldQuiesce(_ socket: WebSocketHandler) {
        guard let onQuiesce else { return socket.close(code: .goingAway, reason: "server is going down") }
        onQuiesce(socket)
    }

    func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {
        heard.append("closed \(code)\(reason.isEmpty ? "" : " \(reason)")")
    }
}

/// What a socket does to the channel below it.
final class ChannelLog: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    var flushes = 0
    var reads = 0
    var closes: [CloseMode] = []
    /// A real half-close leaves the channel open, which the embedded channel cannot.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        closes.append(mode)
        guard mode != .output else { return promise?.succeed() ?? () }
        context.close(mode: mode, promise: promise)
    }
    func flush(context: ChannelHandlerContext) {
        flushes += 1
        context.flush()
    }
    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }
}

/// A socket on a channel in memory, with the peer's side in the test's hands. Time moves only when told.
final class Loopback {
    let channel: EmbeddedChannel
    let log = ChannelLog()
    let delegate = RecordingDelegate()
    let socket: WebSocketHandler
    private let peerRole: WebSocketRole
    private var peer: FrameReader

    init(role: WebSocketRole = .server, limits: WebSocketLimits = WebSocketLimits()) throws {
        socket = WebSocketHandler(role: role, limits: limits, delegate: delegate)
        peerRole = role == .server ? .client : .server
        peer = FrameReader(role: peerRole)
        channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try channel.pipeline.syncOperations.addHandlers(log, socket)
    }

    /// The peer's bytes arrive in one read.
    func receive(_ bytes: [UInt8]) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    /// Ends the loop's tick, and more of them while there is work.
    func tick() { channel.embeddedEventLoop.run() }

    func advance(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    /// What the peer read since the last call, also behind a close frame.
    func sent() throws -> [String] {
        var events: [FrameEvent] = []
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
            bytes.withUnsafeReadableBytes { input in
                var offset = 0
                while let event = peer.next(in: input, from: &offset) {
                    events.append(event)
                    if peer.hasEnded { peer = FrameReader(role: peerRole) }
                }
            }
        }
        return outcome(events)
    }

    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
        tick()
    }
}
