import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A TCP proxy on loopback that lets a laptop show what a network does.
///
/// ```swift
/// let network = Network(roundTrip: .milliseconds(40), upload: 20_000_000, download: 100_000_000)
/// try await NetworkProxy.with(to: ProxyTarget("http://127.0.0.1:8484/v1"), network: network) { proxy in
///     try await measure(proxy.url)
/// }
/// ```
/// Clients speak plain HTTP or WebSocket to it and send the server's own name as `Host` (`hostHeader`); it dials TLS itself
/// where the server wants that. `Link` says what is modelled. An `https` server costs one simulated round trip more per
/// connection, as the handshake of TLS 1.3 does. The dialling itself happens in the time that the handshake is
/// simulated to take; a server that is far away adds its own delay to all of this.
public final class NetworkProxy: Sendable {
    private let target: ProxyTarget
    private let network: Network
    private let listener: any Channel
    private let connections: Connections

    /// Connections of one proxy: an agent makes one, or one for each turn when its server closes them.
    private static let connectionsMax = 4096
    private static let connectTimeout = TimeAmount.seconds(15)

    /// The base URL to give to a client: the same path, on loopback.
    public var url: String { "http://127.0.0.1:\(listener.localAddress?.port ?? 0)\(target.path)" }
    /// What the client has to send as `Host`.
    public var hostHeader: String { target.authority }
    /// All bytes so far.
    public var traffic: Traffic { trafficOfConnections.reduce(Traffic()) { $0 + $1 } }
    /// The bytes of each connection, oldest first.
    public var trafficOfConnections: [Traffic] { connections.meters.withLock { $0.map(\.traffic) } }

    /// Opens a proxy for as long as `body` runs.
    ///
    /// - Parameter group: where it lives; all of one proxy lives on one loop.
    /// - Throws: what `body` throws, or an I/O error when the proxy cannot listen on loopback.
    public static func with<Result: Sendable>(
        to target: ProxyTarget, network: Network, on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        _ body: (NetworkProxy) async throws -> Result
    ) async throws -> Result {
        let connections = Connections()
        let tls = try target.isSecure ? NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        let listener = try await ServerBootstrap(group: group.next())
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { client in
                accept(client, target, network, tls, connections)
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = NetworkProxy(target: target, network: network, listener: listener, connections: connections)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(proxy)) } catch { result = .failure(error) }
        try? await listener.close()
        for channel in connections.takeAll() { channel.close(promise: nil) }
        return try result.get()
    }

    private init(target: ProxyTarget, network: Network, listener: any Channel, connections: Connections) {
        self.target = target
        self.network = network
        self.listener = listener
        self.connections = connections
    }

    /// Dials the server for a client that came, on the client's loop, and joins the two.
    private static func accept(
        _ client: any Channel, _ target: ProxyTarget, _ network: Network, _ tls: NIOSSLContext?, _ connections: Connections
    ) -> EventLoopFuture<Void> {
        let meter = TrafficMeter()
        guard connections.add(client, meter, countMax: connectionsMax) else {
            return client.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        let handshake = network.roundTrip * (target.isSecure ? 2 : 1)
        let openAt = ProxyEnd.moment + handshake
        func link(_ bitsPerSecond: Double?) -> Link? {
            network.isDirect ? nil : Link(roundTrip: network.roundTrip, bitsPerSecond: bitsPerSecond, openAt: openAt)
        }
        let near = ProxyEnd(link: link(network.upload)) { meter.count(sent: $0) }
        let far = ProxyEnd(link: link(network.download)) { _ in } delivered: { meter.count(received: $0) }
        let isAdded = client.eventLoop.makeCompletedFuture { try client.pipeline.syncOperations.addHandler(near) }
        let ends = NIOLoopBound((near: near, far: far), eventLoop: client.eventLoop)
        ClientBootstrap(group: client.eventLoop)
            .connectTimeout(connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { server in
                server.eventLoop.makeCompletedFuture {
                    if let tls {
                        // SNI takes names only, not addresses (RFC 6066 section 3).
                        let name = target.host.contains(where: \.isLetter) && !target.host.contains(":") ? target.host : nil
                        try server.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try server.pipeline.syncOperations.addHandler(ends.value.far)
                }
            }
            .connect(host: target.host, port: target.port)
            .whenComplete { result in
                switch result {
                case .success: ProxyEnd.join(ends.value.near, ends.value.far)
                case .failure: client.close(promise: nil)
                }
            }
        return isAdded
    }
}

/// The connections of a proxy, for its counters and its end.
private final class Connections: Sendable {
    let meters = Mutex<[TrafficMeter]>([])
    private let channels = Mutex<[any Channel]>([])

    func add(_ channel: any Channel, _ meter: TrafficMeter, countMax: Int) -> Bool {
        let hasRoom = meters.withLock { meters in
            guard meters.count < countMax else { return false }
            meters.append(meter)
            return true
        }
        if hasRoom { channels.withLock { $0.append(channel) } }
        return hasRoom
    }

    func takeAll() -> [any Channel] {
        channels.withLock { channels in
            defer { channels = [] }
            return channels
        }
    }
}
