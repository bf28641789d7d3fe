import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import ResponsesCore
import ResponsesWebSocket
import ServiceLifecycle
import StreamingHTTP

/// A client's TCP connection: HTTP/1.1, or, after an upgrade, one WebSocket. Both on one port and path.
///
/// A request that may not become a socket continues as an ordinary one, so that the router answers it (401, 403, 426, …)
/// before any upgrade (websocket-mode 2).
struct ServerChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let negotiated: EventLoopFuture<Negotiated>
        let channel: any Channel
    }

    enum Negotiated: Sendable {
        case http(HTTPAnswers)
        case webSocket
    }

    let router: RouterResponder<HotlineRequestContext>
    let admission: Admission
    let socketPaths: SocketPaths
    let services: ServerServices
    let connections: ConnectionCounter

    /// What an idle connection takes: its channel, its handlers, and what they keep. Measured with thousands of WebSockets.
    private static let connectionBytes = 11 << 10

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let process = services.book.process
        process.add(Self.connectionBytes, for: .connections)
        channel.closeFuture.whenComplete { _ in process.subtract(Self.connectionBytes, for: .connections) }
        return channel.eventLoop.makeCompletedFuture {
            if let refusal = count(channel) { return try refuse(channel, refusal) }
            let options = channel.syncOptions
            try? options?.setOption(.socketOption(.tcp_nodelay), value: 1)
            // Then the loop looks at its other sockets, whatever this one still has.
            try options?.setOption(.maxMessagesPerRead, value: 1)
            // And when it has not taken all at once: megabytes go to it step by step.
            try options?.setOption(.writeSpin, value: 0)
            let high = services.limits.outgoingBytesHigh
            try options?.setOption(.writeBufferWaterMark, value: .init(low: high / 4, high: high))
            // Whose the socket will be: known once the gate has let the handshake in.
            let admitted = NIOLoopBoundBox<ConnectionIdentity?>(nil, eventLoop: channel.eventLoop)
            let upgrader = WebSocketUpgrader<Negotiated>(
                responseHeaders: { _ in ["x-request-id": admitted.value?.requestID ?? ""] },
                upgraded: { channel, head in
                    channel.eventLoop.makeCompletedFuture { try openSocket(channel, head, admitted.value) }
                })
            var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture { try openHTTP(channel, logger) }
                    }))
            pipeline.enablePipelining = false
            pipeline.enableErrorHandling = false
            pipeline.enableResponseHeaderValidation = false
            pipeline.decoderConfiguration.maxHeaderFieldSize = services.limits.headBytesMax
            pipeline.decoderConfiguration.maxHeaderListSize = services.limits.headBytesMax
            pipeline.decoderConfiguration.maxHeaderFieldCount = services.limits.headFieldsMax
            let operations = channel.pipeline.syncOperations
            let negotiated = try operations.configureUpgradableHTTPServerPipeline(configuration: pipeline)
            let upgradeHandler = try operations.handler(type: NIOTypedHTTPServerUpgradeHandler<Negotiated>.self)
            let (admission, paths, observer) = (admission, socketPaths, services.observer)
            let gate = UpgradeGate { head in
                switch admission.admit(head, at: paths) {
                case .failure(let problem):
                    if problem == .full {
                        observer.refused("too_many_connections", LogIDs(), on: channel.eventLoop, at: ConnectionDriver.now())
                    }
                    return problem
                case .success(let owner):
                    admitted.value = ConnectionIdentity(owner: owner, requestID: RequestIDs.make())
                    // Its place is free when TCP ends, whatever became of the upgrade.
                    channel.closeFuture.whenComplete { _ in admission.activity.closedSocket() }
                    return nil
                }
            }
            try operations.addHandler(gate, position: .before(upgradeHandler))
            try operations.addHandler(FirstRequest(services.limits))
            return Value(negotiated: negotiated, channel: channel)
        }
    }

    /// Counts a connection that was accepted, until it closes; or says why it is one too many.
    private func count(_ channel: any Channel) -> ConnectionCounter.Refusal? {
        let descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        let address = descriptor.map { RemoteAddress(peerOf: $0) } ?? .local
        if let refusal = connections.open(address) { return refusal }
        channel.closeFuture.whenComplete { [connections] _ in connections.close(address) }
        return nil
    }

    private func refuse(_ channel: any Channel, _ refusal: ConnectionCounter.Refusal) throws -> Value {
        services.observer.refused(refusal.rawValue, LogIDs(), on: channel.eventLoop, at: ConnectionDriver.now())
        if connections.openRefused() {
            channel.closeFuture.whenComplete { [connections] _ in connections.closeRefused() }
            try channel.pipeline.syncOperations.addHandler(RefusedConnection(services.limits))
        } else {
            // Not before it is registered.
            channel.eventLoop.execute { channel.close(promise: nil) }
        }
        return Value(negotiated: channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel), channel: channel)
    }

    private func openSocket(
        _ channel: any Channel, _ head: HTTPRequestHead, _ admitted: ConnectionIdentity?
    ) throws -> Negotiated {
        guard let admitted else { preconditionFailure("A handshake was upgraded that the gate had not let in.") }
        let memory = HeldMemory(services.book, of: admitted.owner, loop: channel.eventLoop)
        let driver = ConnectionDriver(
            .webSocket, services: services, identity: admitted, memory: memory, loop: channel.eventLoop)
        let output = WebSocketOutput(driver)
        driver.attach(output)
        services.observer.log.request(
            driver.ids, client: head.headers.first(name: "user-agent"), method: head.method.rawValue,
            path: socketPaths.path(of: head.uri) ?? "", status: 101, duration: .zero)
        let handler = WebSocketHandler(role: .server, limits: WebSocketLimits(services.limits), delegate: output)
        try dismissFirstRequest(channel)
        try channel.pipeline.syncOperations.addHandler(handler)
        services.sockets.opened(driver, on: channel)
        return .webSocket
    }

    private func openHTTP(_ channel: any Channel, _ logger: Logger) throws -> Negotiated {
        let operations = channel.pipeline.syncOperations
        try dismissFirstRequest(channel)
        try operations.addHandler(FlushOncePerTick(), position: .first)
        let (log, stallMax) = (services.observer.log, services.limits.writeStallMax)
        try operations.addHandler(ClientWatch(services.limits) { ids in log.readerDropped(ids, after: stallMax) })
        let requests = IncomingRequests(channel.eventLoop, services.limits)
        try operations.addHandler(requests)
        return .http(HTTPAnswers(channel: channel, requests: requests, router: router, logger: logger))
    }

    private func dismissFirstRequest(_ channel: any Channel) throws {
        let operations = channel.pipeline.syncOperations
        operations.removeHandler(try operations.handler(type: FirstRequest.self), promise: nil)
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await negotiated(value) {
            case .http(let answers): await serve(answers, on: value.channel)
            // It lives on by itself (`OpenSockets`).
            case .webSocket: break
            }
        } catch {
            logger.trace("connection ended before its first request")
        }
    }

    private func negotiated(_ value: Value) async throws -> Negotiated {
        try await withTaskCancellationHandler {
            try await value.negotiated.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }

    private func serve(_ answers: HTTPAnswers, on channel: any Channel) async {
        await untilTimeIsUp(channel) {
            await withTaskExecutorPreference(LoopTaskExecutor(channel.eventLoop)) { await answers.run() }
        }
    }

    /// Turns meet the deadline of a shutdown by themselves; this ends clients that still send a body or do not take the answer.
    private func untilTimeIsUp(_ channel: any Channel, _ serve: () async -> Void) async {
        let time = TimeAmount(services.limits.shutdownGrace + services.limits.shutdownTail)
        await withGracefulShutdownHandler {
            await serve()
        } onGracefulShutdown: {
            let timer = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in timer.cancel() }
        }
    }
}
