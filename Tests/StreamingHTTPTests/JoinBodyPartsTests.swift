import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPCompression
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

    // MARK: Compressed answers

    /// "data: one", an empty line, "data: two", an empty line.
    private static let compressed: [(coding: String, bytes: [UInt8])] = [
        ("gzip", gzip), ("X-GZIP", gzip),
        ("deflate", [0x78, 0x9C, 0x4B, 0x49, 0x2C, 0x49, 0xB4, 0x52, 0xC8, 0xCF, 0x4B, 0xE5, 0xE2, 0x4A, 0x01, 0x33, 0x4B, 0xCA, 0xF3, 0xB9, 0xB8, 0x00, 0x52, 0x0F, 0x06, 0xAD]),
    ]
    private static let gzip: [UInt8] = [0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4B, 0x49, 0x2C, 0x49, 0xB4, 0x52, 0xC8, 0xCF, 0x4B, 0xE5, 0xE2, 0x4A, 0x01, 0x33, 0x4B, 0xCA, 0xF3, 0xB9, 0xB8, 0x00, 0xA2, 0x0D, 0x4A, 0x3F, 0x16, 0x00, 0x00, 0x00]

    /// 65,536 zeros.
    private static let bomb: [UInt8] = [
        0x78, 0xDA, 0xED, 0xC1, 0x01, 0x01, 0x00, 0x00, 0x00, 0x80, 0x90, 0xFE, 0xAF, 0xEE, 0x08, 0x0A, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x6A,
        0x00, 0x0F, 0x00, 0x01,
    ]

    private func compressedHead(_ coding: String) -> HTTPClientResponsePart {
        .head(HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-encoding": coding]))
    }

    @Test func compressedAnswersAreRead() throws {
        for (coding, bytes) in Self.compressed {
            // In one piece, and byte by byte.
            for size in [bytes.count, 1] {
                read(compressedHead(coding))
                for start in stride(from: 0, to: bytes.count, by: size) { read(.body(ByteBuffer(bytes: bytes[start..<start + size]))) }
                read(.end(nil))
                let parts = try passedOn()
                #expect(parts.first == .head && parts.last == .end)
                let text = parts.map { if case .body(let text) = $0 { text } else { "" } }.joined()
                #expect(text == "data: one\n\ndata: two\n\n", "\(coding)")
            }
        }
        // The next answer is plain, and nothing is left of the last.
        read(head, body("plain"), .end(nil))
        #expect(try passedOn() == [.head, .body("plain"), .end])
        #expect(throws: (any Error).self) { try channel.pipeline.syncOperations.handler(type: NIOHTTPResponseDecompressor.self) }
    }

    @Test func whatUnpacksToFarMoreFails() throws {
        read(compressedHead("deflate"))
        #expect(throws: NIOHTTPDecompression.DecompressionError.limit) {
            read(.body(ByteBuffer(bytes: Self.bomb)))
            try channel.throwIfErrorCaught()
        }
        // Not all of it was unpacked to find that out.
        let unpacked = try passedOn().reduce(0) { if case .body(let text) = $1 { $0 + text.utf8.count } else { $0 } }
        #expect(unpacked <= 200 * Self.bomb.count)
    }

    @Test func whatIsNotCompressedAsItSaysFails() throws {
        read(compressedHead("gzip"))
        #expect(throws: NIOHTTPDecompression.DecompressionError.self) {
            read(body("data: one"))
            try channel.throwIfErrorCaught()
        }
    }
}
