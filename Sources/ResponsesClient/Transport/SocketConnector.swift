import NIOCore
import NIOPosix
import NIOSSL
import ResponsesWebSocket

/// Opens WebSockets to a server: TCP, TLS when the address asks for it, the upgrade.
struct SocketConnector: Sendable {
    private let access: ServerAccess
    /// Made once: it holds the system's trust roots.
    private let tls: NIOSSLContext?

    /// - Throws: `ClientError` when TLS cannot be set up.
    init(_ access: ServerAccess) throws(ClientError) {
        self.access = access
        guard access.address.isTLS else {
            tls = nil
            return
        }
        var settings = access.tls
        // The upgrade is HTTP/1.1 only.
        settings.applicationProtocols = ["http/1.1"]
        do {
            tls = try NIOSSLContext(configuration: settings)
        } catch {
            throw ClientError(.notPossible, "TLS cannot be set up: \(error)")
        }
    }

    /// Begins to connect on `loop`, which this must be called on; everything of the socket happens there.
    func connect(on loop: any EventLoop, delegate: any WebSocketDelegate) -> ConnectingSocket {
        loop.preconditionInEventLoop()
        let socket = WebSocketHandler(role: .client, limits: socketLimits, delegate: delegate)
        let connecting = ConnectingSocket(access, loop, socket)
        connecting.start(bootstrap(loop).connect(host: access.address.host, port: access.address.port))
        return connecting
    }

    private func bootstrap(_ loop: any EventLoop) -> ClientBootstrap {
        let serverName = access.address.serverName
        return ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(access.limits.connectTimeout))
            // Turns are small and waited for.
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let tls else { return }
                    let handler = try NIOSSLClientHandler(context: tls, serverHostname: serverName)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
    }

    private var socketLimits: WebSocketLimits {
        var limits = WebSocketLimits()
        limits.messageBytesMax = access.limits.receivedBytesMax
        // The longest message and what was before it.
        limits.pendingBytesMax = max(limits.pendingBytesMax, 2 * access.limits.messageBytesMax)
        limits.pingInterval = access.limits.pingInterval
        limits.pongTimeout = access.limits.pongTimeout
        limits.closeTimeout = access.limits.closeTimeout
        return limits
    }
}
