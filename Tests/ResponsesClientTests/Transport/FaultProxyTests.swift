import NIOCore
import NIOPosix
import ResponsesAPI
import StreamingHTTP
import Testing

@testable import ResponsesClient
@testable import ResponsesTesting
@testable import ResponsesWebSocket

/// The proxy does what its rules say, as a bare socket and a bare exchange see it.
@Suite struct FaultProxyTests {
    /// A socket through a proxy to the real server, which runs one turn of many events; what the client heard of it, and how
    /// its connection ended. `enough` events end it from our side.
    private func turn(
        _ rule: @escaping FaultProxy.Rule, tokens: Int = 20, seed: UInt64 = 0, faultsMax: Int = .max
    ) async throws -> (heard: [String], faults: [Int]) {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port, rule: rule, seed: seed, faultsMax: faultsMax) { proxy in
                let delegate = HeardSocket { _ in }
                let access = try ServerAccess(.init(url: "127.0.0.1:\(proxy.port)"))
                let connector = try SocketConnector(access)
                let loop = MultiThreadedEventLoopGroup.singleton.any()
                try? await loop.flatSubmit { () -> EventLoopFuture<Void> in
                    connector.connect(on: loop, delegate: delegate).opened.assumeIsolated().map { socket in
                        socket.send(
                            text: #"{"type":"response.create","model":"scripted","input":"[[tokens:\#(tokens)]]","store":false}"#)
                    }.nonisolated()
                }.get()
                await delegate.heard.wait { heard in
                    guard let last = heard.last else { return proxy.counts.state.faults.count > 0 }
                    return last.hasPrefix("closed") || last.contains(#""type":"response.completed""#)
                }
                return (delegate.heard.state, proxy.counts.state.faults.map(\.event))
            }
        }
    }

    /// How many events came between the opening and the end.
    private func events(_ heard: [String]) -> Int { heard.count { $0.hasPrefix("{") } }

    @Test func passesEverythingByDefault() async throws {
        let (heard, faults) = try await turn { _, _ in nil }
        #expect(heard.last?.contains("response.completed") ?? false)
        #expect(faults.isEmpty)
        // Every event was counted, in order.
        let (again, _) = try await turn(FaultProxy.every(1, .hold(.zero)))
        #expect(again.count == heard.count)
    }

    @Test(arguments: [
        (.end(.after), 5, "1006"), (.end(.before), 4, "1006"), (.end(.within), 4, "1006"), (.reset(.before), 4, "1006"),
        (.reset(.within), 4, "1006"), (.halfClose(.client), 5, "1006"), (.close(1000), 5, "1000"), (.close(1001), 5, "1001"),
        (.close(1005), 5, "1005"), (.close(1006), 5, "1006"), (.close(1008), 5, "1008"), (.close(1009), 5, "1009"),
        (.close(1011), 5, "1011"), (.close(1012), 5, "1012"), (.close(1013), 5, "1013"),
        (.inject(FaultProxy.noFrame), 4, "1002"), (.inject(FaultProxy.noUTF8), 4, "1007"),
    ] as [(FaultProxy.Fault, Int, String)])
    func endsConnectionsAtTheirEvent(fault: FaultProxy.Fault, events: Int, code: String) async throws {
        let (heard, faults) = try await turn(FaultProxy.at([5: fault]))
        #expect(self.events(heard) == events)
        #expect(heard.last == "closed \(code)")
        #expect(faults == [5])
    }

    @Test func aHalfClosedServerSideEndsTheServersConnection() async throws {
        let (heard, _) = try await turn(FaultProxy.at([3: .halfClose(.server)]), tokens: 100_000)
        // The server takes it for a client that left; when it notices is up to it.
        #expect(heard.last?.hasPrefix("closed") ?? false)
        #expect(events(heard) >= 3)
    }

    @Test func injectedTextsAreHeard() async throws {
        let (heard, _) = try await turn(FaultProxy.at([2: .inject(FaultProxy.noEvent)]))
        #expect(heard[2] == "oops!")
        #expect(heard.last?.contains("response.completed") ?? false)
    }

    @Test func holdingKeepsTheOrder() async throws {
        let (plain, _) = try await turn { _, _ in nil }
        let (held, faults) = try await turn(FaultProxy.every(3, .hold(.milliseconds(2))))
        #expect(faults.count == (plain.count - 1) / 3)
        #expect(held.count == plain.count)
        #expect(held.last?.contains("response.completed") ?? false)
    }

    @Test func aSeedDecidesEverything() async throws {
        let rule = FaultProxy.random(oneIn: 6, of: [.hold(.zero)])
        let first = try await turn(rule, tokens: 200, seed: 7)
        let again = try await turn(rule, tokens: 200, seed: 7)
        let other = try await turn(rule, tokens: 200, seed: 8)
        #expect(!first.faults.isEmpty)
        #expect(first.faults == again.faults)
        #expect(first.faults != other.faults)
        let few = try await turn(rule, tokens: 200, seed: 7, faultsMax: 2)
        #expect(few.faults == Array(first.faults.prefix(2)))
    }

    private func failure(_ port: Int) async throws -> ConnectFailure? {
        var configuration = ResponsesClient.Configuration(url: "127.0.0.1:\(port)")
        configuration.limits.connectTimeout = .seconds(5)
        let connector = try SocketConnector(ServerAccess(configuration))
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        return try await loop.flatSubmit { () -> EventLoopFuture<ConnectFailure?> in
            let result = loop.makePromise(of: ConnectFailure?.self)
            connector.connect(on: loop, delegate: HeardSocket()).opened.assumeIsolated().whenComplete { opened in
                if case .failure(let error) = opened { result.succeed(error as? ConnectFailure) } else { result.succeed(nil) }
            }
            return result.futureResult
        }.get()
    }

    @Test func refusesAndAnswersConnections() async throws {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port) { proxy in
                await proxy.refuseNext(2)
                await proxy.answerNextUpgrades(426, 503, headers: "Retry-After: 3\r\n")
                for _ in 0..<2 {
                    let failure = try await failure(proxy.port)
                    #expect(failure == .dropped)
                }
                let first = try await failure(proxy.port)
                guard case .refusedUpgrade(426, _, _) = first else {
                    Issue.record("\(String(describing: first))")
                    return
                }
                let second = try await failure(proxy.port)
                guard case .refusedUpgrade(503, _, 3) = second else {
                    Issue.record("\(String(describing: second))")
                    return
                }
                let third = try await failure(proxy.port)
                #expect(third == nil)
                #expect(proxy.counts.state.connections == 5)
                #expect(proxy.counts.state.upgrades == 3)
                await proxy.now(.reset(.after))
                await proxy.counts.wait { $0.open == 0 }
            }
        }
    }

    @Test(arguments: [(FaultProxy.Fault.end(.after), 3), (.reset(.before), 2), (.end(.within), 2)])
    func understandsEventStreams(fault: FaultProxy.Fault, events: Int) async throws {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port, rule: FaultProxy.at([3: fault])) { proxy in
                let access = try ServerAccess(.init(url: "127.0.0.1:\(proxy.port)"))
                let poster = try HTTPPoster(access, on: MultiThreadedEventLoopGroup.singleton.any())
                let seen = Watched((events: 0, end: ExchangeEnd?.none))
                poster.loop.execute {
                    _ = poster.post(
                        Array(#"{"model":"scripted","input":"[[tokens:20]]","stream":true,"store":false}"#.utf8),
                        received: { _ in seen.update { $0.events += 1 } }, ended: { end in seen.update { $0.end = end } })
                }
                await seen.wait { $0.end != nil }
                #expect(seen.state.events == events)
                #expect(seen.state.end == .broken(reason: "the server closed the connection"))
                #expect(proxy.counts.state.requests == 1)
                #expect(proxy.counts.state.upgrades == 0)
                await poster.shutDown()
            }
        }
    }

    @Test func aBlackHoleSwallowsAll() async throws {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port, rule: FaultProxy.at([4: .blackHole])) { proxy in
                let access = try ServerAccess(.init(url: "127.0.0.1:\(proxy.port)"))
                let poster = try HTTPPoster(access, on: MultiThreadedEventLoopGroup.singleton.any())
                let seen = Watched((events: 0, exchange: HTTPExchange?.none, hasEnded: false))
                poster.loop.execute {
                    let exchange = poster.post(
                        Array(#"{"model":"scripted","input":"[[tokens:20]]","stream":true,"store":false}"#.utf8),
                        received: { _ in seen.update { $0.events += 1 } },
                        ended: { _ in seen.update { $0.hasEnded = true } })
                    seen.update { $0.exchange = exchange }
                }
                await seen.wait { $0.events == 3 }
                await proxy.counts.wait { $0.faults.count == 1 }
                #expect(!seen.state.hasEnded)
                poster.loop.execute { seen.state.exchange?.cancel() }
                await seen.wait { $0.hasEnded }
                #expect(seen.state.events == 3)
                await proxy.counts.wait { $0.open == 0 }
                await poster.shutDown()
            }
        }
    }
}
