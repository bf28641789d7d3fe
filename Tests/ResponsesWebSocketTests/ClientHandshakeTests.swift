import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOPosix
import Testing

@testable import ResponsesWebSocket

/// A client's handshake on a channel in memory; the test is the server.
private final class Asked {
    let channel = EmbeddedChannel()
    let delegate = RecordingDelegate()
    /// "open", or the error.
    var outcome = ""
    var refusal: UpgradeRefusal?
    /// The request, in lines.
    let request: [String]
    let accept: String

    init(headers: HTTPHeaders = [:]) throws {
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let socket = WebSocketHandler(role: .client, delegate: delegate)
        let future = WebSocketClientHandshake.perform(
            .init(host: "server.example:8484", path: "/v1/responses?a=b", headers: headers), on: channel, socket: socket)
        channel.embeddedEventLoop.run()
        let sent = try channel.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) } ?? ""
        request = sent.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        let key = request.first { $0.hasPrefix("Sec-WebSocket-Key: ") }?.dropFirst(19) ?? ""
        accept = WebSocketHandshake(key: String(key)).acceptValue
        future.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let opened):
                self.outcome = "open"
                #expect(opened === socket)
            case .failure(let error as BrokenHandshake): self.outcome = error.fault.rawValue
            case .failure(let error as UpgradeRefusal):
                self.refusal = error
                self.outcome = "refused \(error.status) \(error.body.count)"
            case .failure(let error): self.outcome = "\(type(of: error))"
            }
        }
    }

    func answer(_ lines: [String], _ behind: [UInt8] = []) throws {
        try answer(Array((lines + ["", ""]).joined(separator: "\r\n").utf8) + behind)
    }

    func answer(_ bytes: [UInt8]) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.embeddedEventLoop.run()
    }

    var good: [String] {
        ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: \(accept)"]
    }
}

@Suite struct ClientHandshakeTests {
    @Test func asksAsTheStandardWants() throws {
        let asked = try Asked(headers: [
            "Authorization": "Bearer k", "Upgrade": "h2c", "Content-Length": "5", "Sec-WebSocket-Extensions": "x",
        ])
        #expect(asked.request.first == "GET /v1/responses?a=b HTTP/1.1")
        let key = asked.request.first { $0.hasPrefix("Sec-WebSocket-Key: ") } ?? ""
        #expect(Array(asked.request.dropFirst()) == [
            "Host: server.example:8484", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", key,
            "Authorization: Bearer k", "", "",
        ])
        // The server's check agrees, and no two keys are the same.
        #expect(key.count == 19 + 24)
        #expect(try Asked().request.first { $0.hasPrefix("Sec-WebSocket-Key: ") } != key)
    }

    @Test func theCallersHostWins() throws {
        let asked = try Asked(headers: ["host": "other"])
        #expect(asked.request.filter { $0.lowercased().hasPrefix("host:") } == ["host: other"])
    }

    @Test(arguments: [0, 1, 4, 6])
    func opensWithoutLosingFrames(gluedBytes: Int) throws {
        let asked = try Asked()
        let frame = rawFrame(1, Array("ping".utf8), isMasked: false)
        try asked.answer(asked.good, Array(frame.prefix(gluedBytes)))
        #expect(asked.outcome == "open")
        if gluedBytes < frame.count { try asked.answer(Array(frame.dropFirst(gluedBytes))) }
        #expect(asked.delegate.heard == ["opened", "text ping"])
        // Nothing but the socket is left.
        for type in ["HTTP", "Handshake", "EarlyFrames"] { #expect(!asked.channel.pipeline.debugDescription.contains(type)) }
        try asked.answer(rawFrame(8, [0x03, 0xE8], isMasked: false))
        #expect(asked.delegate.heard.last == "closed 1000")
    }

    @Test func bytesOfEveryTickOfTheChangeAreKept() throws {
        let asked = try Asked()
        let head = Array((asked.good + ["", ""]).joined(separator: "\r\n").utf8)
        let frame = rawFrame(1, Array("ping".utf8), isMasked: false)
        // Not a tick between the pieces.
        for piece in [head + frame.prefix(2), Array(frame[2..<4]), Array(frame[4...])] {
            try asked.channel.writeInbound(ByteBuffer(bytes: piece))
        }
        asked.channel.embeddedEventLoop.run()
        #expect(asked.delegate.heard == ["opened", "text ping"])
    }

    @Test func passesOverInterimAnswers() throws {
        let asked = try Asked()
        try asked.answer(["HTTP/1.1 103 Early Hints", "Link: </x>"])
        try asked.answer(asked.good)
        #expect(asked.outcome == "open")
    }

    @Test(arguments: [
        ("Upgrade: websocket", "Upgrade: h2c", "upgrade"), ("Upgrade: websocket", "X: y", "upgrade"),
        ("Connection: Upgrade", "Connection: close", "connection"), ("Sec-WebSocket-Accept", "X-Other", "accept"),
        ("Sec-WebSocket-Accept: ", "Sec-WebSocket-Accept: x", "accept"),
        ("Upgrade: websocket", "Sec-WebSocket-Extensions: permessage-deflate\r\nUpgrade: websocket", "extensions"),
        ("Upgrade: websocket", "Sec-WebSocket-Protocol: chat\r\nUpgrade: WebSocket", "subprotocol"),
        ("HTTP/1.1 101 Switching Protocols", "SSH-2.0-OpenSSH", "notHTTP"),
        ("Upgrade: websocket", "Broken Header Line", "notHTTP"),
    ])
    func refusesBrokenAnswers(line: String, replacement: String, fault: String) throws {
        let asked = try Asked()
        try asked.answer(asked.good.map { $0.hasPrefix(line) ? replacement + $0.dropFirst(line.count) : $0 })
        #expect(asked.outcome == fault)
        #expect(!asked.channel.isActive)
        #expect(asked.delegate.heard == [])
    }

    @Test func tellsARefusalWithItsBody() throws {
        let asked = try Asked()
        try asked.answer(["HTTP/1.1 401 Unauthorized", "Retry-After: 7", "Content-Length: 4"], Array("nope".utf8))
        #expect(asked.outcome == "refused 401 4")
        #expect(asked.refusal?.headers["retry-after"] == ["7"])
        #expect(!asked.channel.isActive)
    }

    @Test func aRefusalsBodyIsBounded() throws {
        let asked = try Asked()
        try asked.answer(["HTTP/1.1 503 Busy", "Content-Length: 1000000"])
        #expect(asked.outcome == "")
        try asked.answer([UInt8](repeating: 0x61, count: 200_000))
        #expect(asked.outcome == "refused 503 65536")
        #expect(!asked.channel.isActive)
    }

    @Test func aRefusalThatBreaksOffIsStillOne() throws {
        let asked = try Asked()
        try asked.answer(["HTTP/1.1 429 Slow down", "Content-Length: 100"], Array("half".utf8))
        try asked.channel.close().wait()
        #expect(asked.outcome == "refused 429 4")
    }

    @Test(arguments: [[], ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket"]])
    func theEndOfTheChannelEndsTheWait(lines: [String]) throws {
        let asked = try Asked()
        try asked.channel.writeInbound(ByteBuffer(string: lines.joined(separator: "\r\n")))
        try? asked.channel.close().wait()
        #expect(asked.outcome == "ended")
    }

    @Test func headsAreBounded() throws {
        let asked = try Asked()
        try asked.answer(Array("HTTP/1.1 200 OK\r\n".utf8) + Array("X: \(String(repeating: "y", count: 100_000))\r\n".utf8))
        #expect(asked.outcome == "notHTTP")
    }

    @Test func ourOwnServerAgreesOverTCP() async throws {
        final class Echo: WebSocketDelegate {
            func webSocketOpened(_ socket: WebSocketHandler) { socket.send(text: "hello") }
            func webSocket(_ socket: WebSocketHandler, received message: WebSocketMessage) {
                if case .text(let bytes) = message { bytes.withUnsafeBytes { socket.sendText($0) } }
            }
            func webSocketClosed(_ socket: WebSocketHandler, code: CloseCode, reason: String) {}
        }
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = WebSocketUpgrader<Void> { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(WebSocketHandler(role: .server, delegate: Echo()))
                        }
                    }
                    let pipeline = channel.pipeline.syncOperations
                    _ = try pipeline.configureUpgradableHTTPServerPipeline(
                        configuration: NIOUpgradableHTTPServerPipelineConfiguration(
                            upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(upgraders: [upgrader]) {
                                $0.eventLoop.makeSucceededVoidFuture()
                            }))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(server.localAddress)
        let client = try await ClientBootstrap(group: group).connect(to: address).get()
        let heard = try await client.eventLoop.flatSubmit { () -> EventLoopFuture<[String]> in
            let delegate = RecordingDelegate()
            let ended = client.eventLoop.makePromise(of: Void.self)
            var messages = 0
            delegate.onMessage = { socket in
                messages += 1
                if messages == 2 { socket.close(code: .normal) }
            }
            client.closeFuture.cascade(to: ended)
            let socket = WebSocketHandler(role: .client, delegate: delegate)
            WebSocketClientHandshake.perform(.init(host: "localhost", path: "/"), on: client, socket: socket)
                .assumeIsolated().whenComplete { result in
                    switch result {
                    case .success(let socket): socket.send(text: "world")
                    case .failure(let error): ended.fail(error)
                    }
                }
            return ended.futureResult.assumeIsolated().map { delegate.heard }.nonisolated()
        }.get()
        #expect(heard == ["opened", "text hello", "text world", "closed 1000"])
        try await server.close()
    }
}
