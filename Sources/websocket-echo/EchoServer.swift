import NIOCore
import NIOHTTP1
import NIOPosix
import ResponsesWebSocket

/// A server that upgrades every valid handshake on any path and explains what is wrong with the others.
enum EchoServer {
    static func bootstrap(_ group: any EventLoopGroup) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel) }
            }
    }

    private static func configure(_ channel: any Channel) throws {
        let upgrader = WebSocketUpgrader<Void> { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                let handler = WebSocketHandler(role: .server, delegate: EchoConnection())
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
        let pipeline = channel.pipeline.syncOperations
        _ = try pipeline.configureUpgradableHTTPServerPipeline(
            configuration: NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(RefusalHandler())
                        }
                    })))
        let upgradeHandler = try pipeline.handler(type: NIOTypedHTTPServerUpgradeHandler<Void>.self)
        try pipeline.addHandler(UpgradeGate { _ in nil }, position: .before(upgradeHandler))
    }
}
