import NIOCore
import ResponsesAPI
import ResponsesCore

/// One HTTP request while it is answered: ended when the client goes away, told when the server shuts down.
///
/// Used on the channel's event loop only, where the request's handler runs.
struct RequestScope<Output: RequestOutput & Sendable>: @unchecked Sendable {
    // Proof of `@unchecked Sendable`: `watch` is touched on the loop only, and every method checks that it is there.

    let output: Output
    private let driver: ConnectionDriver
    private let watch: ClientWatch?

    @inline(never)  // What it works with would be part of the memory of the request's task.
    init(
        _ transport: Connection.Transport, _ request: ReadRequest, services: ServerServices, context: HotlineRequestContext,
        memory: HeldMemory
    ) {
        let loop = context.channel.eventLoop
        loop.preconditionInEventLoop()
        driver = ConnectionDriver(
            transport, of: request, services: services, identity: context.identity, memory: memory, loop: loop,
            sharing: context.requests?.alarm)
        output = Output(driver)
        driver.attach(output)
        watch = try? context.channel.pipeline.syncOperations.handler(type: ClientWatch.self)
        if let watch { watch.watch(output, driver) } else { leave() }
    }

    private func leave() {
        output.clientGone()
        driver.disconnected()
    }

    /// What the engine was not shown of the request, for the client; nil when that is all.
    var leftOut: String? { driver.leftOutField }

    /// The answer is written, or nobody takes it. Returns when the engine no longer works on the request.
    func end() async {
        driver.loop.preconditionInEventLoop()
        watch?.stopWatching()
        leave()
        if !driver.isDrained { await driver.drained() }
    }
}
