import NIOCore
import NIOPosix

/// One event loop on a thread of its own, kept on one core.
struct LoopThread: Sendable {
    let group: MultiThreadedEventLoopGroup
    var loop: any EventLoop { group.any() }

    /// The thread of the server that is measured has core 0, load and engine share core 1.
    enum Role: Int { case server, load }

    /// Runs `body` with a loop that is there as long.
    static func with<R>(_ role: Role, _ body: (LoopThread) async throws -> R) async throws -> R {
        let thread = LoopThread(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
        do {
            try await thread.loop.submit { Machine.pinThread(toCore: role.rawValue) }.get()
            let result = try await body(thread)
            try await thread.group.shutdownGracefully()
            return result
        } catch {
            try? await thread.group.shutdownGracefully()
            throw error
        }
    }

    /// Nanoseconds that the loop's thread has run.
    func nanoseconds() async throws -> UInt64 { try await loop.submit { Machine.threadNanoseconds }.get() }

    /// Nanoseconds that the loop's thread runs during `body`.
    func nanoseconds(_ body: () async throws -> Void) async throws -> Double {
        let before = try await nanoseconds()
        try await body()
        return Double(try await nanoseconds() - before)
    }
}
