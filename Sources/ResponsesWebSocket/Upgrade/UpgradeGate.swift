import NIOCore
import NIOHTTP1

/// Decides before NIO's upgrade handler whether a request may become a WebSocket.
///
/// NIO's typed upgrade handler drops the head of a request whose upgrade is refused, and its client waits without end. Here a
/// refused request loses its `Upgrade` and goes on as an ordinary one, which the router answers with a proper error; it
/// finds why in `refusalHeader`. As NIO's HTTP decoder reads nothing after a request that offered any upgrade, such a
/// request is made to say `Connection: close`: whoever answers it ends the connection then.
///
/// Add it directly before the upgrade handler. It leaves with the request it lets through.
package final class UpgradeGate: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart

    /// Set on refused WebSocket requests to the raw value of a `WebSocketHandshake.Problem`. A client's own is removed.
    package static let refusalHeader = "x-hotline-upgrade"

    private let decide: @Sendable (HTTPRequestHead) -> WebSocketHandshake.Problem?
    private var isFirstRequest = true

    /// - Parameter decide: asked on the event loop about requests that are right by RFC 6455; returns why one may not
    ///   become a socket, or nil when it may.
    package init(decide: @escaping @Sendable (HTTPRequestHead) -> WebSocketHandshake.Problem?) {
        self.decide = decide
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        // Asked first, as removing copies the headers even where there is nothing to remove.
        if head.headers.contains(name: Self.refusalHeader) { head.headers.remove(name: Self.refusalHeader) }
        let verdict = verdict(on: head)
        isFirstRequest = false
        guard let problem = verdict else {
            context.fireChannelRead(wrapInboundOut(.head(head)))
            // What follows the request is frames, not HTTP.
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
            return
        }
        // Other protocols may be offered by anybody; ignoring them is the rule (RFC 9110 section 7.8).
        if problem != .notWebSocket { head.headers.add(name: Self.refusalHeader, value: problem.rawValue) }
        if head.headers.contains(name: "upgrade") {
            head.headers.removeUpgrade(isLastRequest: head.headers.names("upgrade", in: "connection"))
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Why the request stays an ordinary one; nil when it is to be upgraded.
    private func verdict(on head: HTTPRequestHead) -> WebSocketHandshake.Problem? {
        switch WebSocketHandshake.check(head) {
        case .failure(let problem): problem
        case .success where !isFirstRequest: .notFirstRequest
        case .success: decide(head)
        }
    }
}

extension HTTPHeaders {
    /// Removes `Upgrade`; what `Connection` says besides stays, unless this is the last request.
    fileprivate mutating func removeUpgrade(isLastRequest: Bool) {
        remove(name: "upgrade")
        guard isLastRequest else { return }
        replaceOrAdd(name: "Connection", value: "close")
    }
}
