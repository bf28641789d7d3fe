import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import ResponsesWebSocket

/// The request of RFC 6455 section 1.3, with changes: a nil value removes the header.
func handshakeHead(
    _ changes: [(String, String?)] = [], method: HTTPMethod = .GET, version: HTTPVersion = .http1_1
) -> HTTPRequestHead {
    var headers: HTTPHeaders = [
        "Host": "server.example.com", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
    ]
    for (name, value) in changes {
        headers.remove(name: name)
        if let value { headers.add(name: name, value: value) }
    }
    return HTTPRequestHead(version: version, method: method, uri: "/v1/responses", headers: headers)
}

private func problem(_ head: HTTPRequestHead) -> WebSocketHandshake.Problem? {
    switch WebSocketHandshake.check(head) {
    case .success: nil
    case .failure(let problem): problem
    }
}

@Suite struct HandshakeTests {
    @Test func computesTheAcceptValue() throws {
        // RFC 6455 section 1.3 has the key and the answer.
        #expect(try WebSocketHandshake.check(handshakeHead()).get().acceptValue == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test(arguments: [
        [("Upgrade", "WebSocket")], [("Upgrade", "h2c, websocket")], [("Connection", "keep-alive, Upgrade")],
        [("Connection", "UPGRADE")], [("Content-Length", "0")], [("Sec-WebSocket-Protocol", "chat")],
        [("Sec-WebSocket-Extensions", "permessage-deflate")],
    ] as [[(String, String?)]])
    func takesLawfulRequests(changes: [(String, String?)]) {
        #expect(problem(handshakeHead(changes)) == nil)
    }

    @Test(arguments: [
        ("Upgrade", nil, .notWebSocket), ("Upgrade", "h2c", .notWebSocket), ("Host", nil, .host), ("Host", "", .host),
        ("Connection", nil, .connection), ("Connection", "keep-alive", .connection),
        ("Sec-WebSocket-Version", nil, .version), ("Sec-WebSocket-Version", "8", .version),
        ("Sec-WebSocket-Version", "13, 8", .version), ("Sec-WebSocket-Key", nil, .key), ("Sec-WebSocket-Key", "", .key),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ==", .key), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=!", .key),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZTE=", .key), ("Sec-WebSocket-Key", "dGhl!HNhbXBsZSBub25jZQ==", .key),
        ("Content-Length", "5", .body), ("Transfer-Encoding", "chunked", .body),
    ] as [(String, String?, WebSocketHandshake.Problem)])
    func refusesOthers(name: String, value: String?, expected: WebSocketHandshake.Problem) {
        #expect(problem(handshakeHead([(name, value)])) == expected)
    }

    @Test func refusesOtherMethodsAndVersions() {
        #expect(problem(handshakeHead(method: .POST)) == .method)
        #expect(problem(handshakeHead(version: .http1_0)) == .httpVersion)
        var twice = handshakeHead()
        twice.headers.add(name: "Sec-WebSocket-Key", value: "dGhlIHNhbXBsZSBub25jZQ==")
        #expect(problem(twice) == .key)
        twice = handshakeHead()
        twice.headers.add(name: "Host", value: "other")
        #expect(problem(twice) == .host)
    }

    @Test func answersWrongVersionsWithTheRightOne() {
        #expect(WebSocketHandshake.Problem.version.status == .upgradeRequired)
        #expect(WebSocketHandshake.Problem.version.headers["sec-websocket-version"] == ["13"])
        #expect(WebSocketHandshake.Problem.key.status == .badRequest)
    }
}

@Suite struct UpgradeGateTests {
    /// What the router behind the gate sees of request heads.
    private func passed(
        _ heads: [HTTPRequestHead], decide: @escaping @Sendable (HTTPRequestHead) -> Bool
    ) throws -> [HTTPRequestHead] {
        let channel = EmbeddedChannel(handler: UpgradeGate { decide($0) ? nil : .refused })
        for head in heads {
            try channel.writeInbound(HTTPServerRequestPart.head(head))
            try channel.writeInbound(HTTPServerRequestPart.end(nil))
        }
        var seen: [HTTPRequestHead] = []
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            if case .head(let head) = part { seen.append(head) }
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
        return seen
    }

    @Test func letsAcceptedRequestsThrough() throws {
        let head = handshakeHead([(UpgradeGate.refusalHeader, "refused")])
        #expect(try passed([head], decide: { $0.uri == "/v1/responses" }) == [handshakeHead()])
    }

    @Test func stripsRefusedRequests() throws {
        let head = handshakeHead([("Connection", "keep-alive, Upgrade")])
        let seen = try #require(try passed([head], decide: { _ in false }).first)
        #expect(!seen.headers.contains(name: "upgrade"))
        #expect(seen.headers["connection"] == ["close"])
        #expect(seen.headers[UpgradeGate.refusalHeader] == ["refused"])
        #expect(seen.headers["sec-websocket-version"] == ["13"])
    }

    @Test func namesTheProblem() throws {
        let seen = try passed([handshakeHead([("Sec-WebSocket-Version", "8")])], decide: { _ in true })
        #expect(seen[0].headers[UpgradeGate.refusalHeader] == ["version"])
    }

    @Test func leavesOrdinaryRequestsAlone() throws {
        let plain = handshakeHead([("Upgrade", nil), ("Connection", "keep-alive"), (UpgradeGate.refusalHeader, "refused")])
        let other = handshakeHead([("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings")])
        let seen = try passed([plain, other]) { _ in true }
        #expect(seen[0] == handshakeHead([("Upgrade", nil), ("Connection", "keep-alive")]))
        #expect(!seen[1].headers.contains(name: "upgrade"))
        #expect(seen[1].headers["connection"] == ["close"])
        #expect(!seen[1].headers.contains(name: UpgradeGate.refusalHeader))
    }

    @Test func upgradesTheFirstRequestOnly() throws {
        let seen = try passed([handshakeHead([("Upgrade", nil)]), handshakeHead()], decide: { _ in true })
        #expect(seen[1].headers[UpgradeGate.refusalHeader] == ["not-first-request"])
        #expect(!seen[1].headers.contains(name: "upgrade"))
    }
}
