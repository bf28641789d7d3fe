import ResponsesAPI
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// Requests as they stand on the wire, right and wrong by RFC 9112, and what becomes of each and of its connection.
@Suite(.timeLimit(.minutes(1))) struct RawRequestTests {
    struct Raw: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var status: Int
        /// Whether the connection ends with the answer.
        var ends: Bool

        init(_ name: String, _ text: String, _ status: Int, ends: Bool) {
            (testDescription, self.text, self.status, self.ends) = (name, text, status, ends)
        }
    }

    private static let hello = #"{"model":"scripted","input":"hello"}"#

    private static func get(_ target: String = "/health", _ fields: String = "Host: 127.0.0.1\r\n", version: String = "1.1") -> String {
        "GET \(target) HTTP/\(version)\r\n\(fields)\r\n"
    }

    private static func post(_ fields: String, _ body: String = hello, version: String = "1.1") -> String {
        "POST /v1/responses HTTP/\(version)\r\nHost: 127.0.0.1\r\n\(fields)\r\n\(body)"
    }

    private static let length = "Content-Length: \(hello.utf8.count)\r\n"
    private static let chunked = "Transfer-Encoding: chunked\r\n"
    private static let size = String(hello.utf8.count, radix: 16)

    private static let hosts = [
        Raw("one host", get(), 200, ends: false),
        Raw("a host with a port", get("/health", "Host: localhost:8484\r\n"), 200, ends: false),
        Raw("an address", get("/health", "hOST:[::1]:8484\r\n"), 200, ends: false),
        Raw("no host", get("/health", ""), 400, ends: true),
        Raw("two hosts", get("/health", "Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n"), 400, ends: true),
        Raw("an empty host", get("/health", "Host:\r\n"), 400, ends: true),
        Raw("a host with a space", get("/health", "Host: a b\r\n"), 400, ends: true),
        Raw("a host with a path", get("/health", "Host: a/b\r\n"), 400, ends: true),
        Raw("two hosts in one", get("/health", "Host: a, b:1\r\n"), 400, ends: true),
        Raw("a host with a user", get("/health", "Host: me@a\r\n"), 400, ends: true),
        Raw("no host in HTTP/1.0", get("/health", "", version: "1.0"), 200, ends: true),
        Raw("two hosts in HTTP/1.0", get("/health", "Host: a\r\nHost: a\r\n", version: "1.0"), 400, ends: true),
    ]

    private static let connections = [
        Raw("close", get("/health", "Host: a\r\nConnection: close\r\n"), 200, ends: true),
        Raw("Close", get("/health", "Host: a\r\nConnection: Close\r\n"), 200, ends: true),
        Raw("close in a list", get("/health", "Host: a\r\nConnection: keep-alive, ,close\r\n"), 200, ends: true),
        Raw("close in a second field", get("/health", "Host: a\r\nConnection: te\r\nconnection:\tclose \r\n"), 200, ends: true),
        Raw("other tokens", get("/health", "Host: a\r\nConnection: closed, keep-alive\r\n"), 200, ends: false),
        Raw("HTTP/1.0 that goes on", get("/health", "Host: a\r\nConnection: Keep-Alive\r\n", version: "1.0"), 200, ends: false),
        Raw("HTTP/1.0 that does not", get("/health", "Host: a\r\nConnection: keep-alive, close\r\n", version: "1.0"), 200, ends: true),
        Raw("another protocol", get("/health", "Host: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"), 200, ends: true),
        Raw("an upgrade that is not asked for", get("/health", "Host: a\r\nUpgrade: h2c\r\n"), 200, ends: false),
    ]

    private static let targets = [
        Raw("a URL", get("http://127.0.0.1/health"), 200, ends: false),
        Raw("a URL without a path", get("http://127.0.0.1"), 404, ends: false),
        Raw("a URL of another host", get("http://evil.example/v1/models"), 403, ends: false),
        Raw("a URL of this host, for another", get("http://127.0.0.1/v1/models", "Host: evil.example\r\n"), 200, ends: false),
        Raw("a URL with a broken host", get("http://a%/v1/models"), 400, ends: true),
        Raw("another scheme", get("ftp://127.0.0.1/health"), 400, ends: true),
        Raw("empty parts", get("//health//"), 200, ends: false),
        Raw("the server itself", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200, ends: false),
        Raw("* for a resource", get("*"), 400, ends: true),
        Raw("a tunnel", "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n", 501, ends: true),
        Raw("a tunnel that is used", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n\u{16}\u{3}\u{1}", 501, ends: true),
        Raw("another method", "TRACE /health HTTP/1.1\r\nHost: a\r\n\r\n", 405, ends: false),
        Raw("an unknown method", "FETCH /health HTTP/1.1\r\nHost: a\r\n\r\n", 400, ends: true),
        Raw("a method in lower case", "get /health HTTP/1.1\r\nHost: a\r\n\r\n", 400, ends: true),
        Raw("a later version", get(version: "2.0"), 400, ends: true),
        Raw("no version", "GET /health\r\n\r\n", 400, ends: true),
        Raw("an empty line before", "\r\n\r\n" + get(), 200, ends: false),
    ]

    private static let fields = [
        Raw("a folded field", get("/health", "Host: a\r\nX-A: b\r\n c\r\n"), 400, ends: true),
        Raw("a fold first", get("/health", " Host: a\r\n"), 400, ends: true),
        Raw("a space before the colon", get("/health", "Host: a\r\nX-A : b\r\n"), 400, ends: true),
        Raw("no name", get("/health", "Host: a\r\n: b\r\n"), 400, ends: true),
        Raw("a wrong name", get("/health", "Host: a\r\nX(A: b\r\n"), 400, ends: true),
        Raw("a zero", get("/health", "Host: a\r\nX-A: b\u{0}c\r\n"), 400, ends: true),
        Raw("a return alone", get("/health", "Host: a\r\nX-A: b\rc\r\n"), 400, ends: true),
        Raw("lines without a return", "GET /health HTTP/1.1\nHost: a\n\n", 400, ends: true),
        Raw("many fields", get("/health", "Host: a\r\n" + String(repeating: "X-A: b\r\n", count: 300)), 431, ends: true),
        Raw("a large field", get("/health", "Host: a\r\nX-A: \(String(repeating: "b", count: 90_000))\r\n"), 431, ends: true),
        Raw(
            "large fields", get("/health", "Host: a\r\n" + String(repeating: "X-A: \(String(repeating: "b", count: 9_000))\r\n", count: 10)),
            431, ends: true),
        Raw("a large target", get("/" + String(repeating: "b", count: 90_000)), 431, ends: true),
        Raw("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400, ends: true),
    ]

    private static let bodies = [
        Raw("a length", post(length), 200, ends: false),
        Raw("chunks", post(chunked, "\(size)\r\n\(hello)\r\n0\r\n\r\n"), 200, ends: false),
        Raw("chunks by another spelling", post("transfer-encoding:  Chunked \r\n", "\(size)\r\n\(hello)\r\n0\r\n\r\n"), 200, ends: false),
        Raw("chunks with more", post(chunked, "\(size);a=b\r\n\(hello)\r\n0\r\nX-A: b\r\n\r\n"), 200, ends: false),
        Raw("a length and chunks", post(length + chunked, "0\r\n\r\n"), 400, ends: true),
        Raw("chunks and a length", post(chunked + length, "0\r\n\r\n"), 400, ends: true),
        Raw("two lengths", post(length + "Content-Length: 1\r\n"), 400, ends: true),
        Raw("a list of lengths", post("Content-Length: 36, 36\r\n"), 400, ends: true),
        Raw("a length with a sign", post("Content-Length: +36\r\n"), 400, ends: true),
        Raw("a length below zero", post("Content-Length: -1\r\n"), 400, ends: true),
        Raw("no length in its field", post("Content-Length: \r\n"), 400, ends: true),
        Raw("a length beyond numbers", post("Content-Length: 99999999999999999999\r\n"), 400, ends: true),
        Raw("a size that is none", post(chunked, "xyz\r\n"), 400, ends: true),
        Raw("a size with a prefix", post(chunked, "0x5\r\nhello\r\n0\r\n\r\n"), 400, ends: true),
        Raw("a size below zero", post(chunked, "-1\r\n"), 400, ends: true),
        Raw("a size beyond numbers", post(chunked, "fffffffffffffffff\r\n"), 400, ends: true),
        Raw("a chunk that goes on", post(chunked, "\(size)\r\n\(hello)XX0\r\n\r\n"), 400, ends: true),
        Raw("a size without a return", post(chunked, "\(size)\n\(hello)\r\n0\r\n\r\n"), 400, ends: true),
        Raw("another coding first", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501, ends: true),
        Raw("another coding in a field before", post("Transfer-Encoding: gzip\r\n" + chunked, "0\r\n\r\n"), 501, ends: true),
        Raw("another coding last", post("Transfer-Encoding: chunked, gzip\r\n"), 400, ends: true),
        Raw("another coding only", post("Transfer-Encoding: gzip\r\n"), 400, ends: true),
        Raw("chunks twice", post(chunked + chunked, "0\r\n\r\n"), 400, ends: true),
        Raw("no coding in its field", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), 400, ends: true),
        Raw("chunks in HTTP/1.0", post(chunked, "\(size)\r\n\(hello)\r\n0\r\n\r\n", version: "1.0"), 400, ends: true),
        Raw("an unknown expectation", post("Expect: miracles\r\n" + length), 417, ends: true),
        Raw("an unknown one in a list", post("Expect: 100-continue, miracles\r\n" + length), 417, ends: true),
        Raw("an expectation in HTTP/1.0", post("Expect: 100-continue\r\n" + length, version: "1.0"), 200, ends: true),
        Raw("a body of a GET", get("/health", "Host: a\r\n" + length) + hello, 200, ends: false),
        Raw("a body that is too large", post("Content-Length: 99999999999\r\n", ""), 413, ends: true),
        Raw("one that is asked for", post("Expect: 100-continue\r\nContent-Length: 99999999999\r\n", ""), 413, ends: true),
        Raw(
            "a body for nobody", "POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n", 404, ends: true),
    ]

    /// Each as the first request of a connection and behind another.
    @Test(arguments: hosts + connections + targets + fields + bodies, [true, false])
    func isAnswered(_ raw: Raw, isFirst: Bool) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let wire = try await server.wire()
            if !isFirst {
                try await wire.send(Self.get())
                #expect(try await wire.response().status == 200)
            }
            try await wire.send(raw.text)
            let answer = try await wire.response()
            #expect(answer.status == raw.status)
            #expect(answer["x-request-id"] != nil)
            #expect(answer.count("connection") <= 1)
            if raw.status >= 400 {
                #expect(answer["content-type"] == "application/json")
                let error = try RawJSON(parsing: answer.body).at("error")
                #expect(error?.string("message")?.isEmpty == false)
                #expect(error?.string("type") == (raw.status < 500 ? (raw.status == 403 ? "permission_error" : "invalid_request_error") : "server_error"))
            }
            if raw.ends {
                #expect(answer["connection"] == "close")
                #expect(await wire.readToEnd().isEmpty)
            } else {
                #expect(answer["connection"] != "close")
                try await wire.send(Self.get())
                #expect(try await wire.response().status == 200)
            }
            await wire.close()
        }
    }

    /// Such a client knows no chunks: the end of the connection is the end of the stream.
    @Test(arguments: ["", "Connection: keep-alive\r\n"])
    func aStreamForHTTP10HasNoChunks(fields: String) async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let wire = try await server.wire()
            let body = #"{"model":"scripted","input":"hello","stream":true}"#
            try await wire.send(Self.post(fields + "Content-Length: \(body.utf8.count)\r\n", body, version: "1.0"))
            let head = try await wire.response(toHead: true)
            #expect(head.status == 200 && head["connection"] == "close" && head["transfer-encoding"] == nil)
            let stream = String(decoding: await wire.readToEnd(), as: UTF8.self)
            #expect(stream.hasPrefix("event: response.created\ndata: "))
            #expect(stream.hasSuffix("data: [DONE]\n\n"))
            await wire.close()
        }
    }

    @Test func theServerItselfNamesItsMethods() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let wire = try await server.wire()
            try await wire.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await wire.response()["allow"] == "DELETE, GET, HEAD, OPTIONS, POST")
            await wire.close()
        }
    }

    /// What stands behind the last request of a connection is not answered.
    @Test func nothingIsAnsweredBehindTheLastRequest() async throws {
        try await TestServer.with(ScriptedEngine()) { server in
            let wire = try await server.wire()
            try await wire.send(Self.get("/health", "Host: a\r\nConnection: close\r\n") + Self.get() + "nonsense\r\n\r\n")
            #expect(try await wire.response().status == 200)
            #expect(await wire.readToEnd().isEmpty)
            await wire.close()
        }
    }

    @Test(arguments: [
        ("/v1/responses?x=1#y", "/v1/responses?x=1#y", nil), ("*", "*", nil), ("//a", "//a", nil),
        ("http://a.example", "/", "a.example"), ("HTTP://a:1?x", "/?x", "a:1"), ("wss://[::1]:1/b/c?d://e", "/b/c?d://e", "[::1]:1"),
    ] as [(String, String, String?)])
    func targetsAreReadAsTheyStand(target: String, path: String, authority: String?) {
        let read = RequestTarget(target)
        #expect(read?.path == path)
        #expect(read?.authority == authority)
    }

    @Test(arguments: ["", "a", "a/b", "a:80", "ftp://a/b", "://a/b", "a/http://b", "**"])
    func otherTargetsAreNone(target: String) { #expect(RequestTarget(target) == nil) }

    @Test(arguments: [
        "a", "a.example", "A_b-c.", "127.0.0.1:80", "a:", "[::1]", "[::1]:65535", "[fe80::1%25eth0]", "%41", "a!$&'()*+,;=~",
    ])
    func hostsAreNames(host: String) { #expect(HostField.isValid(host)) }

    @Test(arguments: [
        "", ":80", "a b", "a/b", "a:b", "a:80:80", "a:123456", "a@b", "[::1", "[]", "[::1]a", "::1", "%", "%4", "%4g", "ü", "a\tb", "a?", "a#",
    ])
    func otherHostsAreNone(host: String) { #expect(!HostField.isValid(host)) }
}
