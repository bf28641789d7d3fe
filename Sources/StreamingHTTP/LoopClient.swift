import AsyncHTTPClient
import NIOCore

/// An HTTP client that works on one event loop. End it with `shutdown`.
///
/// AsyncHTTPClient keeps only connections that no request had pinned to a loop; one that was opened for a pinned
/// request is closed after it. A client whose group is a single loop needs no pinning: all its connections live there
/// and are kept.
package struct LoopClient: Sendable {
    package let loop: any EventLoop
    package let http: HTTPClient

    package init(_ loop: any EventLoop, _ configuration: HTTPClient.Configuration) {
        self.loop = loop
        http = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
    }

    /// Sends a request whose answer `exchange` reads. On the loop.
    package func start(_ request: HTTPClient.Request, _ exchange: StreamedExchange<some AnswerReader>) {
        exchange.start(request, with: http)
    }

    /// Closes all connections; requests that run fail.
    package func shutdown() async throws { try await http.shutdown() }
}
