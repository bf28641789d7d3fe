import NIOCore
import NIOHTTP1

/// Answers a WebSocket handshake with 101 and hands the channel over.
///
/// No extension and no subprotocol is ever named in the answer, which declines all that were offered (RFC 6455 sections
/// 1.9 and 9.1). Put an `UpgradeGate` before NIO's upgrade handler: that handler never replays a head its upgraders refuse.
///
/// ```swift
/// let upgrader = WebSocketUpgrader { channel, head in
///     channel.eventLoop.makeCompletedFuture {
///         try channel.pipeline.syncOperations.addHandler(WebSocketHandler(role: .server, delegate: delegate))
///     }
/// }
/// ```
package struct WebSocketUpgrader<UpgradeResult: Sendable>: NIOTypedHTTPServerProtocolUpgrader {
    package let supportedProtocol = "websocket"
    package let requiredUpgradeHeaders: [String] = []

    private let responseHeaders: @Sendable (HTTPRequestHead) -> HTTPHeaders
    private let upgraded: @Sendable (any Channel, HTTPRequestHead) -> EventLoopFuture<UpgradeResult>

    /// - Parameters:
    ///   - responseHeaders: more headers for the 101, such as a request id.
    ///   - upgraded: called on the event loop when the 101 was written and HTTP is out of the pipeline.
    package init(
        responseHeaders: @escaping @Sendable (HTTPRequestHead) -> HTTPHeaders = { _ in [:] },
        upgraded: @escaping @Sendable (any Channel, HTTPRequestHead) -> EventLoopFuture<UpgradeResult>
    ) {
        self.responseHeaders = responseHeaders
        self.upgraded = upgraded
    }

    package func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        switch WebSocketHandshake.check(upgradeRequest) {
        case .failure(let problem):
            return channel.eventLoop.makeFailedFuture(problem)
        case .success(let handshake):
            var headers = initialResponseHeaders
            headers.replaceOrAdd(name: "Upgrade", value: supportedProtocol)
            headers.replaceOrAdd(name: "Connection", value: "Upgrade")
            headers.replaceOrAdd(name: "Sec-WebSocket-Accept", value: handshake.acceptValue)
            for (name, value) in responseHeaders(upgradeRequest) { headers.add(name: name, value: value) }
            return channel.eventLoop.makeSucceededFuture(headers)
        }
    }

    package func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<UpgradeResult> {
        upgraded(channel, upgradeRequest)
    }
}
