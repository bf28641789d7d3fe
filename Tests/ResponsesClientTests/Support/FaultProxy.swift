import NIOCore
import NIOPosix

@testable import ResponsesTesting

/// A TCP proxy that does to connections what networks, proxies and dying servers do.
///
/// ```swift
/// try await FaultProxy.with(to: port, rule: FaultProxy.every(10, .reset(.after))) { proxy in
///     try await ResponsesClient.withConnection(to: "http://127.0.0.1:\(proxy.port)") { line in … }
///     #expect(proxy.counts.state.faults.count == 3)
/// }
/// ```
/// It understands WebSocket frames and server-sent events on their way to the client, and passes them on whole: a rule is
/// asked about each event before it passes. Same rule, same seed, same events: same faults.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` only, where all its channels live.
final class FaultProxy: @unchecked Sendable {
    enum Fault: Sendable, Hashable {
        /// TCP ends with RST, before, within or after the event.
        case reset(Place)
        /// TCP ends with FIN, as when a process exits.
        case end(Place)
        /// One side hears, after the event, that the other sends no more; the other direction continues.
        case halfClose(Side)
        /// From the event on nothing passes either way, without a sign to either side.
        case blackHole
        /// Bytes of nobody come before the event.
        case inject([UInt8])
        /// A close frame comes after the event, and nothing behind it; 1005 stands for a frame without a code, 1006 is `end`.
        case close(UInt16)
        /// The event and all behind it wait; small, please.
        case hold(Duration)
        /// For `connected` and `asked`: the connection is reset at once.
        case refuse
        /// For `asked`: the proxy answers with this status, as a server that has enough or knows no WebSocket.
        case answer(status: Int, headers: String = "", body: String = "")
    }

    enum Place: Sendable, Hashable, CaseIterable { case before, within, after }
    enum Side: Sendable, Hashable, CaseIterable { case client, server }

    /// What a rule is asked about.
    struct Moment: Sendable {
        enum What: Sendable, Hashable {
            /// A client connected.
            case connected
            /// A request came, and did not pass yet.
            case asked(isUpgrade: Bool)
            /// An event of the server came, and did not pass yet.
            case event(type: String)
        }

        var what: What
        /// The connection's number, from 1; refused ones count.
        var connection: Int
        /// Events so far, this one included: over all connections, and of this one.
        var events: Int
        var connectionEvents: Int

        var isEvent: Bool { if case .event = what { true } else { false } }
    }

    /// Decides what happens; nil lets it pass. Called in the order of things, on one loop.
    typealias Rule = @Sendable (Moment, inout SplitMix64) -> Fault?

    struct Counts: Sendable {
        var connections = 0
        var open = 0
        var upgrades = 0
        var requests = 0
        var events = 0
        /// What was done, in order: the fault and the event it was done at.
        var faults: [(fault: Fault, event: Int)] = []
    }

    let counts = Watched(Counts())
    let loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.any()
    private(set) var port = 0
    private let serverPort: Int
    private let rule: Rule
    private let faultsMax: Int
    /// Each piece that passes waits so long in either direction.
    let delay: (toClient: TimeAmount, toServer: TimeAmount)
    private var random: SplitMix64
    private var connections: [Int: ProxiedConnection] = [:]
    private var refusalsLeft = 0
    private var upgradeAnswers: [Fault] = []

    private init(to port: Int, rule: @escaping Rule, seed: UInt64, faultsMax: Int, _ delay: (Duration, Duration)) {
        serverPort = port
        self.rule = rule
        self.faultsMax = faultsMax
        self.delay = (TimeAmount(delay.0), TimeAmount(delay.1))
        random = SplitMix64(seed: seed)
    }

    /// Runs a proxy while `body` does; what is open then is closed.
    ///
    /// - Parameters:
    ///   - port: the server's, on loopback.
    ///   - faultsMax: after this many the proxy only passes on, so that what is tested can end.
    ///   - delay: of every piece, to the client and to the server.
    static func with<R: Sendable>(
        to port: Int, rule: @escaping Rule = { _, _ in nil }, seed: UInt64 = 0, faultsMax: Int = .max,
        delay: (toClient: Duration, toServer: Duration) = (.zero, .zero), _ body: (FaultProxy) async throws -> R
    ) async throws -> R {
        let proxy = FaultProxy(to: port, rule: rule, seed: seed, faultsMax: faultsMax, (delay.toClient, delay.toServer))
        let listener = try await ServerBootstrap(group: proxy.loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try proxy.accepted(channel) } }
            .bind(host: "127.0.0.1", port: 0).get()
        proxy.port = listener.localAddress?.port ?? 0
        let result: Result<R, any Error>
        do { result = .success(try await body(proxy)) } catch { result = .failure(error) }
        try await listener.close()
        try await proxy.loop.submit { for connection in proxy.connections.values { connection.tearDown() } }.get()
        return try result.get()
    }

    // MARK: What a test does

    /// Resets the next connections as soon as they are made.
    func refuseNext(_ count: Int) async { await onLoop { $0.refusalsLeft = count } }

    /// Answers the next upgrades with these statuses, one each.
    func answerNextUpgrades(_ statuses: Int..., headers: String = "", body: String = "") async {
        await onLoop { $0.upgradeAnswers += statuses.map { .answer(status: $0, headers: headers, body: body) } }
    }

    /// Does it to all connections that are open, now, between two events. They are idle, if the test knows that they are.
    func now(_ fault: Fault) async {
        await onLoop { proxy in
            for number in proxy.connections.keys.sorted() {
                proxy.noted(fault)
                proxy.connections[number]?.perform(fault)
            }
        }
    }

    private func onLoop(_ body: @escaping @Sendable (FaultProxy) -> Void) async {
        try? await loop.submit { body(self) }.get()
    }

    // MARK: What connections report

    private func accepted(_ channel: any Channel) throws {
        let number = counts.update { counts in
            counts.connections += 1
            counts.open += 1
            return counts.connections
        }
        let connection = ProxiedConnection(number, channel, self)
        connections[number] = connection
        channel.closeFuture.assumeIsolated().whenComplete { _ in
            self.connections[number]?.clientGone()
            self.connections[number] = nil
            self.counts.update { $0.open -= 1 }
        }
        try channel.pipeline.syncOperations.addHandler(ProxyReader { connection.fromClient($0) })
        if decide(.connected, number, 0) == .refuse { return connection.perform(.refuse) }
        connection.connect(to: serverPort)
    }

    /// Asks the rule, and notes what it says.
    func decide(_ what: Moment.What, _ connection: Int, _ connectionEvents: Int) -> Fault? {
        let events = counts.update { counts in
            switch what {
            case .connected: break
            case .asked(let isUpgrade):
                counts.requests += 1
                if isUpgrade { counts.upgrades += 1 }
            case .event: counts.events += 1
            }
            return counts.events
        }
        if what == .connected, refusalsLeft > 0 {
            refusalsLeft -= 1
            return noted(.refuse)
        }
        if what == .asked(isUpgrade: true), !upgradeAnswers.isEmpty { return noted(upgradeAnswers.removeFirst()) }
        guard counts.state.faults.count < faultsMax else { return nil }
        let moment = Moment(what: what, connection: connection, events: events, connectionEvents: connectionEvents)
        return rule(moment, &random).map { noted($0) }
    }

    @discardableResult
    private func noted(_ fault: Fault) -> Fault {
        counts.update { $0.faults.append((fault, $0.events)) }
        return fault
    }
}

// MARK: - Rules

extension FaultProxy {
    /// At every n-th event, over all connections.
    static func every(_ n: Int, _ fault: Fault) -> Rule {
        { moment, _ in moment.isEvent && moment.events.isMultiple(of: n) ? fault : nil }
    }

    /// At these events, counted from 1 over all connections.
    static func at(_ plan: [Int: Fault]) -> Rule {
        { moment, _ in moment.isEvent ? plan[moment.events] : nil }
    }

    /// One fault of a list, drawn for each event with a chance of one in `n`, and for each connection and request from another
    /// list of `.refuse` and `.answer`, with a chance of one in `m`.
    static func random(oneIn n: Int, of faults: [Fault], connections: [Fault] = [], oneIn m: Int = 4) -> Rule {
        { moment, random in
            let (list, chance) =
                switch moment.what {
                case .event: (faults, n)
                case .connected: (connections.filter { $0 == .refuse }, m)
                case .asked(let isUpgrade): (isUpgrade ? connections.filter { $0 != .refuse } : [], m)
                }
            guard !list.isEmpty, random.next(below: chance) == 0 else { return nil }
            return list[random.next(below: list.count)]
        }
    }

    /// One of each kind, for `random`.
    static let allFaults: [Fault] =
        Place.allCases.flatMap { [.reset($0), .end($0)] } + Side.allCases.map { .halfClose($0) }
        + [1000, 1001, 1005, 1008, 1009, 1011, 1012, 1013].map { .close($0) }
        + [.inject(noFrame), .inject(noEvent), .inject(noUTF8), .hold(.milliseconds(5))]

    /// Bytes that are not a frame that a server may send.
    static let noFrame: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    /// A valid frame whose text is not JSON.
    static let noEvent: [UInt8] = [0x81, 5] + Array("oops!".utf8)
    /// A frame whose text is not UTF-8.
    static let noUTF8: [UInt8] = [0x81, 2, 0xC0, 0x80]
}
