import NIOCore
import NIOEmbedded

@testable import ResponsesWebSocket

/// A socket on a channel in memory, with the peer's side in the test's hands. Time moves only when the test moves it.
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

    /// What the peer read since the last call, also after a close frame.
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
