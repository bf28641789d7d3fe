import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension HTTPClient.Configuration {
    /// For exchanges that measure their own time and whose failures are answers.
    ///
    /// - Parameters:
    ///   - connectTimeout: TCP and TLS together.
    ///   - connectionsMax: at one time, to one host from one loop; more requests wait.
    ///   - idleTimeout: how long a connection is kept without a request.
    ///   - makesSpans: whether the program's tracer, if it has one, gets a span for each request.
    package static func streaming(
        connectTimeout: Duration, connectionsMax: Int, idleTimeout: Duration, makesSpans: Bool = true
    ) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        // A redirect would take the key to an address that nobody chose (websocket-mode 18).
        configuration.redirectConfiguration = .disallow
        // Silence is measured by the exchange, which knows when reading is paused and whether the answer has begun.
        configuration.timeout = .init(connect: TimeAmount(connectTimeout), read: nil)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsMax
        configuration.connectionPool.idleTimeout = TimeAmount(idleTimeout)
        // A refused connection is an answer: without this it is tried again until the time-out.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Making spans that nobody collects is not free: 3 % of a turn of the server.
        if !makesSpans { configuration.tracing.tracer = nil }
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                let operations = channel.pipeline.syncOperations
                try operations.addHandler(FlushOncePerTick(), position: .first)
                let decoder = try operations.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
                try operations.addHandler(JoinBodyParts(), position: .after(decoder))
            }
        }
        return configuration
    }
}
