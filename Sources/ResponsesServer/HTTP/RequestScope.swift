import NIOCore
import ResponsesAPI
import ResponsesCore
import ServiceLifecycle

/// The line of one HTTP request while it is answered: ended when the client goes away, told when the server shuts down.
///
/// Used on the channel's event loop only, where the request's handler runs.
struct RequestScope: @unchecked Sendable {
    // Proof of `@unchecked Sendable`: `watch` is touched on the loop only, and every method checks that it is there.
    private let line: HTTPLine
    private let driver: ConnectionDriver
    private let watch: ClientWatch?
    private let grace: Duration

    init(streaming isStreaming: Bool, services: ServerServices, context: HotlineRequestContext) {
        let loop = context.channel.eventLoop
        loop.preconditionInEventLoop()
        let line = HTTPLine(streaming: isStreaming, services: services, owner: context.owner, loop: loop)
        self.line = line
        driver = line.driver
        grace = services.limits.shutdownGrace
        watch = try? context.channel.pipeline.syncOperations.handler(type: ClientWatch.self)
        // Held until the end: an answer that was never begun to be written is ended with its connection.
        if let watch { watch.watch { line.end() } } else { line.end() }
    }

    /// Waits until it is clear how to answer.
    func begin(_ request: CreateRequest) async -> HTTPLine.Beginning {
        await heedingShutdown { await line.begin(request) }
    }

    /// Hands over the bytes of a stream as they come, up to its end.
    func forEach(_ body: (ByteBuffer) async throws -> Void) async throws {
        try await heedingShutdown {
            while let bytes = await line.next() { try await body(bytes) }
        }
    }

    /// The answer is written, or nobody takes it. Returns when the engine has let go of the request.
    func end() async {
        driver.loop.preconditionInEventLoop()
        watch?.stopWatching()
        line.end()
        await driver.drained()
    }

    /// Shutdown lets the turn finish, but not for ever.
    private func heedingShutdown<R: Sendable>(_ body: () async throws -> R) async rethrows -> R {
        try await withGracefulShutdownHandler(operation: body) {
            driver.loop.execute { driver.shutDown(within: grace) }
        }
    }
}
