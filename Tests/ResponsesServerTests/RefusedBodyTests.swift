import ResponsesAPI
import ResponsesCore
import Testing

@testable import ResponsesServer

/// Whoever is refused is not listened to for long: the connection ends, and the answer arrives all the same.
@Suite(.timeLimit(.minutes(1))) struct RefusedBodyTests {
    private func withServer(_ body: @escaping (TestServer) async throws -> Void) async throws {
        try await TestServer.with(HandEngine(), configure: {
            $0.keys = APIKeys(["right"])
            $0.limits.messageBytesMax = 1_000
            $0.limits.lingerBytesMax = 100_000
        }, body)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var path = "/v1/responses"
        var fields: String
        var key = "right"
        var status: Int
        var testDescription: String { "\(status) \(fields)" }
    }

    static let refusals = [
        Refusal(fields: "Content-Length: 1000000000", key: "wrong", status: 401),
        Refusal(fields: "Content-Length: 900", key: "wrong", status: 401),
        Refusal(fields: "Transfer-Encoding: chunked", key: "wrong", status: 401),
        Refusal(path: "/nowhere", fields: "Content-Length: 1000000000", status: 404),
        Refusal(path: "/v1/models", fields: "Content-Length: 1000000000", status: 405),
        Refusal(fields: "Content-Length: 1000000000", status: 413),
        Refusal(fields: "Content-Length: 1001", status: 413),
        // More than a signed number has room for.
        Refusal(fields: "Content-Length: 9223372036854775808", status: 413),
        Refusal(fields: "Content-Length: 18446744073709551615", status: 413),
        Refusal(fields: "Origin: https://evil.example\r\nContent-Length: 1000000000", status: 403),
    ]

    private func head(_ refusal: Refusal) -> String {
        "POST \(refusal.path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(refusal.key)\r\n\(refusal.fields)\r\n"
    }

    /// Before a byte of the body is sent; and nobody is told to send it.
    @Test(arguments: refusals, ["", "Expect: 100-continue\r\n"])
    func isToldAtOnce(_ refusal: Refusal, expectation: String) async throws {
        try await withServer { server in
            let wire = try await server.wire()
            try await wire.send(head(refusal) + expectation + "\r\n")
            let answer = try await wire.response()
            #expect(answer.status == refusal.status && answer["connection"] == "close")
            #expect(try RawJSON(parsing: answer.body).at("error")?.string("message") != nil)
            #expect(await wire.readToEnd().isEmpty)
            await wire.close()
        }
    }

    /// The kernels' buffers may take some megabytes; far from all of it.
    @Test(arguments: refusals.filter { $0.fields.contains("1000000000") })
    func whoGoesOnSendingIsCutOff(_ refusal: Refusal) async throws {
        try await withServer { server in
            let wire = try await server.wire()
            try await wire.send(head(refusal) + "\r\n")
            #expect(try await wire.response().status == refusal.status)
            let piece = [UInt8](repeating: 0x20, count: 1 << 20)
            var sent = 0
            while sent < 200, (try? await wire.send(piece)) != nil { sent += 1 }
            #expect(sent < 200)
            await wire.close()
        }
    }

    /// Who sends nothing more and does not close is not waited for.
    @Test func whoStaysIsCutOff() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.limits.lingerTimeMax = .milliseconds(50) }) { server in
            let wire = try await server.wire()
            try await wire.send("POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n")
            #expect(try await wire.response().status == 404)
            #expect(await wire.readToEnd().isEmpty)
            // The server's end is gone, which a byte finds out; at once or a little later.
            while (try? await wire.send(" ")) != nil {}
            await wire.close()
        }
    }

    /// What was sent before the answer is dropped, so that it does not reset the connection with the answer on its way.
    @Test func theAnswerArrivesThoughMuchWasSent() async throws {
        try await withServer { server in
            for _ in 0..<20 {
                let wire = try await server.wire()
                try await wire.pause()
                try await wire.send("POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n")
                try await wire.send([UInt8](repeating: 0x20, count: 90_000))
                try await wire.resume()
                #expect(try await wire.response().status == 404)
                #expect(await wire.readToEnd().isEmpty)
                await wire.close()
            }
        }
    }

    @Test(arguments: [1, 100, 5_000])
    func chunksAboveTheLimitAreRefused(chunk: Int) async throws {
        try await withServer { server in
            let wire = try await server.wire()
            try await wire.send(
                "POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer right\r\nTransfer-Encoding: chunked\r\n\r\n")
            let piece = "\(String(chunk, radix: 16))\r\n\(String(repeating: "x", count: chunk))\r\n"
            try await wire.send(String(repeating: piece, count: 2_000 / chunk + 1))
            let answer = try await wire.response()
            #expect(answer.status == 413 && answer["connection"] == "close")
            #expect(await wire.readToEnd().isEmpty)
            await wire.close()
        }
    }
}
