import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// The connections of one event loop to one host, without TLS.
///
/// It is what a request to an engine needs of an HTTP client and no more: no redirects, no proxies, HTTP/1.1. The bytes of
/// an answer go from the decoder to the exchange, without promises or state machines between. `ConnectionPoolState`
/// decides, this performs.
///
/// `@unchecked Sendable`: all state is touched on `loop` only, where channels are opened; `shutdown` hops onto it.
final class PlainConnections: @unchecked Sendable {
    private let loop: any EventLoop
    private let address: PlainAddress
    private let bootstrap: ClientBootstrap
    private var state: ConnectionPoolState<PlainConnection, WaitingRequest>
    /// One for all connections: it looks which was used last and sleeps for the rest.
    private var sweep: Scheduled<Void>?
    private let begun = NIODeadline.now()

    /// - Parameter configuration: its limits of time and number.
    init(_ address: PlainAddress, on loop: any EventLoop, _ configuration: HTTPClient.Configuration) {
        self.loop = loop
        self.address = address
        let pool = configuration.connectionPool
        state = ConnectionPoolState(
            connectionsMax: pool.concurrentHTTP1ConnectionsPerHostSoftLimit,
            idleMax: .nanoseconds(pool.idleTimeout.nanoseconds))
        bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(configuration.timeout.connect ?? .seconds(10))
            // Then the loop looks at its other sockets: an engine that writes without end is read in steps of a millisecond.
            .channelOption(.maxMessagesPerRead, value: 1)
            // And a request of megabytes is written as the engine takes it.
            .channelOption(.writeSpin, value: 0)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // The length is in the head.
                    var framing = HTTPRequestEncoder.Configuration()
                    framing.automaticallySetFramingHeaders = false
                    let handlers: [any ChannelHandler] = [
                        HTTPRequestEncoder(configuration: framing), ByteToMessageHandler(HTTPResponseDecoder()),
                        JoinBodyParts(), PlainConnection(),
                    ]
                    try channel.pipeline.syncOperations.addHandlers(handlers)
                }
            }
    }

    private var now: Duration { .nanoseconds((NIODeadline.now() - begun).nanoseconds) }

    /// Sends a request whose answer `exchange` reads, now or when a connection is free. On the loop.
    func start(_ request: consuming PlainRequest, _ exchange: any CarriedExchange) {
        loop.preconditionInEventLoop()
        if state.isShutDown { return exchange.finished(HTTPClientError.alreadyShutdown) }
        if let connection = state.takeIdle() { return connection.run(request, exchange) }
        let waiting = WaitingRequest(request, exchange, self)
        exchange.isCarried(by: waiting)
        if state.wait(waiting) { open() }
    }

    /// - Returns: whether the request was waiting, and does not any more.
    func withdraw(_ request: WaitingRequest) -> Bool { state.withdraw(request) }

    // MARK: Connections

    private func open() {
        let channel =
            if let address = address.socketAddress {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: address.host, port: address.port)
            }
        channel.whenComplete { self.opened($0) }
    }

    private func opened(_ result: Result<any Channel, any Error>) {
        do {
            let channel = try result.get()
            // It may have ended at once.
            guard channel.isActive else { throw HTTPClientError.remoteConnectionClosed }
            let connection = try channel.pipeline.syncOperations.handler(type: PlainConnection.self)
            connection.opened(for: self)
            perform(state.opened(connection, at: now), connection)
        } catch {
            let next = state.openingFailed()
            if next.opens { open() }
            next.failed?.exchange.finished(Self.problem(error))
        }
    }

    /// As AsyncHTTPClient says it.
    private static func problem(_ error: any Error) -> any Error {
        if case ChannelError.connectTimeout = error { HTTPClientError.connectTimeout } else { error }
    }

    /// The connection can take another request.
    func freed(_ connection: PlainConnection) { perform(state.freed(connection, at: now), connection) }

    private func perform(_ next: ConnectionPoolState<PlainConnection, WaitingRequest>.Next, _ connection: PlainConnection) {
        switch next {
        case .run(let waiting): connection.run(waiting.request, waiting.exchange)
        case .keep: if sweep == nil { expire() }
        case .close: connection.close(HTTPClientError.alreadyShutdown)
        }
    }

    func closed(_ connection: PlainConnection) {
        if state.closed(connection) { open() }
    }

    private func expire() {
        let (close, next) = state.expire(at: now)
        for connection in close { connection.close(HTTPClientError.remoteConnectionClosed) }
        sweep = next.map { delay in loop.scheduleTask(in: TimeAmount(delay)) { self.expire() } }
    }

    // MARK: The end

    /// Closes all connections; requests that run or wait fail. From any thread.
    func shutdown() async throws {
        try await loop.flatSubmit { self.shutDown() }.get()
    }

    private func shutDown() -> EventLoopFuture<Void> {
        sweep?.cancel()
        sweep = nil
        let (connections, requests) = state.shutDown()
        let closed = connections.compactMap(\.closed)
        for request in requests { request.exchange.finished(HTTPClientError.alreadyShutdown) }
        for connection in connections { connection.close(HTTPClientError.alreadyShutdown) }
        return .andAllComplete(closed, on: loop)
    }
}
