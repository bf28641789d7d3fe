import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ResponsesWebSocket

/// What memory cannot show: half-closing, back-pressure and partial writes of a real TCP connection.
@Suite struct RealSocketTests {
    private final class Echo: WebSocketDelegate {
        func webSocketOpened(_ socket: WebSocketHandler) {}
        func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
            guard case .binary(let bytes) = message else { return }
            bytes.withUnsafeBytes { socket.sendBinary($0) }
            if !socket.isWritable { socket.pauseReading() }
        }
        func webSocketWritabilityChanged(_ socket: WebSocketHandler) {
            if socket.isWritable { socket.resumeReading() }
        }
        func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {}
    }

    /// A connection to an echoing socket on loopback, without the handshake, which `UpgradeTests` has.
    private func withConnection(
        limits: WebSocketLimits = WebSocketLimits(),
        _ body: (NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group)
            // As HTTP servers set it, which makes the peer's half-close an event instead of an end.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = WebSocketHandler(role: .server, limits: limits, delegate: Echo())
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = try await ClientBootstrap(group: group)
            // A client that notices the server's half-close only when it has sent all.
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(to: server.localAddress!) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        try await client.executeThenClose(body)
        try await server.close()
    }

    @Test func echoesToASlowReader() async throws {
        let payload = [UInt8](repeating: 0x78, count: 100_000)
        let frame = rawFrame(2, payload)
        let count = 200
        try await withConnection { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                // All is sent while nobody reads at first: it waits in kernels and here, not without bound in the server.
                group.addTask {
                    for _ in 0..<count { try await outbound.write(ByteBuffer(bytes: frame)) }
                }
                var reader = FrameReader(role: .client)
                var messages = 0
                for try await bytes in inbound {
                    messages += reader.events(in: Array(bytes.readableBytesView)).count { $0 == .binary(payload) }
                    if messages == count { break }
                }
                #expect(messages == count)
                try await group.waitForAll()
            }
        }
    }

    @Test func theCloseFrameOutlivesAFlood() async throws {
        var limits = WebSocketLimits()
        limits.messageBytesMax = 1000
        limits.pingInterval = nil
        try await withConnection(limits: limits) { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // The server takes and drops it; a reset here would lose the reason.
                    try await outbound.write(ByteBuffer(bytes: rawFrame(2, claim: 5_000_000)))
                    for _ in 0..<50 { try await outbound.write(ByteBuffer(repeating: 0, count: 100_000)) }
                }
                var reader = FrameReader(role: .client)
                var heard: [String] = []
                for try await bytes in inbound { heard += outcome(reader.events(in: Array(bytes.readableBytesView))) }
                #expect(heard == ["close 1009 message above 1000 bytes"])
                try await group.waitForAll()
            }
        }
    }

    @Test func aHalfClosedPeerIsGone() async throws {
        try await withConnection { inbound, outbound in
            outbound.finish()
            for try await _ in inbound { Issue.record("nothing was asked") }
        }
    }

    /// What was taken is what the peer's kernel has, not what this one's took.
    @Test(.timeLimit(.minutes(1))) func bytesAreTakenWhenThePeerHasThem() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let opened = group.any().makePromise(of: NIOLoopBound<WebSocketHandler>.self)
        let size = 16 << 20
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = WebSocketHandler(role: .server, delegate: Echo())
                    opened.succeed(NIOLoopBound(handler, eventLoop: channel.eventLoop))
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = try await ClientBootstrap(group: group)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 64 << 10)
            .connect(to: server.localAddress!).get()
        let socket = try await opened.futureResult.get()
        let loop = socket.eventLoop
        try await loop.submit {
            [UInt8](repeating: 0x78, count: size).withUnsafeBytes { socket.value.sendBinary($0) }
        }.get()
        // Two turns of the loop: the frames leave late in their tick.
        for _ in 0..<8 { try await loop.submit {}.get() }
        #expect(try await loop.submit { socket.value.bytesTaken }.get() < size / 2)
        try await client.setOption(.autoRead, value: true).get()
        while try await loop.submit({ socket.value.bytesTaken }).get() < size {}
        try await client.close()
        try await server.close()
    }
}
