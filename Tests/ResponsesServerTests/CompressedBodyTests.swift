import ResponsesAPI
import ResponsesCore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// Bodies with a `Content-Encoding`.
@Suite(.timeLimit(.minutes(1))) struct CompressedBodyTests {
    /// `{"model":"scripted","input":"x","store":false}`, by Python's gzip and zlib, and by the program zstd.
    private static let bodies: [(coding: String, bytes: [UInt8])] = [
        ("gzip", hex("1f8b0800000000000203ab56cacd4f49cd51b2522a4e2eca2c28494d51d251cacc2b282d010a5500d9c525f945a94a56698939c5a9b50027ee481c2e000000")), ("deflate", hex("789cab56cacd4f49cd51b2522a4e2eca2c28494d51d251cacc2b282d010a5500d9c525f945a94a56698939c5a9b5006ca40fa2")), ("zstd", hex("28b52ffd04587101007b226d6f64656c223a227363726970746564222c22696e707574223a2278222c2273746f7265223a66616c73657d32471d6f")),
    ]

    /// The same with an input of sixty letters: 105 bytes in less than 80.
    private static let longer: [(coding: String, bytes: [UInt8])] = [
        ("gzip", hex("1f8b0800000000000203ab56cacd4f49cd51b2522a4e2eca2c28494d51d251cacc2b282d010a55500080c61497e417a52a59a525e614a7d602002eb5a4b969000000")), ("deflate", hex("789cab56cacd4f49cd51b2522a4e2eca2c28494d51d251cacc2b282d010a55500080c61497e417a52a59a525e614a7d60200bad82b4a")), ("zstd", hex("28b52ffd0458ad0100e4027b226d6f64656c223a227363726970746564222c22696e707574223a2278222c2273746f7265223a66616c73657d010042024e1a78019f")),
    ]

    private static func hex(_ text: String) -> [UInt8] {
        stride(from: 0, to: text.count, by: 2).compactMap {
            UInt8(text.dropFirst($0).prefix(2), radix: 16)
        }
    }

    @Test func areReadByTheirCoding() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            for (coding, bytes) in Self.bodies {
                let answer = try await Self.send(bytes, [("Content-Encoding", coding)], to: server)
                #expect(answer.status == 200, "\(coding): \(answer.text)")
                let broken = try await Self.send(Array(bytes.dropLast(4)), [("Content-Encoding", coding)], to: server)
                #expect(broken.status == 400 && broken.text.contains("Content-Encoding"))
            }
            let other = try await Self.send(Self.bodies[0].bytes, [("Content-Encoding", "br")], to: server)
            #expect(other.status == 415 && other.text.contains("gzip, deflate and zstd"))
        }
    }

    @Test("the limit is one of what a body stands for")
    func areLimited() async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.limits.messageBytesMax = 80 }) { server in
            for (coding, bytes) in Self.longer {
                let answer = try await Self.send(bytes, [("Content-Encoding", coding)], to: server)
                #expect(answer.status == 413, "\(coding)")
            }
        }
    }

    @Test("the Messages API names what is wrong in its own codes")
    func areRefusedByWire() async throws {
        try await TestServer.with(ScriptedEngine(), configure: { $0.limits.messageBytesMax = 80 }) { server in
            let (_, long) = Self.longer[0]
            for (bytes, coding, code) in [
                (long, "br", "request_body_encoding_unsupported"), (Array(Self.bodies[0].bytes.dropLast(4)), "gzip", "request_body_encoding_invalid"),
                (long, "gzip", "request_body_too_large_after_decoding"),
            ] {
                let answer = try await Self.send(bytes, [("Content-Encoding", coding)], at: "/v1/messages", to: server)
                #expect(answer.status == (code.contains("large") ? 413 : 400))
                #expect(answer.text.contains(#""details":{"error_code":"\#(code)"}"#), "\(answer.text)")
            }
        }
    }

    private static func send(
        _ body: [UInt8], _ headers: [(String, String)], at path: String = "/v1/responses", to server: TestServer
    ) async throws -> WireResponse {
        let wire = try await server.wire()
        var text = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        try await wire.send(Array((text + "\r\n").utf8) + body)
        let response = try await wire.response()
        await wire.close()
        return response
    }
}
