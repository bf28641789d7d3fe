import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ResponsesAPI
import Testing

@testable import ResponsesClient
@testable import ResponsesTesting
@testable import ResponsesWebSocket

@Suite struct SocketConnectorTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.any()

    private func access(
        _ url: String, configure: (inout ResponsesClient.Configuration) -> Void = { _ in }
    ) throws -> ServerAccess {
        var configuration = ResponsesClient.Configuration(url: url, key: "k")
        configure(&configuration)
        return try ServerAccess(configuration)
    }

    /// Connects, and returns the failure; nil when the socket opened.
    private func connect(
        _ access: ServerAccess, delegate: HeardSocket = HeardSocket(), cancels: Bool = false
    ) async throws -> (any Error)? {
        let connector = try SocketConnector(access)
        return try await loop.flatSubmit { [loop] () -> EventLoopFuture<(any Error)?> in
            let connecting = connector.connect(on: loop, delegate: delegate)
            let result = loop.makePromise(of: (any Error)?.self)
            connecting.opened.assumeIsolated().whenComplete { opened in
                switch opened {
                case .success: result.succeed(nil)
                case .failure(let error): result.succeed(error)
                }
            }
            if cancels { connecting.cancel() }
            return result.futureResult
        }.get()
    }

    @Test func opensOnTheRealServer() async throws {
        try await LocalServer.with { port in
            let delegate = HeardSocket { $0.close(code: .normal) }
            let connector = try SocketConnector(access("localhost:\(port)"))
            try await loop.flatSubmit { [loop] () -> EventLoopFuture<Void> in
                connector.connect(on: loop, delegate: delegate).opened.assumeIsolated().map { socket in
                    socket.send(text: "no json")
                }.nonisolated()
            }.get()
            await delegate.heard.wait { $0.last?.hasPrefix("closed") ?? false }
            #expect(delegate.heard.state.first == "opened")
            #expect(delegate.heard.state.dropFirst().first?.contains("invalid_json") ?? false)
            #expect(delegate.heard.state.last == "closed 1000")
        }
    }

    @Test func sendsKeyHostAndQuery() async throws {
        let head = Watched("")
        try await FakeServer.with { exchange in
            head.update { $0 = exchange.head }
            exchange.accept()
        } _: { port, _ in
            let access = try access("http://127.0.0.1:\(port)/x?api-version=1") { $0.headers = [("X-Lane", "a")] }
            let failure = try await connect(access)
            #expect(failure == nil)
            #expect(head.state.hasPrefix("GET /x/responses?api-version=1 HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"))
            #expect(head.state.contains("Authorization: Bearer k"))
            #expect(head.state.contains("X-Lane: a"))
        }
    }

    @Test func framesBehindThe101AreHeard() async throws {
        let delegate = HeardSocket()
        try await FakeServer.with { $0.accept([0x81, 2, 0x68, 0x69]) } _: { port, _ in
            let failure = try await connect(access("127.0.0.1:\(port)"), delegate: delegate)
            #expect(failure == nil)
            await delegate.heard.wait { $0.count >= 2 }
            #expect(delegate.heard.state == ["opened", "hi"])
        }
    }

    @Test(arguments: [
        ("401 Unauthorized", "", #"{"error":{"message":"No.","type":"t","code":"invalid_api_key"}}"#, 401, "No.", nil),
        ("403 Forbidden", "", "<html>", 403,
            "The server answered with status 403 and a page. Check that the address is that of an API.", nil),
        ("404 Not Found", "", "", 404, "The server answered with status 404.", nil),
        ("426 Upgrade Required", "", #"{"error":{"message":"HTTP only."}}"#, 426, "HTTP only.", nil),
        ("429 Too Many", "Retry-After: 9\r\n", #"{"error":{"message":"Slow."}}"#, 429, "Slow.", 9),
        ("503 Unavailable", "Retry-After: 2\r\n", "busy", 503, "The server answered with status 503: busy", 2),
        ("302 Found", "Location: http://127.0.0.1:1/\r\n", "", 302, nil, nil),
        ("200 OK", "", "<html>hello</html>", 200, nil, nil),
    ] as [(String, String, String, Int, String?, Int?)])
    func tellsRefusals(
        line: String, headers: String, body: String, status: Int, message: String?, seconds: Int?
    ) async throws {
        try await FakeServer.with { $0.answer(line, body, headers: headers) } _: { port, fake in
            let failure = try await connect(access("127.0.0.1:\(port)")) as? ConnectFailure
            guard case .refusedUpgrade(status, let error, seconds) = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(error?.message == message)
            // Nothing is left open, and no redirect was followed.
            await fake.counts.wait { $0.closedConnections == 1 }
            #expect(fake.counts.state.requests == 1)
        }
    }

    @Test func brokenHandshakesAreTold() async throws {
        try await FakeServer.with {
            $0.send("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\nmore")
        } _: { port, fake in
            let failure = try await connect(access("127.0.0.1:\(port)")) as? ConnectFailure
            guard case .brokenUpgrade(let reason) = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(reason.contains("Sec-WebSocket-Accept"))
            await fake.counts.wait { $0.closedConnections == 1 }
        }
        try await FakeServer.with { $0.close() } _: { port, _ in
            let failure = try await connect(access("127.0.0.1:\(port)")) as? ConnectFailure
            #expect(failure == .dropped)
        }
    }

    @Test(arguments: [nil, "HTTP/1.1 101 Switching", "HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhalf"])
    func silenceTimesOut(answer: String?) async throws {
        try await FakeServer.with { exchange in
            if let answer { exchange.send(answer) }
        } _: { port, fake in
            let isRefusal = answer?.contains("503") ?? false
            // Long enough for the half of an answer on a busy machine; the others end the same way however early.
            let access = try access("127.0.0.1:\(port)") {
                $0.limits.connectTimeout = isRefusal ? .seconds(2) : .milliseconds(100)
            }
            let failure = try await connect(access) as? ConnectFailure
            if isRefusal {
                // A refusal whose body does not come is still one.
                guard case .refusedUpgrade(503, _, _) = failure else {
                    Issue.record("\(String(describing: failure))")
                    return
                }
            } else {
                #expect(failure == .timedOut)
            }
            await fake.counts.wait { $0.closedConnections == 1 }
        }
    }

    @Test func nobodyListens() async throws {
        let failure = try await connect(access("localhost:1")) as? ConnectFailure
        #expect(failure == .unreachable(reason: "Nothing listens at localhost:1. Start a server there, or correct the address."))
        let unnamed = try await connect(access("no-such-host.invalid:1")) as? ConnectFailure
        guard case .unreachable(let reason) = unnamed else {
            Issue.record("\(String(describing: unnamed))")
            return
        }
        #expect(reason.contains("no-such-host.invalid"))
    }

    @Test func cancellingClosesWhatWasOpened() async throws {
        try await FakeServer.with { _ in } _: { port, fake in
            let failure = try await connect(access("127.0.0.1:\(port)"), cancels: true)
            #expect(failure is CancellationError)
            let counts = fake.counts
            await counts.wait { $0.connections == $0.closedConnections }
        }
    }

    // MARK: TLS

    private func withTLSServer<R: Sendable>(_ body: (Int) async throws -> R) async throws -> R {
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(TestCertificate.certificate)], privateKey: .privateKey(TestCertificate.key)))
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    let upgrader = WebSocketUpgrader<Void> { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            let socket = WebSocketHandler(role: .server, delegate: HeardSocket { $0.send(text: "pong") })
                            try channel.pipeline.syncOperations.addHandler(socket)
                        }
                    }
                    _ = try pipeline.configureUpgradableHTTPServerPipeline(
                        configuration: .init(
                            upgradeConfiguration: .init(upgraders: [upgrader]) { $0.eventLoop.makeSucceededVoidFuture() }))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<R, any Error>
        do { result = .success(try await body(server.localAddress?.port ?? 0)) } catch { result = .failure(error) }
        try await server.close()
        return try result.get()
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func speaksTLS(host: String) async throws {
        try await withTLSServer { port in
            let delegate = HeardSocket { $0.close(code: .normal) }
            let connector = try SocketConnector(
                access("https://\(host):\(port)") {
                    $0.tls.additionalTrustRoots = [.certificates([try! TestCertificate.certificate])]
                })
            try await loop.flatSubmit { [loop] () -> EventLoopFuture<Void> in
                connector.connect(on: loop, delegate: delegate).opened.assumeIsolated()
                    .map { $0.send(text: "ping") }.nonisolated()
            }.get()
            await delegate.heard.wait { $0.last?.hasPrefix("closed") ?? false }
            #expect(delegate.heard.state == ["opened", "pong", "closed 1000"])
        }
    }

    @Test func anUnknownCertificateIsNamed() async throws {
        try await withTLSServer { port in
            let failure = try await connect(access("https://localhost:\(port)")) as? ConnectFailure
            #expect(failure == .tls(reason: "TLS with localhost:\(port) failed: its certificate is not trusted."))
        }
    }

    @Test func aServerWithoutTLSIsNamed() async throws {
        // It answers a greeting of TLS as it answers anything that is not a request.
        final class Plain: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                context.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n")), promise: nil)
            }
        }
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Plain()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = server.localAddress?.port ?? 0
        let failure = try await connect(access("https://localhost:\(port)")) as? ConnectFailure
        #expect(failure == .tls(reason: "TLS with localhost:\(port) failed: it does not speak TLS there. Is it http instead of https?"))
        try await server.close()
    }
}
