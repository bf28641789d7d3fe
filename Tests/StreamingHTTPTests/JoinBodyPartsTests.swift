import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import StreamingHTTP

/// What one read brought of a body goes on as one part, and nothing waits for the next read.
struct JoinBodyPartsTests {
    private enum Part: Equatable { case head, body(String), end }

    private let channel: EmbeddedChannel
    private let head = HTTPClientResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok))

    init() throws { channel = EmbeddedChannel(handler: JoinBodyParts()) }

    private func read(_ parts: HTTPClientResponsePart...) {
        for part in parts { channel.pipeline.fireChannelRead(part) }
        channel.pipeline.fireChannelReadComplete()
    }

    private func body(_ text: String) -> HTTPClientResponsePart { .body(ByteBuffer(string: text)) }

    private func passedOn() throws -> [Part] {
        var parts: [Part] = []
        while let part = try channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head: parts.append(.head)
            case .body(let bytes): parts.append(.body(String(buffer: bytes)))
            case .end: parts.append(.end)
            }
        }
        return parts
    }

    @Test func partsOfOneReadAreJoined() throws {
        read(head, body("a"), body("b"), body("c"))
        #expect(try passedOn() == [.head, .body("abc")])
        read(body("d"))
        #expect(try passedOn() == [.body("d")])
        read(body("e"), body("f"), .end(nil))
        #expect(try passedOn() == [.body("ef"), .end])
        _ = try channel.finish()
    }

    @Test func nothingIsLostWhenTheConnectionEnds() throws {
        channel.pipeline.fireChannelRead(body("a"))
        channel.pipeline.fireChannelRead(body("b"))
        channel.pipeline.fireChannelInactive()
        #expect(try passedOn() == [.body("ab")])
    }

    @Test func largePartsAreNotGathered() throws {
        let large = String(repeating: "x", count: 40_000)
        for _ in 0..<4 { channel.pipeline.fireChannelRead(body(large)) }
        #expect(try passedOn() == [.body(large + large), .body(large + large)])
        _ = try channel.finish()
    }
}
