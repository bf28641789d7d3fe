import NIOCore
import NIOPosix
import ResponsesTesting
import Testing

@testable import AgentBench

/// Over real sockets: bytes and ends arrive whole and in order. When they arrive is tested in `LinkTests`.
@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
    @Test(arguments: [
        Network(), Network(roundTrip: .milliseconds(2)), Network(roundTrip: .milliseconds(1), upload: 400e6, download: 800e6),
    ])
    func bytesArriveWholeAndAreCounted(network: Network) async throws {
        try await Self.withEcho { address in
            try await NetworkProxy.with(to: address, network: network) { proxy in
                #expect(proxy.hostHeader == address.authority)
                let sent = Self.bytes(3_000_000)
                let received = try await Self.exchange(sent, port: ProxyTarget(proxy.url).port)
                #expect(received == sent)
                #expect(proxy.traffic == Traffic(sent: sent.count, received: sent.count))
            }
        }
    }

    @Test func eachConnectionIsCounted() async throws {
        try await Self.withEcho { address in
            try await NetworkProxy.with(to: address, network: Network(roundTrip: .milliseconds(1))) { proxy in
                let port = try ProxyTarget(proxy.url).port
                for count in [1, 20, 300] { _ = try await Self.exchange(Self.bytes(count), port: port) }
                #expect(proxy.trafficOfConnections.map(\.sent) == [1, 20, 300])
                #expect(proxy.trafficOfConnections.map(\.received) == [1, 20, 300])
            }
        }
    }

    @Test func aServerThatIsNotThereEndsTheConnection() async throws {
        // A port that was free a moment ago.
        let port = try await Self.withEcho { $0.port }
        try await NetworkProxy.with(to: ProxyTarget("http://127.0.0.1:\(port)"), network: Network()) { proxy in
            let received = try await Self.exchange([1, 2, 3], port: ProxyTarget(proxy.url).port)
            #expect(received == [])
        }
    }

    private static func bytes(_ count: Int) -> [UInt8] {
        var generator = SplitMix64(seed: UInt64(count))
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    /// Sends bytes and an end, and reads until the end.
    private static func exchange(_ bytes: [UInt8], port: Int) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // A server that closes first is found by the reader.
                    try? await outbound.write(ByteBuffer(bytes: bytes))
                    outbound.finish()
                }
                var received: [UInt8] = []
                do {
                    for try await buffer in inbound { received.append(contentsOf: buffer.readableBytesView) }
                } catch is IOError {}
                return received
            }
        }
    }

    private static func withEcho<Result: Sendable>(_ body: (ProxyTarget) async throws -> Result) async throws -> Result {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try ProxyTarget("http://127.0.0.1:\(listener.localAddress?.port ?? 0)")
        do {
            let value = try await body(address)
            try await listener.close()
            return value
        } catch {
            try? await listener.close()
            throw error
        }
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
        func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { context.close(mode: .output, promise: nil) }
        }
    }
}
