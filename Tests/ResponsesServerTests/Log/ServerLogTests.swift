import Hummingbird
import Logging
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import Testing

@testable import ResponsesServer

/// The lines a person reads: static messages, one set of keys, nothing of what was said.
@Suite struct ServerLogTests {
    private let ids = LogIDs(request: "req_1", connection: "conn_1", lane: "main", response: "resp_1", owner: "0a1b2c3d")

    private func lines(accessLog: Bool = false, _ body: (ServerLog) -> Void) -> [String] {
        let lines = LogLines()
        body(ServerLog(lines.logger, accessLog: accessLog))
        return lines.lines
    }

    @Test func startAndStop() {
        #expect(
            lines {
                $0.started(address: "127.0.0.1:8484", engine: "llama.cpp", version: "0.1.0")
                $0.engineDown("llama.cpp", kind: .unavailable)
                $0.engineUp("llama.cpp")
                $0.stopped(uptime: .milliseconds(90_500))
            } == [
                "info server started address=127.0.0.1:8484 version=0.1.0 engine=llama.cpp", "info engine is down kind=unavailable engine=llama.cpp",
                "info engine is up engine=llama.cpp", "info server stopped seconds=90",
            ])
    }

    @Test func theAccessLogIsOffUnlessItIsAskedFor() {
        var facts = TurnFacts(status: "failed")
        (facts.code, facts.connection, facts.lane, facts.response, facts.owner) = ("server_error", "conn_1", "main", "resp_1", "0a1b2c3d")
        (facts.engine, facts.model, facts.duration) = ("vLLM", "tiny", .milliseconds(1234.9))
        (facts.inputTokens, facts.cachedTokens, facts.outputTokens, facts.bytes) = (10, 4, 2, 900)
        func log(_ log: ServerLog) {
            log.request(
                LogIDs(request: "req_1", owner: "0a1b2c3d"), client: "claude-cli/2.1.332 (external, sdk-cli)", method: "POST",
                path: "/v1/responses?key=SECRET", status: 200, duration: .seconds(1), bytes: 12)
            log.request(LogIDs(request: "req_2"), method: "GET", path: "/health#x", status: 200, duration: .zero)
            log.turnEnded(facts)
            log.turnEnded(TurnFacts(status: "completed"))
        }
        #expect(lines { log($0) }.isEmpty)
        #expect(
            lines(accessLog: true) { log($0) } == [
                "info request request=req_1 owner=0a1b2c3d client=claude-cli/2.1.332 method=POST path=/v1/responses status=200 ms=1000 bytes=12",
                "info request request=req_2 method=GET path=/health status=200 ms=0",
                "info turn connection=conn_1 lane=main response=resp_1 owner=0a1b2c3d status=failed code=server_error engine=vLLM model=tiny ms=1234 "
                    + "input_tokens=10 cached_tokens=4 output_tokens=2 bytes=900",
                "info turn status=completed ms=0",
            ])
    }

    @Test func anEngineFailsInItsOwnWords() {
        let error = EngineError(.failed, "For the client.", detail: "CUDA out of memory", httpStatus: 500)
        #expect(
            lines {
                $0.engineFailed(error, ids, engine: "vLLM", model: "tiny")
                $0.engineFailed(EngineError(.unavailable, "For the client."), LogIDs(request: "req_2"))
                // Nobody wanted it any more: that is not a failure.
                $0.engineFailed(EngineError(.cancelled, "Cancelled."), ids)
            } == [
                "warning engine failed request=req_1 connection=conn_1 lane=main response=resp_1 owner=0a1b2c3d kind=failed engine=vLLM model=tiny "
                    + "http_status=500 words=\"CUDA out of memory\"",
                "warning engine failed request=req_2 kind=unavailable",
            ])
    }

    @Test func whatAClientIsRefusedOrLoses() {
        #expect(
            lines {
                $0.refused("rate_limit_exceeded", count: 1, LogIDs(request: "req_1"))
                $0.refused("rate_limit_exceeded", count: 120)
                $0.refused("response_bytes", count: 2)
                $0.readerDropped(LogIDs(connection: "conn_1"), after: .seconds(30), unwritten: 65536)
                $0.leftOut(.tool, type: "web_search", engine: "vLLM", LogIDs(connection: "conn_1"))
                $0.leftOut(.item, type: "vendor:thing", LogIDs())
            } == [
                "warning request refused by a limit request=req_1 code=rate_limit_exceeded count=1",
                "warning request refused by a limit code=rate_limit_exceeded count=120",
                "warning response cut by a limit code=response_bytes count=2", "warning reader dropped connection=conn_1 ms=30000 bytes=65536",
                "warning tool left out connection=conn_1 type=web_search engine=vLLM", "warning item left out type=vendor:thing",
            ])
    }

    @Test func aClientsNamesAreNoPlaceForSentences() {
        let sentence = "My password is hunter2, please keep it"
        let long = String(repeating: "x", count: 5000)
        let all = lines {
            $0.leftOut(.item, type: sentence, LogIDs())
            $0.leftOut(.item, type: "", LogIDs())
            $0.leftOut(.tool, type: long, LogIDs(lane: long))
            $0.engineFailed(EngineError(.failed, "m", detail: long), LogIDs(lane: long), model: long)
        }
        #expect(all.prefix(2) == ["warning item left out type=\"(no name of a type)\"", "warning item left out type=\"(no name of a type)\""])
        for line in all { #expect(!line.contains("hunter2") && line.utf8.count < 1000) }
    }

    @Test(arguments: [
        ("OpenAI/Python 2.3.0", #""OpenAI/Python 2.3.0""#), ("codex_exec/0.9 (Debian 12; x86_64) dumb", "codex_exec/0.9"), ("2.3 4", #""2.3 4""#),
        ("@scope/client+1", "@scope/client+1"), ("curl/8.1\u{7}", #""(no name of a client)""#),
        ("", #""(no name of a client)""#), (" my password", #""(no name of a client)""#),
        (String(repeating: "x", count: 5000), #""(no name of a client)""#),
    ])
    func aClientIsAWord(agent: String, told: String) {
        let all = lines(accessLog: true) { $0.request(LogIDs(), client: agent, method: "GET", path: "/health", status: 200, duration: .zero) }
        #expect(all == ["info request client=\(told) method=GET path=/health status=200 ms=0"])
    }

    @Test func everyKeyIsInTheTable() { #expect(Set(ServerLog.keys).count == ServerLog.keys.count) }

    // MARK: Internal errors

    private enum Inner: Error { case plain, carrying(prompt: String) }
    private struct Talkative: Error, CustomStringConvertible { var description: String { "SECRET prompt" } }
    private enum TalkativeCase: Error, CustomStringConvertible {
        case one
        var description: String { "SECRET prompt" }
    }
    private struct Body: Decodable { var inner: [String: Int] }

    @Test func whatWasThrownIsNamedWithoutWhatItHolds() throws {
        #expect(
            lines { $0.internalError(IOError(errnoCode: 32, reason: "write"), LogIDs(request: "req_1")) }
                .first?.hasPrefix("error internal error request=req_1 error=NIOCore.IOError words=\"write") ?? false)
        let words: [(any Error, String?)] = [
            (Inner.plain, "plain"), (Inner.carrying(prompt: "SECRET"), "carrying"), (Talkative(), nil), (TalkativeCase.one, nil),
            (HTTPError(.badGateway, message: "SECRET"), "status 502"),
            (APIError(status: 500, type: "server_error", code: .serverError, message: "SECRET"), "status 500, code server_error"),
            (CancellationError(), nil), (ChannelError.ioOnClosedChannel, "I/O on closed channel"),
        ]
        for (error, expected) in words {
            let thrown = ThrownError(error)
            #expect(thrown.words == expected, "\(thrown.type)")
            #expect(!thrown.type.isEmpty && !thrown.type.contains("SECRET"))
        }
        let context = DecodingError.Context(codingPath: [Key("input"), Key(3), Key("text")], debugDescription: "SECRET")
        #expect(ThrownError(DecodingError.dataCorrupted(context)).words == "dataCorrupted at input.[3].text")
        #expect(ThrownError(DecodingError.typeMismatch(Int.self, context)).words == "typeMismatch at input.[3].text")
        #expect(
            ThrownError(DecodingError.keyNotFound(Key("id"), .init(codingPath: [], debugDescription: "SECRET"))).words == "keyNotFound at id")
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int?
        init(_ name: String) { stringValue = name }
        init(_ index: Int) { (stringValue, intValue) = ("\(index)", index) }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { self.init(intValue) }
    }

    @Test func anOwnerHasAShortName() {
        #expect(Owner(rawValue: "000fa1ff1234").digest == "000fa1ff")
    }
}
