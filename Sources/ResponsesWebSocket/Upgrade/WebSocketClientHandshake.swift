import NIOCore
import NIOHTTP1

/// Asks a server for a WebSocket: the client's side of RFC 6455 section 4.1.
///
/// ```swift
/// let request = WebSocketClientHandshake.Request(host: "localhost:8484", path: "/v1/responses", headers: headers)
/// let socket = WebSocketHandler(role: .client, delegate: delegate)
/// WebSocketClientHandshake.perform(request, on: channel, socket: socket).assumeIsolated().whenComplete { … }
/// ```
/// It lives on a channel that is connected, with TLS below when there is any, from the request to the answer: a 101 puts
/// `socket` in its place, anything else closes the channel. Redirects are not followed.
package final class WebSocketClientHandshake: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPClientResponsePart
    package typealias OutboundOut = HTTPClientRequestPart

    /// What is asked for.
    package struct Request: Sendable {
        /// The `Host` header, unless `headers` has one.
        package var host: String
        /// With its query.
        package var path: String
        /// More headers. Those of the handshake itself and of bodies are ignored: the caller does not decide them.
        package var headers: HTTPHeaders

        package init(host: String, path: String, headers: HTTPHeaders = [:]) {
            self.host = host
            self.path = path
            self.headers = headers
        }
    }

    private enum State {
        /// The channel is not active yet.
        case unsent
        case awaitingHead
        /// A valid 101; its end is awaited.
        case accepted
        /// HTTP leaves the pipeline; what comes until then are frames.
        case upgrading
        /// Another status; its body is read.
        case refused(UpgradeRefusal)
        case done
    }

    private let request: Request
    private let handshake: WebSocketHandshake
    private let socket: WebSocketHandler
    private let result: EventLoopPromise<WebSocketHandler>
    private var state = State.unsent

    private init(_ request: Request, _ socket: WebSocketHandler, _ result: EventLoopPromise<WebSocketHandler>) {
        self.request = request
        self.socket = socket
        self.result = result
        handshake = WebSocketHandshake(key: Self.randomKey())
    }

    /// Sends the request; the future is `socket` once it is open on the channel. On the channel's event loop.
    ///
    /// The socket's delegate hears of the opening before the future succeeds, and of messages after. The future fails with
    /// `UpgradeRefusal`, `BrokenHandshake`, or the channel's error; the channel is closed then. There is no time-out here:
    /// closing the channel ends the wait.
    package static func perform(
        _ request: Request, on channel: any Channel, socket: WebSocketHandler
    ) -> EventLoopFuture<WebSocketHandler> {
        let result = channel.eventLoop.makePromise(of: WebSocketHandler.self)
        do {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderListSize = headBytesMax
            let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
            try channel.pipeline.syncOperations.addHandlers(
                HTTPRequestEncoder(), ByteToMessageHandler(decoder), NIOHTTPRequestHeadersValidator(),
                WebSocketClientHandshake(request, socket, result))
        } catch {
            result.fail(error)
            channel.close(promise: nil)
        }
        return result.futureResult
    }

    /// All headers of an answer together; as much as common servers allow.
    package static var headBytesMax: Int { 64 << 10 }
    /// Of a refusal's body; more than this is not a message.
    package static var bodyBytesMax: Int { 64 << 10 }

    /// "A nonce consisting of a randomly selected 16-byte value that has been base64-encoded" (RFC 6455 section 4.1).
    private static func randomKey() -> String {
        var random = SystemRandomNumberGenerator()
        return WebSocketHandshake.base64((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    // MARK: The request

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { send(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        send(context)
        context.fireChannelActive()
    }

    private func send(_ context: ChannelHandlerContext) {
        guard case .unsent = state else { return }
        state = .awaitingHead
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: request.path, headers: headers)
        context.write(wrapOutboundOut(.head(head))).assumeIsolated().whenFailure { self.fail($0, context) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private var headers: HTTPHeaders {
        var headers = HTTPHeaders()
        if !request.headers.contains(name: "host") { headers.add(name: "Host", value: request.host) }
        headers.add(name: "Upgrade", value: "websocket")
        headers.add(name: "Connection", value: "Upgrade")
        headers.add(name: "Sec-WebSocket-Version", value: WebSocketHandshake.version)
        headers.add(name: "Sec-WebSocket-Key", value: handshake.key)
        for (name, value) in request.headers where !Self.isOurs(name.lowercased()) { headers.add(name: name, value: value) }
        return headers
    }

    private static func isOurs(_ name: String) -> Bool {
        switch name {
        case "upgrade", "connection", "content-length", "transfer-encoding": true
        default: name.hasPrefix("sec-websocket-")
        }
    }

    // MARK: The answer

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The decoder passes on what came after the 101.
        if case .upgrading = state { return context.fireChannelRead(data) }
        switch unwrapInboundIn(data) {
        case .head(let head): received(head, context)
        case .body(let bytes): received(bytes, context)
        case .end: ended(context)
        }
    }

    private func received(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        guard case .awaitingHead = state else { return }
        guard head.status == .switchingProtocols else {
            state = .refused(UpgradeRefusal(status: Int(head.status.code), headers: head.headers, body: []))
            return
        }
        if let fault = fault(in: head.headers) { return fail(BrokenHandshake(fault), context) }
        state = .accepted
    }

    /// What makes a 101 invalid, in the order of RFC 6455 section 4.1.
    private func fault(in headers: HTTPHeaders) -> BrokenHandshake.Fault? {
        guard headers.names("websocket", in: "upgrade") else { return .upgrade }
        guard headers.names("upgrade", in: "connection") else { return .connection }
        guard headers["sec-websocket-accept"] == [handshake.acceptValue] else { return .accept }
        guard !headers.contains(name: "sec-websocket-extensions") else { return .extensions }
        guard !headers.contains(name: "sec-websocket-protocol") else { return .subprotocol }
        return nil
    }

    private func received(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .refused(var refusal) = state else { return }
        state = .done
        refusal.body.append(contentsOf: bytes.readableBytesView.prefix(Self.bodyBytesMax - refusal.body.count))
        state = .refused(refusal)
        if refusal.body.count >= Self.bodyBytesMax { fail(refusal, context) }
    }

    private func ended(_ context: ChannelHandlerContext) {
        switch state {
        case .refused(let refusal): fail(refusal, context)
        case .accepted: upgrade(context)
        default: break
        }
    }

    // MARK: The change

    private func upgrade(_ context: ChannelHandlerContext) {
        state = .upgrading
        let pipeline = context.pipeline.syncOperations
        let frames = EarlyFrames()
        do {
            try pipeline.addHandler(frames, position: .after(self))
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPResponseDecoder>.self)
            for handler in [
                try pipeline.context(handlerType: HTTPRequestEncoder.self),
                try pipeline.context(handlerType: NIOHTTPRequestHeadersValidator.self),
            ] {
                pipeline.removeHandler(context: handler, promise: nil)
            }
            // It passes on what it holds within this call, and leaves in a later tick.
            pipeline.removeHandler(context: decoder).assumeIsolated().whenComplete { result in
                switch result {
                case .success: self.open(frames, context)
                case .failure(let error): self.fail(error, context)
                }
            }
        } catch {
            fail(error, context)
        }
    }

    private func open(_ frames: EarlyFrames, _ context: ChannelHandlerContext) {
        guard case .upgrading = state else { return }
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(socket, position: .after(frames))
        } catch {
            return fail(error, context)
        }
        // The delegate may have closed the channel when it heard of the opening, which ended this.
        guard case .upgrading = state else { return }
        state = .done
        result.assumeIsolated().succeed(socket)
        pipeline.removeHandler(context: context, promise: nil)
        frames.leave()
    }

    // MARK: Failing

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        guard end(with: error) else { return }
        context.close(promise: nil)
    }

    /// Fails the result unless it is known; a refusal whose body broke off still counts as the refusal.
    @discardableResult
    private func end(with error: any Error) -> Bool {
        let reported: any Error
        switch state {
        case .done: return false
        case .refused(let refusal): reported = refusal
        case .unsent, .awaitingHead, .accepted, .upgrading: reported = error
        }
        state = .done
        result.fail(reported)
        return true
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return fail(error, context) }
        fail(BrokenHandshake(error == .invalidEOFState ? .ended : .notHTTP), context)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end(with: BrokenHandshake(.ended))
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        end(with: BrokenHandshake(.ended))
    }
}

/// Keeps frames that came right after the 101 until the socket that reads them is there.
private final class EarlyFrames: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    private var held: ByteBuffer?
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        held.setOrWriteBuffer(&bytes)
    }

    /// Passes on what is held, and leaves the pipeline.
    func leave() {
        guard let context else { return }
        if let held {
            context.fireChannelRead(NIOAny(held))
            context.fireChannelReadComplete()
        }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}
