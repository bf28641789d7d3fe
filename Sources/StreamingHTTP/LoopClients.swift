import AsyncHTTPClient
import NIOCore
import NIOPosix

/// One HTTP client per event loop of a group.
package struct LoopClients: Sendable {
    private let clients: [LoopClient]
    private let group: any EventLoopGroup

    /// - Parameter posts: what `LoopClient.post` sends.
    package init(_ group: any EventLoopGroup, _ configuration: HTTPClient.Configuration, posts: PostForm? = nil) {
        self.group = group
        clients = group.makeIterator().map { LoopClient($0, configuration, posts: posts) }
        precondition(!clients.isEmpty, "an event loop group has loops")
    }

    /// Where the caller runs, when it is on one of the group's loops; any of them otherwise.
    package var here: LoopClient {
        if let current = MultiThreadedEventLoopGroup.currentEventLoop, let client = client(of: current) { return client }
        return client(of: group.any()) ?? clients[0]
    }

    private func client(of loop: any EventLoop) -> LoopClient? { clients.first { $0.loop === loop } }

    /// - Throws: the first error, after all clients were closed.
    package func shutdown() async throws {
        var problem: (any Error)?
        for client in clients {
            do { try await client.shutdown() } catch { problem = problem ?? error }
        }
        if let problem { throw problem }
    }
}
