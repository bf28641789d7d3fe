import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import ResponsesWebSocket

/// The whole way in: HTTP codec, gate, NIO's upgrade handler, our upgrader, our socket.
@Suite struct UpgradeTests {
    private static let request = [
        "GET /v1/responses HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: chat", "", "",
    ].joined(separator: "\r\n")

    /// A channel with the pipeline of a server; the router answers 418 with the reason the gate gave.
    private func channel(
        _ delegate: RecordingDelegate, decide: @escaping @Sendable (HTTPRequestHead) -> Bool
    ) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let bound = NIOLoopBound(delegate, eventLoop: channel.eventLoop)
        let upgrader = WebSocketUpgrader<Void>(responseHeaders: { _ in ["x-request-id": "req_1"] }) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(WebSocketHandler(role: .server, delegate: bound.value))
            }
        }
        let pipeline = channel.pipeline.syncOperations
        _ = try pipeline.configureUpgradableHTTPServerPipeline(
            configuration: NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(upgraders: [upgrader]) { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Teapot()) }
                }))
        let upgrade = try pipeline.handler(type: NIOTypedHTTPServerUpgradeHandler<Void>.self)
        try pipeline.addHandler(UpgradeGate { decide($0) ? nil : .refused }, position: .before(upgrade))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private final class Teapot: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private var reason = ""
        private var isLast = false
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                reason = head.headers[UpgradeGate.refusalHeader].first ?? "none"
                isLast = head.headers["connection"] == ["close"]
                return
            case .body: return
            case .end: break
            }
            let answer = HTTPResponseHead(
                version: .http1_1, status: .imATeapot, headers: ["reason": reason, "content-length": "0"])
            context.write(wrapOutboundOut(.head(answer)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            if isLast { context.close(promise: nil) }
        }
    }

    private func outbound(_ channel: EmbeddedChannel) throws -> [UInt8] {
        channel.embeddedEventLoop.run()
        var bytes: [UInt8] = []
        while let part = try channel.readOutbound(as: ByteBuffer.self) { bytes += Array(part.readableBytesView) }
        return bytes
    }

    @Test(arguments: [0, 1, 4, 10])
    func upgrades(gluedBytes: Int) throws {
        let delegate = RecordingDelegate()
        delegate.onMessage = { $0.send(text: "pong") }
        let channel = try channel(delegate) { $0.uri == "/v1/responses" }
        // A hasty client's first frame may lie in the packet of the handshake, whole or in part.
        let frame = text("ping")
        try channel.writeInbound(ByteBuffer(bytes: Array(Self.request.utf8) + frame.prefix(gluedBytes)))
        channel.embeddedEventLoop.run()
        if gluedBytes < frame.count { try channel.writeInbound(ByteBuffer(bytes: frame.dropFirst(gluedBytes))) }
        let answer = try outbound(channel)
        let head = String(decoding: answer.dropLast(6), as: UTF8.self).lowercased()
        #expect(head.hasPrefix("http/1.1 101 "))
        #expect(head.contains("\r\nupgrade: websocket\r\n"))
        #expect(head.contains("\r\nconnection: upgrade\r\n"))
        #expect(head.contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"))
        #expect(head.contains("\r\nx-request-id: req_1\r\n"))
        #expect(!head.contains("sec-websocket-extensions") && !head.contains("sec-websocket-protocol"))
        #expect(Array(answer.suffix(6)) == rawFrame(1, Array("pong".utf8), isMasked: false))
        #expect(delegate.heard == ["opened", "text ping"])
        try channel.writeInbound(ByteBuffer(bytes: closing(1000)))
        #expect(try outbound(channel) == [0x88, 2, 3, 0xE8])
        #expect(!channel.isActive)
    }

    @Test(arguments: [("13", false, "refused"), ("8", true, "version")])
    func theRouterAnswersRefusedRequests(version: String, isAllowed: Bool, reason: String) throws {
        let delegate = RecordingDelegate()
        let channel = try channel(delegate) { _ in isAllowed }
        try channel.writeInbound(ByteBuffer(string: Self.request.replacing("Version: 13", with: "Version: \(version)")))
        let answer = String(decoding: try outbound(channel), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 418"))
        #expect(answer.contains("reason: \(reason)\r\n"))
        // NIO's decoder would never read another request on it, so the router is told to close.
        #expect(!channel.isActive)
        #expect(delegate.heard == [])
    }

    @Test func onlyTheFirstRequestIsUpgraded() throws {
        let channel = try channel(RecordingDelegate()) { _ in true }
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        let plain = String(decoding: try outbound(channel), as: UTF8.self)
        #expect(plain.contains("reason: none\r\n"))
        #expect(channel.isActive)
        try channel.writeInbound(ByteBuffer(string: Self.request))
        let answer = String(decoding: try outbound(channel), as: UTF8.self)
        #expect(answer.contains("reason: not-first-request\r\n"))
        #expect(!channel.isActive)
    }
}

extension String {
    fileprivate func replacing(_ old: String, with new: String) -> String {
        guard let range = self.firstRange(of: old) else { return self }
        return String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}
