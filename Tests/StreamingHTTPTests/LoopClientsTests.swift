import NIOCore
import NIOPosix
import Testing

@testable import StreamingHTTP

@Suite struct LoopClientsTests {
    @Test func theClientOfTheCallersLoop() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let clients = LoopClients(group, .streaming(connectTimeout: .seconds(1), connectionsMax: 1, idleTimeout: .seconds(1)))
        for _ in 0..<6 {
            let loop = group.next()
            let here = try await loop.submit { clients.here.loop === loop }.get()
            #expect(here)
        }
        // Elsewhere, any of the group's.
        let loop = clients.here.loop
        #expect(group.makeIterator().contains { $0 === loop })
        try await clients.shutdown()
        try await group.shutdownGracefully()
    }
}
