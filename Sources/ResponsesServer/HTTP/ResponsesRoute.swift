import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore
import ServiceLifecycle

/// `POST /v1/responses`: JSON, or SSE when the body says `stream: true`; never by `Accept`, which SDKs send as JSON in
/// both cases.
struct ResponsesRoute: Sendable {
    let services: LineServices

    func create(_ request: Request, _ context: LineRequestContext) async throws -> Response {
        let body = try await request.body.collect(upTo: services.limits.messageBytesMax)
        let create = try CreateRequest(parsing: Array(body.readableBytesView))
        let line = HTTPLine(
            streaming: create.stream ?? false, services: services, principal: context.principal,
            loop: context.channel.eventLoop)
        let watch = Watch(context.channel)
        watch.watch(line)
        // Shutdown lets the turn finish, but not for ever.
        let grace = services.limits.shutdownGrace
        return try await withGracefulShutdownHandler {
            switch await line.begin(create) {
            case .refused(let error):
                finish(line, watch)
                throw error
            case .response(let json):
                finish(line, watch)
                return Response(json: json)
            case .streaming: return streamed(line, watch)
            }
        } onGracefulShutdown: {
            line.driver.loop.execute { line.driver.shutDown(within: grace) }
        }
    }

    private func finish(_ line: HTTPLine, _ watch: Watch) {
        watch.stop()
        line.end()
    }

    private func streamed(_ line: HTTPLine, _ watch: Watch) -> Response {
        let grace = services.limits.shutdownGrace
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
                // Proxies such as nginx would hold events back.
                .accelBuffering: "no",
            ],
            body: ResponseBody { writer in
                defer { finish(line, watch) }
                try await withGracefulShutdownHandler {
                    while let bytes = await line.next() { try await writer.write(bytes) }
                    try await writer.write(ByteBuffer(staticString: "data: [DONE]\n\n"))
                    try await writer.finish(nil)
                } onGracefulShutdown: {
                    line.driver.loop.execute { line.driver.shutDown(within: grace) }
                }
            })
    }

    /// The channel's `ClientWatch`, on its loop.
    private struct Watch: @unchecked Sendable {
        // Proof of `@unchecked Sendable`: used by handlers only, which run on the channel's loop and check it.
        private let watch: ClientWatch?
        private let loop: any EventLoop

        init(_ channel: any Channel) {
            loop = channel.eventLoop
            loop.preconditionInEventLoop()
            watch = try? channel.pipeline.syncOperations.handler(type: ClientWatch.self)
        }

        func watch(_ line: HTTPLine) {
            loop.preconditionInEventLoop()
            watch?.watch { [weak line] in line?.end() }
        }

        func stop() {
            loop.preconditionInEventLoop()
            watch?.stopWatching()
        }
    }
}

extension HTTPField.Name {
    static let accelBuffering = HTTPField.Name("x-accel-buffering")!
}
