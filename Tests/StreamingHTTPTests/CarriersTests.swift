import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ResponsesTesting
@testable import StreamingHTTP

/// What servers do to a connection, and that both carriers make the same of it.
@Suite(.timeLimit(.minutes(1)))
struct CarriersTests {
    typealias Exchange = StreamedExchange<NotingReader>
    typealias Carrier = StreamedExchangeTests.Carrier

    private struct Caller: Sendable {
        let client: LoopClient
        let form: PostForm
        let carrier: Carrier

        func start(_ exchange: Exchange, _ body: [ByteBuffer] = [ByteBuffer(string: "{}")], closes: Bool = false) {
            let length = body.reduce(0) { $0 + $1.readableBytes }
            client.loop.execute {
                switch carrier {
                case .asyncHTTPClient: client.start(form.full(body, length: length, closes: closes), exchange)
                case .plainConnections: client.post(body, length: length, closes: closes, exchange)
                }
            }
        }

        func exchange() -> Exchange {
            Exchange(
                NotingReader(), on: client.loop,
                ExchangeLimits(
                    firstByteMax: .seconds(50), silenceMax: .seconds(50), lingerMax: .seconds(50), eventBytesMax: 1 << 20))
        }

        func run(_ body: [ByteBuffer] = [ByteBuffer(string: "{}")], closes: Bool = false) async -> String? {
            let exchange = exchange()
            start(exchange, body, closes: closes)
            await exchange.reader.notes.wait { $0.end != nil }
            return exchange.reader.notes.state.end
        }
    }

    private func with(
        _ carrier: Carrier, host: String = "127.0.0.1", idleTimeout: Duration = .seconds(30),
        _ answer: @escaping @Sendable (Int) -> RawServer.Answer, _ body: (Caller, RawServer) async throws -> Void
    ) async throws {
        try await RawServer.with(answer) { port, server in
            let form = try PostForm(url: "http://\(host):\(port)/v1/a%20b?c=d", headers: ["User-Agent": "test"])
            let client = LoopClient(
                MultiThreadedEventLoopGroup.singleton.any(),
                .streaming(connectTimeout: .seconds(10), connectionsMax: 1, idleTimeout: idleTimeout), posts: form)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(Caller(client: client, form: form, carrier: carrier), server))
            } catch {
                result = .failure(error)
            }
            // A test may have done it.
            do { try await client.shutdown() } catch let error as HTTPClientError where error == .alreadyShutdown {}
            return try result.get()
        }
    }

    private static let whole = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

    /// What a server sends, whether it closes then, what the exchange ends with, and whether the next finds its connection.
    @Test(
        arguments: [
            (whole, false, "object {}", true),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + whole, false, "object {}", true),
            ("HTTP/1.1 204 No Content\r\n\r\n", false, "refusal of 0", true),
            ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}", false, "object {}", true),
            ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", false, "object {}", false),
            ("HTTP/1.0 200 OK\r\n\r\n{}", true, "object {}", false),
            ("HTTP/1.1 200 OK\r\n\r\ndata: a\n\n", true, "ended", false),
            ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", false, "object {}", false),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n", false, "object {}", true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n", true, "lost, begun", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\ndata: a\n\n", true, "lost, begun", false),
            ("HTTP/1.1 200 OK\r\nContent-Le", true, "lost, not begun", false),
            ("", true, "lost, not begun", false),
            ("SSH-2.0-OpenSSH_9.2\r\n", false, "lost, not begun", false),
        ], Carrier.allCases)
    func answers(_ answer: (String, Bool, String, Bool), _ carrier: Carrier) async throws {
        try await with(carrier) { number in
            number == 1 ? RawServer.Answer(bytes: answer.0, closes: answer.1) : RawServer.Answer(bytes: Self.whole)
        } _: { caller, server in
            let end = await caller.run()
            #expect(end == answer.2)
            if !answer.3 { await server.counts.wait { $0.closedConnections == 1 } }
            let next = await caller.run()
            #expect(next == "object {}")
            #expect(server.counts.state.connections == (answer.3 ? 1 : 2))
        }
    }

    /// AsyncHTTPClient gives such a connection to the next request, which fails.
    @Test func rubbishBehindAnAnswer() async throws {
        try await with(.plainConnections) { number in
            RawServer.Answer(bytes: number == 1 ? Self.whole + "rubbish" : Self.whole)
        } _: { caller, server in
            for count in 1...2 {
                let end = await caller.run()
                #expect(end == "object {}")
                if count == 1 { await server.counts.wait { $0.closedConnections == 1 } }
            }
        }
    }

    @Test(arguments: Carrier.allCases, ["127.0.0.1", "localhost"])
    func whatAServerHears(_ carrier: Carrier, host: String) async throws {
        try await with(carrier, host: host) { _ in RawServer.Answer(bytes: Self.whole) } _: { caller, server in
            let end = await caller.run()
            #expect(end == "object {}")
            let lines = server.counts.state.heads[0].split(separator: "\r\n").map { $0.lowercased() }
            #expect(lines.first == "post /v1/a%20b?c=d http/1.1")
            let port = caller.form.address?.port ?? 0
            #expect(Set(lines.dropFirst()) == ["host: \(host):\(port)", "user-agent: test", "content-length: 2"])
        }
    }

    @Test(arguments: Carrier.allCases) func ourOwnCloseIsHonoured(_ carrier: Carrier) async throws {
        try await with(carrier) { _ in RawServer.Answer(bytes: Self.whole) } _: { caller, server in
            for count in 1...2 {
                let end = await caller.run(closes: true)
                #expect(end == "object {}")
                await server.counts.wait { $0.closedConnections == count }
            }
            #expect(server.counts.state.heads.allSatisfy { $0.lowercased().contains("connection: close") })
        }
    }

    /// A server that has heard enough says no before it has heard all.
    @Test(arguments: Carrier.allCases) func anAnswerBeforeTheRequestIsOut(_ carrier: Carrier) async throws {
        let refusal = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\n\r\nno"
        try await with(carrier) { _ in RawServer.Answer(bytes: refusal) } _: { caller, _ in
            let end = await caller.run([ByteBuffer(repeating: 0x20, count: 1 << 25)])
            #expect(end == "refusal of 2")
        }
    }

    @Test(arguments: Carrier.allCases) func anIdleConnectionIsClosedInTime(_ carrier: Carrier) async throws {
        try await with(carrier, idleTimeout: .milliseconds(20)) { _ in
            RawServer.Answer(bytes: Self.whole)
        } _: { caller, server in
            for count in 1...2 {
                _ = await caller.run()
                await server.counts.wait { $0.closedConnections == count }
            }
        }
    }

    /// A second request waits for the one connection, and can be taken back.
    @Test(arguments: Carrier.allCases) func whatWaitsForAConnection(_ carrier: Carrier) async throws {
        try await with(carrier) { number in
            RawServer.Answer(bytes: number == 1 ? "HTTP/1.1 200 OK\r\n\r\ndata: a\n\n" : Self.whole)
        } _: { caller, server in
            let exchanges = (0..<3).map { _ in caller.exchange() }
            caller.start(exchanges[0])
            await exchanges[0].reader.notes.wait { !$0.events.isEmpty }
            caller.start(exchanges[1])
            caller.start(exchanges[2])
            exchanges[1].cancel()
            await exchanges[1].reader.notes.wait { $0.end == "lost, not begun" }
            #expect(server.counts.state.heads.count == 1)
            exchanges[0].cancel()
            await exchanges[2].reader.notes.wait { $0.end == "object {}" }
            #expect(server.counts.state.connections == 2)
        }
    }

    @Test(arguments: Carrier.allCases) func shuttingDownFailsWhatRunsAndWaits(_ carrier: Carrier) async throws {
        try await with(carrier) { _ in RawServer.Answer(bytes: "HTTP/1.1 200 OK\r\n\r\ndata: a\n\n") } _: { caller, server in
            let exchanges = (0..<2).map { _ in caller.exchange() }
            caller.start(exchanges[0])
            await exchanges[0].reader.notes.wait { !$0.events.isEmpty }
            caller.start(exchanges[1])
            try await caller.client.loop.submit {}.get()
            try await caller.client.shutdown()
            await exchanges[0].reader.notes.wait { $0.end == "lost, begun" }
            await exchanges[1].reader.notes.wait { $0.end == "lost, not begun" }
            await server.counts.wait { $0.closedConnections == 1 }
            let late = await caller.run()
            #expect(late == "lost, not begun")
        }
    }

    @Test func onlyPlainAddressesGoPlain() throws {
        let urls: [(String, HTTPHeaders, Bool)] = [
            ("http://a/v1", [:], true), ("http://[::1]:8080/v1", [:], true), ("https://a/v1", [:], false),
            ("http://a/v1", ["Authorization": "Bearer a\r\nb: c"], false),
        ]
        for (url, headers, isPlain) in urls { #expect(try (PostForm(url: url, headers: headers).address != nil) == isPlain) }
    }
}
