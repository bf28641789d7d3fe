import Logging
import NIOCore
import NIOPosix
import ResponsesAPI
import ResponsesEngine
import Testing

@testable import OpenAICompatibleEngine

/// Every way in which an engine can speak when it fails: what the log is told, and what neither log nor client is.
@Suite(.timeLimit(.minutes(1))) struct FailureDetailTests {
    /// The key of `FakeEngine.with`.
    private static let key = "secret"
    private static let prompt = "My account number is 00123-4567, \"please\" keep it\nto yourself, naïve friend"
    private static let request = GenerationRequest.json(
        #"{"input":[{"role":"user","content":"\#(String(decoding: JSONText(prompt).escaped, as: UTF8.self))"}]}"#)

    private func failure(_ respond: @escaping @Sendable (FakeEngine.Exchange) -> Void) async throws -> EngineError {
        try await FakeEngine.with(respond: respond) { engine, _ in
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
            return try #require(error)
        }
    }

    /// What engines say, with the key and the prompt in it.
    private static var words: String { "no luck with \(key): \(prompt)" }
    private static var quoted: String { String(decoding: JSONText(words).escaped, as: UTF8.self) }

    private static let ways: [(String, @Sendable (FakeEngine.Exchange) -> Void)] = [
        ("an error object", { $0.answer("400 Bad Request", #"{"error":{"message":"\#(quoted)","type":"bad","code":400}}"#) }),
        ("an error string", { $0.answer("422 Unprocessable Entity", #"{"error":"\#(quoted)"}"#) }),
        ("a detail", { $0.answer("400 Bad Request", #"{"detail":"\#(quoted)"}"#) }),
        ("a list of details", { $0.answer("400 Bad Request", #"{"detail":[{"msg":"no luck with \#(key)","input":"\#(quoted)"}]}"#) }),
        ("an error object that failed", { $0.answer("500 Internal Server Error", #"{"object":"error","message":"\#(quoted)"}"#) }),
        ("plain text", { $0.answer("500 Internal Server Error", words, type: "text/plain") }),
        ("a page", { $0.answer("502 Bad Gateway", "<html><style>p {}</style><p>\(words)</p></html>", type: "text/html") }),
        ("a page with entities", { exchange in
            let escaped = words.replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
            exchange.answer("500 Internal Server Error", "<html><p>\(escaped)</p></html>", type: "text/html")
        }),
        ("a page instead of an answer", { $0.answer("200 OK", "<html><p>\(words)</p></html>", type: "text/html") }),
        ("a redirect", { $0.answer("302 Found", "", headers: "Location: http://x/no%20luck?api_key=\(key)\r\n") }),
        ("an error event", { $0.answerStream(Answer.delta("a") + "event: error\ndata: {\"message\":\"\(quoted)\"}\n\n") }),
        ("an error in the stream", { $0.answerStream(Answer.delta("a") + "data: {\"error\":{\"message\":\"\(quoted)\",\"code\":500}}\n\n") }),
        ("an older error in the stream", { $0.answerStream("data: {\"object\":\"error\",\"message\":\"\(quoted)\",\"code\":400}\n\n") }),
        ("an error in an object", { $0.answer("200 OK", #"{"error":{"message":"\#(quoted)","code":"400"}}"#) }),
        ("the request itself", { $0.answer("400 Bad Request", "no luck with \(key): \($0.body)", type: "text/plain") }),
        ("the head of the request", { $0.answer("400 Bad Request", "no luck: \($0.head)", type: "text/plain") }),
        ("the model is missing", { $0.answer("404 Not Found", #"{"error":{"message":"model gone, no luck with \#(quoted)"}}"#) }),
    ]

    @Test(arguments: ways.indices)
    func itsWordsAreForTheLogWithoutKeyAndPrompt(_ index: Int) async throws {
        let (name, respond) = Self.ways[index]
        let error = try await failure(respond)
        let detail = try #require(error.detail, "\(name)")
        // For the log: a person reads what happened.
        #expect(detail.contains("no luck") || detail.contains("no%20luck"), "\(name): \(detail)")
        #expect(detail.unicodeScalars.count <= FailureWords.detailMax)
        #expect(error.httpStatus != nil)
        for text in [detail, error.message, error.apiError.message] {
            for hidden in ["secret", "00123", "account", "keep it", "to yourself", "na\\u00efve", "naïve"] {
                #expect(!text.contains(hidden), "\(name): \(text)")
            }
            #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        }
    }

    @Test func aLargeRequestIsNotQuotedEither() async throws {
        let prompt = (0..<60_000).map { "word \($0)" }.joined(separator: ", ")
        let request = GenerationRequest.json(#"{"input":[{"role":"user","content":"\#(prompt)"}]}"#)
        let end = String(prompt.suffix(60))
        let error = try await FakeEngine.with { exchange in
            exchange.answer("400 Bad Request", #"{"error":"bad end: <\#(end)>"}"#)
        } _: { engine, _ in
            await #expect(throws: EngineError.self) { try await engine.run(request, into: ListeningSink()) }
        }
        #expect(error?.detail == "bad end: <[…]>")
        #expect(error?.message == "The engine refused the request. It says: bad end: <[…]>")
    }

    @Test func whatIsNotHiddenIsThere() async throws {
        let failed = try await failure { $0.answer("500 Internal Server Error", #"{"error":{"message":"CUDA out of memory","type":"oom","code":500}}"#) }
        #expect(failed.detail == "CUDA out of memory (type oom, code 500)" && failed.httpStatus == 500)
        let page = try await failure { $0.answer("502 Bad Gateway", "<html><head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>", type: "text/html") }
        #expect(page.detail == "502 Bad Gateway nginx")
        let redirect = try await failure { $0.answer("302 Found", "", headers: "Location: http://elsewhere/\r\n") }
        #expect(redirect.detail == "Location: http://elsewhere/" && redirect.httpStatus == 302 && redirect.kind == .unavailable)
        let inStream = try await failure { $0.answerStream(Answer.delta("a") + "data: {\"error\":{\"message\":\"engine died\"}}\n\n") }
        #expect(inStream.detail == "engine died" && inStream.httpStatus == 200)
        let silent = try await failure { $0.answer("507 Insufficient Storage", "") }
        #expect(silent.detail == nil && silent.httpStatus == 507)
        let list = try await failure { $0.answer("400 Bad Request", #"{"errors":["too hot"]}"#) }
        #expect(list.detail == "too hot")
        let unknown = try await failure { $0.answer("400 Bad Request", #"{"weather":["hot"]}"#) }
        #expect(unknown.detail == #"{"weather":["hot"]}"#)
    }

    @Test func nonsenseIsDescribedNotQuoted() async throws {
        let error = try await failure { $0.answerStream("data: {\"choices\":[{\"delta\":{\"content\":\"OUTPUT\"}]}\n\n") }
        #expect(error.kind == .interrupted && error.detail?.contains("at byte") ?? false)
        #expect(!(error.detail ?? "").contains("OUTPUT") && !error.message.contains("OUTPUT"))
        let notHTTP = try await failure { $0.send("secret nonsense\r\n\r\n") }
        #expect(notHTTP.detail != nil && notHTTP.httpStatus == nil && !(notHTTP.detail ?? "").contains("secret"))
    }

    @Test func aConnectionThatFailsSaysHow() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = server.localAddress?.port ?? 0
        try await server.close()
        let address = try EngineAddress("127.0.0.1:\(port)/v1?api-version=0123456789abc")
        let engine = try OpenAICompatibleEngine(.init(address: address), eventLoopGroup: group, logger: .init(label: "test"))
        for isList in [false, true] {
            let error = await #expect(throws: EngineError.self) {
                if isList { _ = try await engine.models() } else { try await engine.run(Self.request, into: ListeningSink()) }
            }
            #expect(error?.kind == .unavailable && error?.httpStatus == nil)
            #expect(error?.detail?.lowercased().contains("refused") ?? false, "\(error?.detail ?? "")")
            #expect(!(error?.detail?.contains("0123456789abc") ?? true))
        }
        try await engine.shutdown()
    }

    @Test func aListOfModelsThatFailsSaysHow() async throws {
        try await FakeEngine.with { exchange in
            exchange.answer("401 Unauthorized", #"{"error":{"message":"key \#(Self.key) is not known, no luck"}}"#)
        } _: { engine, _ in
            let error = await #expect(throws: EngineError.self) { try await engine.models() }
            #expect(error?.detail == "key […] is not known, no luck" && error?.httpStatus == 401)
            #expect(error?.kind == .unauthorized && !(error?.message.contains("--") ?? true))
        }
    }

    @Test func noMessageNamesAFlag() {
        for status in [400, 401, 403, 404, 405, 408, 413, 422, 429, 500, 503, 504, 302] {
            let error = EngineFailure(body: []).engineError(status: status)
            #expect(!error.message.contains("--") && error.message.hasSuffix("."))
        }
    }
}
