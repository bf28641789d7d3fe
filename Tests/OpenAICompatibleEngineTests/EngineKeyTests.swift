import NIOCore
import ResponsesAPI
import ResponsesEngine
import Synchronization
import Testing

@testable import OpenAICompatibleEngine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The key that the server was given for its engine is in nothing that a client or the log is told, whatever the engine says
/// and wherever it says it.
@Suite(.timeLimit(.minutes(2))) struct EngineKeyTests {
    struct Way: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Answers a request with a key, spelled in some way, that stands in a string of JSON.
        var respond: @Sendable (FakeEngine.Exchange, _ key: String) -> Void

        init(_ name: String, _ respond: @escaping @Sendable (FakeEngine.Exchange, String) -> Void) {
            (testDescription, self.respond) = (name, respond)
        }
    }

    private static func error(_ fields: String) -> String { #"{"error":{\#(fields)}}"# }

    static let ways: [Way] = [
        Way("a message") { $0.answer("400 Bad Request", error(#""message":"key \#($1) may not","code":400"#)) },
        Way("a string") { $0.answer("422 Unprocessable Entity", #"{"error":"key \#($1) may not"}"#) },
        Way("a code") { $0.answer("400 Bad Request", error(#""message":"no","code":"\#($1)""#)) },
        Way("a code that is an object") { $0.answer("400 Bad Request", error(#""message":"no","code":{"a":"\#($1)"}"#)) },
        Way("a type") { $0.answer("400 Bad Request", error(#""message":"no","type":"\#($1)""#)) },
        Way("a param") { $0.answer("400 Bad Request", error(#""message":"no","param":"\#($1)""#)) },
        Way("a path of a field") { $0.answer("400 Bad Request", error(#""message":"no","param":"tools.\#($1)""#)) },
        Way("all fields") { $0.answer("400 Bad Request", error(#""message":"\#($1)","type":"\#($1)","code":"\#($1)","param":"\#($1)""#)) },
        Way("a detail") { $0.answer("400 Bad Request", #"{"detail":"\#($1)"}"#) },
        Way("a list of details") { $0.answer("400 Bad Request", #"{"detail":[{"loc":["header","\#($1)"],"msg":"\#($1)"}]}"#) },
        Way("the name of a member") { $0.answer("500 Internal Server Error", #"{"\#($1)":1}"#) },
        Way("a missing model") { $0.answer("404 Not Found", error(#""message":"model \#($1) gone","code":"model_not_found""#)) },
        Way("a refused key") { $0.answer("401 Unauthorized", error(#""message":"Incorrect API key: \#($1)""#), headers: "WWW-Authenticate: Bearer realm=\"\($1)\"\r\n") },
        Way("a context that is too long") { $0.answer("400 Bad Request", error(#""message":"context length, \#($1)","n_ctx":5"#)) },
        Way("too many requests") { $0.answer("429 Too Many Requests", error(#""message":"\#($1)""#), headers: "Retry-After: \($1)\r\n") },
        Way("loading") { $0.answer("503 Service Unavailable", error(#""message":"loading \#($1)""#)) },
        Way("input that is not supported") { $0.answer("500 Internal Server Error", error(#""message":"input is not supported: \#($1)""#)) },
        Way("plain text") { $0.answer("400 Bad Request", "no: \($1)", type: "text/plain") },
        Way("a page") { $0.answer("502 Bad Gateway", "<html><b>\($1)</b></html>", type: "text/html") },
        Way("a page in pieces") { $0.answer("502 Bad Gateway", "<html>\($1.prefix(5))<i></i>\($1.dropFirst(5))</html>", type: "text/html") },
        Way("a page instead of an answer") { $0.answer("200 OK", "<html>\($1)</html>", type: "text/html") },
        Way("a redirect") { $0.answer("302 Found", "", headers: "Location: /\($1)\r\n") },
        Way("a reason phrase") { $0.answer("400 Bad \($1)", "") },
        Way("no HTTP") { $0.send("\($1)\r\n\r\n") },
        Way("a wrong header") { $0.send("HTTP/1.1 200 OK\r\nContent-Length: \($1)\r\n\r\n") },
        Way("a wrong chunk") { $0.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\($1)\r\n\r\n") },
        Way("an error event") { $0.answerStream(Answer.delta("a") + "event: error\ndata: {\"message\":\"\($1)\"}\n\n") },
        Way("an error event of text") { $0.answerStream("event: error\ndata: \($1)\n\n") },
        Way("an error in the stream") { $0.answerStream(Answer.delta("a") + "data: \(error(#""message":"\#($1)","type":"\#($1)","code":"\#($1)""#))\n\n") },
        Way("an older error in the stream") { $0.answerStream("data: {\"object\":\"error\",\"message\":\"\($1)\",\"code\":400}\n\n") },
        Way("an error in an object") { $0.answer("200 OK", error(#""message":"\#($1)","code":"400""#)) },
        Way("a chunk that is no JSON") { $0.answerStream("data: \($1)\n\n") },
        Way("a reason to stop") { $0.answerStream(#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"\#($1)"}]}"# + "\n\n" + Answer.done) },
        Way("the id of a call") {
            $0.answerStream(#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_\#($1)","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}]}"# + "\n\n" + Answer.done)
        },
        Way("the name of a call") {
            $0.answerStream(#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"\#($1)","arguments":"{}"}}]},"finish_reason":"stop"}]}"# + "\n\n" + Answer.done)
        },
        Way("the head of the request") { exchange, _ in exchange.answer("400 Bad Request", "no luck: \(exchange.head)", type: "text/plain") },
    ]

    static let keys = ["ENGINE-KEY-123", "hunter2", "k3y", "Zm9vYmFyIGJhei1xdXV4"]

    /// How an engine may write it, so that it still stands in a string of JSON and in a header.
    private static func spellings(_ key: String) -> [String] {
        [
            key, key.utf16.map { #"\u"# + String(UInt32($0) + 0x10000, radix: 16).dropFirst() }.joined(),
            key.replacing("-", with: #"\u002d"#).replacing("3", with: #"\u0033"#), key.utf8.map { "%" + String(UInt($0), radix: 16) }.joined(),
            key.utf8.map { "&#\($0);" }.joined(), "Bearer \(key)",
        ] + (key.utf8.count < 6 ? [] : [Data(key.utf8).base64EncodedString(), key.uppercased(), key.utf8.map { String(UInt($0), radix: 16) }.joined()])
    }

    @Test(arguments: ways)
    func theKeyIsInNothingThatIsTold(_ way: Way) async throws {
        // Some of these answers never end.
        var limits = OpenAICompatibleLimits()
        limits.firstByteTimeout = .milliseconds(500)
        limits.silenceTimeout = .milliseconds(500)
        limits.modelsTimeout = .milliseconds(500)
        let request = GenerationRequest.json(#"{"model":"m","input":"hi","tools":[{"type":"function","name":"f"}]}"#)
        for key in Self.keys {
            let said = Mutex("")
            try await FakeEngine.with(limits: limits, key: key) { exchange in
                way.respond(exchange, said.withLock { $0 })
            } _: { engine, _ in
                for spelled in Self.spellings(key) {
                    said.withLock { $0 = spelled }
                    let told = await Self.told(engine, request)
                    let decoded = JSONText(told).string
                    for form in [key, spelled.hasPrefix("Bearer") ? key : spelled, key.uppercased()] {
                        #expect(!told.contains(form) && !decoded.contains(form), "\(way.testDescription): \(told)")
                    }
                }
            }
        }
    }

    /// All that a server learns of an engine.
    private static func told(_ engine: OpenAICompatibleEngine, _ request: GenerationRequest<ChatPrompt>) async -> String {
        let sink = ListeningSink()
        var told: [String] = []
        do throws(EngineError) { try await engine.run(request, into: sink) } catch { told.append("\(error) \(error.apiError)") }
        do throws(EngineError) { _ = try await engine.prefill(request) } catch { told.append("\(error) \(error.apiError)") }
        do throws(EngineError) { told.append("\(try await engine.models())") } catch { told.append("\(error) \(error.apiError)") }
        told.append("\(sink.heard)")
        return told.joined(separator: "\n")
    }

    @Test func aListOfModelsDoesNotShowTheKey() async throws {
        let key = "ENGINE-KEY-123"
        let models = [
            #"{"id":"tiny","owned_by":"somebody"}"#, #"{"id":"tiny-\#(key)"}"#, #"{"id":"engine\u002dkey-123"}"#,
            #"{"id":"other","owned_by":"\#(key)"}"#, #"{"id":"\#(Data(key.utf8).base64EncodedString())"}"#,
        ]
        let listed = try await FakeEngine.with(key: key) { exchange in
            exchange.answer("200 OK", #"{"object":"list","data":[\#(models.joined(separator: ","))]}"#)
        } _: { engine, _ in try await engine.models() }
        #expect(listed.map(\.id) == ["tiny", "other"] && listed.map(\.ownedBy) == ["somebody", "engine"])
    }

    @Test func aSecretIsFoundInNamesAndIds() {
        let spellings = SecretSpellings(["ENGINE-KEY-123-and-more", "k3y"])
        for text in [
            "ENGINE-KEY-123-and-more", "call_ENGINE-KEY-123-and-more", "engine-key-123", "NGINE-KEY-12", "k3y", "call_k3y", "a-K3Y-b",
            "RU5HSU5FLUtFWS0xMjMtYW5kLW1vcmU", "%45NGINE-KEY-123", "&#107;3y",
        ] { #expect(spellings.occur(in: text), "\(text)") }
        for text in ["", "call_12345678", "ENGINE", "engine-key", "k3yboard", "mink3y", "get_weather"] {
            #expect(!spellings.occur(in: text), "\(text)")
        }
        #expect(!SecretSpellings().occur(in: "anything") && !SecretSpellings([""]).occur(in: "anything"))
    }
}
