import ResponsesAPI
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// What becomes of an HTTP connection's requests, whatever pieces they come in.
@Suite(.timeLimit(.minutes(1))) struct HTTPConnectionTests {
    private let hello = #"{"model":"scripted","input":"hello"}"#

    private func withWire(_ body: @escaping @Sendable (Wire) async throws -> Void) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let wire = try await server.wire()
            try await body(wire)
            await wire.close()
        }
    }

    /// More than are held at once, so reading stops in between.
    @Test func manyRequestsAtOnceAreAllAnswered() async throws {
        try await withWire { wire in
            let requests = 3_000
            try await wire.send(String(repeating: "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", count: requests))
            for _ in 0..<requests {
                let answer = try await wire.response()
                try #require(answer.status == 200)
                #expect(answer["server"] == "hotline" && answer.count("date") == 1)
            }
        }
    }

    @Test(arguments: [1, 2, 30])
    func aBodyComesInPieces(pieces: Int) async throws {
        try await withWire { [hello] wire in
            let body = String(repeating: " ", count: 300_000) + hello
            for _ in 0..<2 {
                try await wire.send(
                    "POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
                var rest = Array(body.utf8)[...]
                let size = rest.count / pieces + 1
                while !rest.isEmpty {
                    try await wire.send(Array(rest.prefix(size)))
                    rest = rest.dropFirst(size)
                }
                #expect(try await wire.response().text.contains(#""status":"completed""#))
            }
        }
    }

    @Test func aBodyInChunksIsRead() async throws {
        try await withWire { [hello] wire in
            try await wire.send("POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
            for byte in hello.utf8 { try await wire.send("1\r\n\(Character(Unicode.Scalar(byte)))\r\n") }
            try await wire.send("0\r\n\r\n")
            #expect(try await wire.response().text.contains(#""status":"completed""#))
        }
    }

    /// It is no part of the next request. One that is here when its refusal is made does not end the connection.
    @Test func aBodyThatNobodyWantsIsDropped() async throws {
        try await withWire { wire in
            for _ in 0..<2 {
                try await wire.request("POST", "/nowhere", body: String(repeating: "x", count: 500))
                #expect(try await wire.response().status == 404)
                try await wire.request("GET", "/health")
                #expect(try await wire.response().status == 200)
            }
        }
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nno length",
    ])
    func whatIsNotHTTPEndsTheConnection(nonsense: String) async throws {
        try await withWire { wire in
            try await wire.request("GET", "/health")
            #expect(try await wire.response().status == 200)
            try await wire.send(nonsense)
            let answer = try await wire.response()
            #expect(answer.status == 400 && answer["connection"] == "close")
            #expect(await wire.readToEnd().isEmpty)
        }
    }

    @Test func whoeverWantsItClosedFindsItClosed() async throws {
        try await withWire { wire in
            try await wire.request("GET", "/health", headers: [("Connection", "close")])
            #expect(try await wire.response().status == 200)
            #expect(await wire.readToEnd().isEmpty)
        }
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (1_709_164_799, "Wed, 28 Feb 2024 23:59:59 GMT"), (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
    ])
    func datesAreWrittenAsHTTPWantsThem(unixSeconds: Int, text: String) {
        #expect(HTTPDate.text(at: unixSeconds) == text)
    }
}
