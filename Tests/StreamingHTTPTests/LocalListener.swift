import NIOCore
import NIOPosix

/// A listener on loopback for the length of a test's body.
enum LocalListener {
    /// Runs `body` with the port; each connection gets what `initialize` adds to its pipeline.
    static func with<R>(
        _ initialize: @escaping @Sendable (any Channel) throws -> Void, _ body: (Int) async throws -> R
    ) async throws -> R {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try initialize(channel) } }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<R, any Error>
        do {
            result = .success(try await body(channel.localAddress?.port ?? 0))
        } catch {
            result = .failure(error)
        }
        try await channel.close()
        return try result.get()
    }
}
