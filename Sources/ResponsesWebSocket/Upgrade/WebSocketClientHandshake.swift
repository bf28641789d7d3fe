import NIOCore
import NIOHTTP1

/// Asks a server for a WebSocket (RFC 6455 section 4.1), then makes room for the socket.
///
/// Add it to a connected channel with `add(to:…)`; TLS, if any, is there already. When the server agrees, HTTP leaves the
/// pipeline and a `WebSocketHandler` takes its place, with every byte that came behind the 101. No redirect is followed.
package final class WebSocketClientHandshake: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPClientResponsePart
    package typealias OutboundOut = HTTPClientRequestPart

    /// Why there is no socket.
    package enum Failure: Error, Equatable {
        /// Another answer than 101. `body` is at most `bodyBytesMax` of it.
        case refused(status: Int, retryAfter: String?, body: [UInt8])
        /// 101, but not as the RFC wants it, or no HTTP at all.
        case invalid(String)
        /// The connection ended before the answer did.
        case closed
    }

    /// Of a refusal's body no more is kept: an error is a few hundred bytes, a page need not be read.
    private static let bodyBytesMax = 64 << 10

    private enum State {
        case waiting
        /// The server agreed; its answer's end, which follows at once, is the last that is HTTP.
        case agreed
        case refused(HTTPResponseHead, body: [UInt8])
        case done
    }

    private let head: HTTPRequestHead
    private let key: String
    private let makeHandler: () -> WebSocketHandler
    private let promise: EventLoopPromise<Void>
    private var state = State.waiting
    /// Bytes that came behind the 101.
    private var early: ByteBuffer?

    private init(
        _ head: HTTPRequestHead, key: String, promise: EventLoopPromise<Void>, makeHandler: @escaping () -> WebSocketHandler
    ) {
        self.head = head
        self.key = key
        self.promise = promise
        self.makeHandler = makeHandler
    }

    /// Sends the request on a channel and waits for the answer.
    ///
    /// - Parameters:
    ///   - host: for `Host`, unless `headers` has one; with the port where it is not the scheme's own.
    ///   - headers: more headers, such as `Authorization`.
    ///   - promise: succeeds when the socket stands, fails with `Failure` or the error of the channel.
    package static func add(
        to channel: any Channel, host: String, path: String, headers: HTTPHeaders, promise: EventLoopPromise<Void>,
        makeHandler: @escaping () -> WebSocketHandler
    ) throws {
        let key = WebSocketHandshake.randomKey()
        var all = headers
        if !all.contains(name: "host") { all.add(name: "Host", value: host) }
        all.replaceOrAdd(name: "Upgrade", value: "websocket")
        all.replaceOrAdd(name: "Connection", value: "Upgrade")
        all.replaceOrAdd(name: "Sec-WebSocket-Version", value: WebSocketHandshake.version)
        all.replaceOrAdd(name: "Sec-WebSocket-Key", value: key)
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: all)
        let handshake = WebSocketClientHandshake(head, key: key, promise: promise, makeHandler: makeHandler)
        // The decoder sees the requests that are written through it, so it stands behind the encoder.
        try channel.pipeline.syncOperations.addHandlers([
            HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes)), handshake,
        ])
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { ask(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        ask(context)
        context.fireChannelActive()
    }

    private func ask(_ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .done = state {
            // Frames that came with the 101, given back by the decoder: the socket gets them when it stands.
            var bytes = WebSocketHandler.unwrapInboundIn(data)
            if early == nil { early = bytes } else { early?.writeBuffer(&bytes) }
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let answer) where answer.status == .switchingProtocols:
            if let problem = problem(answer) { return fail(context, Failure.invalid(problem)) }
            state = .agreed
        case .head(let answer) where answer.status.code < 200: break
        case .head(let answer): state = .refused(answer, body: [])
        case .body(let bytes):
            guard case .refused(let answer, var body) = state else { return }
            body.append(contentsOf: bytes.readableBytesView.prefix(Self.bodyBytesMax - body.count))
            state = .refused(answer, body: body)
        case .end:
            switch state {
            case .agreed: makeRoom(context)
            case .refused(let answer, let body): fail(context, refusal(answer, body))
            case .waiting, .done: break
            }
        }
    }

    private func refusal(_ answer: HTTPResponseHead, _ body: [UInt8]) -> Failure {
        .refused(
            status: Int(answer.status.code), retryAfter: answer.headers.first(name: "retry-after"), body: body)
    }

    /// What is wrong with a 101 (RFC 6455 section 4.1, the client's list).
    private func problem(_ answer: HTTPResponseHead) -> String? {
        let headers = answer.headers
        guard headers.names("websocket", in: "upgrade") else { return "the 101 does not upgrade to websocket" }
        guard headers.names("upgrade", in: "connection") else { return "the 101 lacks Connection: Upgrade" }
        guard headers["sec-websocket-accept"] == [WebSocketHandshake(key: key).acceptValue] else {
            return "the 101 has a wrong Sec-WebSocket-Accept"
        }
        guard headers["sec-websocket-extensions"].isEmpty else { return "the 101 names an extension that was not offered" }
        guard headers["sec-websocket-protocol"].isEmpty else { return "the 101 names a subprotocol that was not offered" }
        return nil
    }

    /// Takes HTTP out, then puts the socket in: what it sends at once must not meet the decoder, which looks at requests.
    private func makeRoom(_ context: ChannelHandlerContext) {
        state = .done
        do {
            let pipeline = context.pipeline.syncOperations
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPResponseDecoder>.self)
            let encoder = try pipeline.context(handlerType: HTTPRequestEncoder.self)
            pipeline.removeHandler(context: encoder, promise: nil)
            let removed = context.eventLoop.makePromise(of: Void.self)
            removed.futureResult.assumeIsolated().whenComplete { result in self.open(context, result) }
            pipeline.removeHandler(context: decoder, promise: removed)
        } catch {
            promise.fail(error)
            context.close(promise: nil)
        }
    }

    private func open(_ context: ChannelHandlerContext, _ result: Result<Void, any Error>) {
        do {
            try result.get()
            try context.pipeline.syncOperations.addHandler(makeHandler())
        } catch {
            promise.fail(error)
            context.close(promise: nil)
            return
        }
        promise.succeed()
        if let early {
            self.early = nil
            context.fireChannelRead(NIOAny(early))
            context.fireChannelReadComplete()
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func fail(_ context: ChannelHandlerContext, _ failure: any Error) {
        if case .done = state { return }
        state = .done
        promise.fail(failure)
        context.close(promise: nil)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .done = state { return context.fireErrorCaught(error) }
        fail(context, error is HTTPParserError ? Failure.invalid("the answer is not HTTP") : error)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        if case .refused(let answer, let body) = state {
            fail(context, refusal(answer, body))
        } else {
            fail(context, Failure.closed)
        }
        context.fireChannelInactive()
    }
}

extension WebSocketHandshake {
    /// 16 random bytes in base64 (RFC 6455 section 4.1).
    static func randomKey() -> String { base64((0..<16).map { _ in UInt8.random(in: 0...255) }) }
}
