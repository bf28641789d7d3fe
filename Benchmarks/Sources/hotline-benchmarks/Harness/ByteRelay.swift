import NIOCore
import NIOPosix

/// Passes bytes on, both ways, and understands nothing: what the sockets alone cost, in the server's place.
struct ByteRelay: Sendable {
    let port: Int

    static func with<R>(
        to target: Int, on thread: LoopThread, _ body: (ByteRelay) async throws -> R
    ) async throws -> R {
        let channel = try await ServerBootstrap(group: thread.group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop)
                    .channelOption(.socketOption(.tcp_nodelay), value: 1)
                    .connect(host: "127.0.0.1", port: target)
                    .flatMap { upstream in
                        client.eventLoop.makeCompletedFuture {
                            try client.pipeline.syncOperations.addHandler(PassOn(to: upstream))
                            try upstream.pipeline.syncOperations.addHandler(PassOn(to: client))
                        }.flatMap { client.setOption(.autoRead, value: true) }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await body(ByteRelay(port: channel.localAddress?.port ?? 0))
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }
}

/// Writes to another channel of the same loop what this one reads; one flush per read.
private final class PassOn: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { other.write(unwrapInboundIn(data), promise: nil) }
    func channelReadComplete(context: ChannelHandlerContext) { other.flush() }
    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
}
