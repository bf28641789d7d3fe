import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ResponsesAPI
import ResponsesWebSocket

/// Makes the connections of a line: TCP, TLS and the upgrade, within one time limit.
struct SocketConnector: Sendable {
    private let address: ServerAddress
    private let headers: HTTPHeaders
    private let limits: ClientLimits
    private let tls: NIOSSLContext?

    /// - Throws: `ClientError` when TLS cannot be set up.
    init(_ configuration: ResponsesClient.Configuration, address: ServerAddress) throws(ClientError) {
        self.address = address
        limits = configuration.limits
        headers = configuration.requestHeaders
        guard address.isTLS else {
            tls = nil
            return
        }
        do {
            var settings = configuration.tls
            // The upgrade is HTTP/1.1's.
            settings.applicationProtocols = ["http/1.1"]
            tls = try NIOSSLContext(configuration: settings)
        } catch {
            throw ClientError(.notPossible, "TLS cannot be set up: \(error)")
        }
    }

    /// Connects on a loop. `delegate` is told everything of the socket; the future only fails, with `ConnectFailure`.
    func connect(on loop: any EventLoop, delegate: any WebSocketDelegate) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        let delegate = NIOLoopBound(delegate, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(TimeAmount(limits.connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try addHandlers(to: channel, delegate.value, promise) }
            }
        let attempt = bootstrap.connect(host: address.host, port: address.port)
        let timer = loop.scheduleTask(in: TimeAmount(limits.connectTimeout)) {
            promise.fail(ConnectFailure.timedOut)
            attempt.whenSuccess { $0.close(promise: nil) }
        }
        attempt.whenFailure { promise.fail($0) }
        return promise.futureResult.always { _ in timer.cancel() }.flatMapErrorThrowing { throw failure(of: $0) }
    }

    private func addHandlers(
        to channel: any Channel, _ delegate: any WebSocketDelegate, _ promise: EventLoopPromise<Void>
    ) throws {
        if let tls {
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: tls, serverHostname: address.serverName))
        }
        var socketLimits = WebSocketLimits()
        socketLimits.messageBytesMax = limits.receivedBytesMax
        socketLimits.pingInterval = limits.pingInterval
        socketLimits.pongTimeout = limits.pongTimeout
        socketLimits.closeTimeout = limits.closeTimeout
        // A whole history may be one message.
        socketLimits.pendingBytesMax = max(socketLimits.pendingBytesMax, limits.messageBytesMax * 2)
        try WebSocketClientHandshake.add(
            to: channel, host: address.authority, path: address.target("responses"), headers: headers, promise: promise
        ) {
            WebSocketHandler(role: .client, limits: socketLimits, delegate: delegate)
        }
    }

    private func failure(of error: any Error) -> ConnectFailure {
        switch error {
        case let failure as ConnectFailure: return failure
        case WebSocketClientHandshake.Failure.refused(let status, let retryAfter, let body):
            let seconds = retryAfter.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
            let error = (try? RawJSON(parsing: body)).map { APIError(reading: $0, status: status) }
            return .refusedUpgrade(status: status, error: error, retryAfterSeconds: seconds ?? error?.retryAfterSeconds)
        case WebSocketClientHandshake.Failure.invalid(let reason):
            return .refusedUpgrade(
                status: 101,
                error: APIError(status: 502, type: "server_error", code: nil, message: "The upgrade is broken: \(reason)."),
                retryAfterSeconds: nil)
        case is WebSocketClientHandshake.Failure:
            return .dropped
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            return .tls(reason: "TLS with \(address.authority) failed: its certificate is not trusted, or it speaks no TLS.")
        case ChannelError.connectTimeout: return .timedOut
        default:
            return .unreachable(
                reason: "Nothing listens on \(address.authority), or it cannot be reached. Start the server, or correct the "
                    + "address.")
        }
    }
}
