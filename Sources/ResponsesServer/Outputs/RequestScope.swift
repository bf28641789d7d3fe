import NIOCore
import ResponsesAPI
import ResponsesCore
import ServiceLifecycle

/// One HTTP request while it is answered: ended when the client goes away, told when the server shuts down.
///
/// Used on the channel's event loop only, where the request's handler runs.
struct RequestScope<Output: RequestOutput & Sendable>: @unchecked Sendable {
    // Proof of `@unchecked Sendable`: `watch` is touched on the loop only, and every method checks that it is there.

    let output: Output
    private let driver: ConnectionDriver
    private let watch: ClientWatch?
    private let grace: Duration

    init(_ transport: Connection.Transport, services: ServerServices, context: HotlineRequestContext) {
        let loop = context.channel.eventLoop
        loop.preconditionInEventLoop()
        let driver = ConnectionDriver(transport, services: services, identity: context.identity, loop: loop)
        let output = Output(driver)
        driver.attach(output)
        self.driver = driver
        self.output = output
        grace = services.limits.shutdownGrace
        watch = try? context.channel.pipeline.syncOperations.handler(type: ClientWatch.self)
        // Held until the end: an answer that was never begun to be written is ended with its connection.
        if let watch { watch.watch(driver.ids) { Self.leave(driver, output) } } else { Self.leave(driver, output) }
    }

    private static func leave(_ driver: ConnectionDriver, _ output: Output) {
        output.clientGone()
        driver.disconnected()
    }

    /// Does a part of the answering. When the server shuts down meanwhile, the turn may finish within the grace.
    func run<R: Sendable, Failure: Error>(_ body: (Output) async throws(Failure) -> R) async throws(Failure) -> R {
        let result = await withGracefulShutdownHandler {
            do throws(Failure) {
                return Result<R, Failure>.success(try await body(output))
            } catch {
                return .failure(error)
            }
        } onGracefulShutdown: {
            driver.loop.execute { driver.shutDown(within: grace) }
        }
        return try result.get()
    }

    /// The answer is written, or nobody takes it. Returns when the engine no longer works on the request.
    func end() async {
        driver.loop.preconditionInEventLoop()
        watch?.stopWatching()
        Self.leave(driver, output)
        await driver.drained()
    }
}
