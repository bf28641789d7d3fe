import ChatWire
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import MessagesWire
import NIOCore
import NIOPosix
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ServiceLifecycle
import ThreadTools

/// The server: HTTP, SSE and WebSocket on one port, in front of the engines of a directory.
///
/// ```swift
/// let engines = SingleEngine(engine: ScriptedEngine(), passesUnknownNames: false, knownModels: ["scripted"])
/// try await HotlineServer(ServerConfiguration(), engines: engines, logger: logger).run()
/// ```
/// `run` returns after a graceful shutdown (SIGTERM, SIGINT): no new turns, running ones finish or meet the deadline. It runs
/// the engine as well (`Engine.run`), which ends last.
public struct HotlineServer: Sendable {
    private let configuration: ServerConfiguration
    private let engines: any EngineDirectory
    private let logger: Logger
    let services: ServerServices
    /// Resources beside those of the API. For tests.
    var additionalResources: [Resource] = []

    /// - Parameter store: where responses with `store: true` are kept; in memory, within `Limits.storeBytesMax`, when none is
    ///   given.
    /// - Parameter sealer: what seals reasoning and compactions; one whose key ends with the process when none is given.
    public init(
        _ configuration: ServerConfiguration, engines: any EngineDirectory, store: (any ResponseStore)? = nil,
        sealer: any ContentSealer = AESSealer(), logger: Logger
    ) {
        self.configuration = configuration
        self.engines = engines
        self.logger = logger
        services = ServerServices(
            limits: configuration.limits, engines: engines,
            store: store ?? MemoryStore(
                bytesMax: configuration.limits.storeBytesMaxOfProcess, ownerShare: configuration.limits.ownerShare,
                dispose: { BesideLoop.drop($0) }),
            sealer: sealer,
            reasoningEvents: configuration.reasoningEvents,
            observer: ServerObserver(ServerLog(logger, accessLog: configuration.accessLog)), keys: configuration.keys)
    }

    /// Serves until shut down.
    ///
    /// - Parameters:
    ///   - eventLoopGroup: where connections live; one loop per core by default.
    ///   - onRunning: called with the port once the server listens.
    /// - Throws: when the address cannot be bound, or the engine is lost for good.
    public func run(
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws {
        try await logged { try await application(eventLoopGroup, onRunning).runService() }
    }

    /// Serves until `stop` returns, then shuts down gracefully; `run` for programs that take signals themselves.
    ///
    /// - Parameter stop: its task is cancelled when the server ends by itself.
    /// - Throws: as `run`.
    public func run(
        eventLoopGroup: any EventLoopGroup, until stop: @escaping @Sendable () async -> Void,
        onRunning: @escaping @Sendable (Int) async -> Void
    ) async throws {
        try await logged {
            let application = application(eventLoopGroup, onRunning)
            let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [application], logger: application.logger))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    await stop()
                    if !Task.isCancelled { await group.triggerGracefulShutdown() }
                }
                try await group.run()
                tasks.cancelAll()
            }
        }
    }

    /// The server as a service of a group that shuts it down; `run` for programs that have a group of their own.
    public func runInGroup(
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws {
        try await logged { try await application(eventLoopGroup, onRunning).run() }
    }

    /// Runs the server and its engine; the log gets what is still to be said, and that it stopped.
    private func logged(_ serve: @escaping @Sendable () async throws -> Void) async throws {
        let result: Result<Void, any Error>
        await services.endInterrupted()
        do { result = .success(try await withEngine { try await withSockets(serve) }) } catch { result = .failure(error) }
        services.observer.stopped(at: ConnectionDriver.now())
        try result.get()
    }

    /// Accepts, and returns when the last socket has left as well.
    private func withSockets(_ serve: @Sendable () async throws -> Void) async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await serve()) } catch { result = .failure(error) }
        // What ended without a shutdown told them nothing.
        if case .failure = result {
            services.sockets.end()
            services.background.shutDown(within: .zero)
        }
        await services.sockets.allLeft()
        await services.background.allLeft()
        try result.get()
    }

    private enum Ended: Sendable {
        case server(Result<Void, any Error>)
        case engine(Result<Void, any Error>)
        case store
    }

    /// Runs the engine and the store beside the server, and ends them when the server has ended: after the last turn. An engine that returns
    /// has nothing to keep; one that throws takes the server down.
    private func withEngine(_ serve: @escaping @Sendable () async throws -> Void) async throws {
        let (engines, store) = (engines, services.store)
        let cause = await withTaskGroup(of: Ended.self) { tasks in
            tasks.addTask {
                do { return .server(.success(try await serve())) } catch { return .server(.failure(error)) }
            }
            tasks.addTask {
                do { return .engine(.success(try await engines.run())) } catch { return .engine(.failure(error)) }
            }
            tasks.addTask {
                await store.run()
                return .store
            }
            tasks.addTask { [services] in
                await services.forgetOldPrefixes()
                return .store
            }
            // Whichever fails first is the cause; what the other says after it was cancelled is its consequence.
            var cause: (any Error)?
            for await ended in tasks {
                switch ended {
                case .server(let result):
                    if case .failure(let error) = result, cause == nil { cause = error }
                    tasks.cancelAll()
                case .engine(.failure(let error)):
                    if cause == nil, !(error is CancellationError) { cause = error }
                    tasks.cancelAll()
                case .engine(.success), .store: break
                }
            }
            return cause
        }
        if let cause { throw cause }
    }

    private func application(
        _ group: any EventLoopGroup, _ onRunning: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        let limits = configuration.limits
        let connections = ConnectionCounter(limits, descriptors: DescriptorLimit.current)
        let admission = Admission(
            keys: configuration.keys,
            origins: OriginPolicy(
                allowed: configuration.allowedOrigins, hosts: configuration.allowedHosts,
                demandsLocalHost: configuration.keys.isEmpty && configuration.isLoopback),
            settingNames: configuration.settingNames, activity: services.activity,
            // Some places are left to HTTP, such as the question whether the server is well.
            connectionsMax: min(limits.connectionsMax, max(1, connections.connectionsMax - connections.connectionsMax / 16)))
        let services = services
        var logger = logger
        // Hummingbird logs its own start and stop at `info`; this server's own lines say what a person needs.
        if logger.logLevel == .info { logger.logLevel = .notice }
        let resources = resources()
        let router = router(resources, admission).buildResponder()
        return Application(
            responder: router,
            // Channels ask the router themselves (`HTTPAnswers`); the application listens, accepts and shuts down.
            server: HTTPServerBuilder { _ in
                ServerChannel(
                    router: router, admission: admission, socketPaths: resources.socketPaths, services: services,
                    connections: connections)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: limits.listenBacklog),
            onServerRunning: { [engines, services] channel in
                let address = channel.localAddress
                try? await channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptPause(limits.acceptPause) {
                            services.observer.refused(
                                "out_of_descriptors", LogIDs(), on: channel.eventLoop, at: ConnectionDriver.now())
                        }, position: .first)
                }.get()
                // It closes when a shutdown begins.
                channel.closeFuture.whenComplete { _ in services.background.shutDown(within: limits.shutdownGrace) }
                services.observer.started(
                    address.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "?", engine: engines.names,
                    at: ConnectionDriver.now())
                services.observer.log.descriptors(DescriptorLimit.current, connections: connections.connectionsMax)
                await onRunning(address?.port ?? 0)
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }

    /// Every resource of this server.
    private func resources() -> ResourceTable {
        let responses = ResponsesRoute(services: services)
        let stored = StoredResponsesRoute(services: services)
        let background = BackgroundRoute(services: services)
        let conversations = ConversationsRoute(services: services)
        let items = ConversationItemsRoute(services: services)
        let models = ModelsRoute(
            services: services, ageMax: configuration.limits.modelListAgeMax, lite: configuration.codexLite)
        let chat = WireRoute(wire: ChatWire(reasoning: configuration.chatReasoning), name: "chat", services: services)
        let messages = WireRoute(wire: MessagesWire(), name: "messages", services: services)
        let health = HealthRoute(activity: services.activity)
        return ResourceTable([
            Resource("responses", takesSocket: true)
                .on(.post, responses.create)
                .on(.get) { request, _ in SocketRefusal.response(request) },
            Resource("responses/compact").on(.post, responses.compact),
            Resource("responses/input_tokens").on(.post, responses.inputTokens),
            Resource("responses/:response_id").on(.get, stored.one).on(.delete, stored.delete),
            Resource("responses/:response_id/cancel").on(.post, background.cancel),
            Resource("responses/:response_id/input_items").on(.get, stored.inputItems),
            Resource("conversations").on(.post, conversations.create),
            Resource("conversations/:conversation_id")
                .on(.get, conversations.one).on(.post, conversations.update).on(.delete, conversations.delete),
            Resource("conversations/:conversation_id/items").on(.get, items.list).on(.post, items.add),
            Resource("conversations/:conversation_id/items/:item_id").on(.get, items.one).on(.delete, items.delete),
            Resource("chat/completions").speaking(chat.wire).on(.post, chat.create),
            Resource("messages").speaking(messages.wire).on(.post, messages.create),
            Resource("messages/count_tokens").speaking(messages.wire).on(.post, messages.count),
            Resource.below("v1", "v1/messages").speaking(messages.wire).on(.post, MessagesBase.refuse),
            Resource.below("v1", "v1/messages/count_tokens").speaking(messages.wire).on(.post, MessagesBase.refuse),
            Resource("models").on(.get, models.list),
            Resource("models/**").on(.get, models.one),
            Resource.open("api/hello").on(.get) { _, _ in Response(status: .ok) },
            Resource.open("health").on(.get, health.health),
            Resource.open("ready").on(.get, models.ready),
        ] + additionalResources)
    }

    private func router(_ resources: ResourceTable, _ admission: Admission) -> Router<HotlineRequestContext> {
        let router = Router(context: HotlineRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: PagesMiddleware(origins: admission.origins))
        router.add(
            middleware: ErrorMiddleware(
                resources: resources, keys: configuration.keys, observer: services.observer, messages: MessagesWire()))
        resources.register(on: router, admission: admission)
        return router
    }
}
