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
    private let posts: PostForm?
    /// What carries `posts` when they need no TLS.
    private let plain: PlainConnections?

    /// - Parameter posts: what `post` sends.
    package init(_ loop: any EventLoop, _ configuration: HTTPClient.Configuration, posts: PostForm? = nil) {
        self.loop = loop
        self.posts = posts
        http = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
        plain = posts?.address.map { PlainConnections($0, on: loop, configuration) }
    }

    /// Sends a request whose answer `exchange` reads, with AsyncHTTPClient. On the loop.
    package func start(_ request: HTTPClient.Request, _ exchange: StreamedExchange<some AnswerReader>) {
        exchange.start(request, with: http)
    }

    /// Sends a body whose answer `exchange` reads, by the shortest way there is. On the loop.
    ///
    /// - Parameters:
    ///   - body: at least one buffer; written in order, never joined, and kept no longer than until it is written.
    ///   - closes: whether the connection must not be used for another request.
    package func post(
        _ body: consuming [ByteBuffer], length: Int, closes: Bool, _ exchange: StreamedExchange<some AnswerReader>
    ) {
        guard let posts else { preconditionFailure("a client that posts has the form of its posts") }
        if let plain {
            exchange.start(posts.plain(body, length: length, closes: closes), with: plain)
        } else {
            exchange.start(posts.full(body, length: length, closes: closes), with: http)
        }
    }

    /// Closes all connections; requests that run fail.
    package func shutdown() async throws {
        try await plain?.shutdown()
        try await http.shutdown()
    }
}
