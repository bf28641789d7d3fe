import NIOCore
import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Synchronization
import Testing

@testable import OpenAICompatibleEngine

/// The contract of every engine, with a server behind it that behaves like a small honest model.
@Suite(.timeLimit(.minutes(1)))
struct ConformanceTests {
    @Test func theEngineKeepsTheContract() async throws {
        let model = HonestModel()
        try await FakeEngine.with(respond: { model.answer($0) }) { engine, _ in
            var options = EngineConformance<OpenAICompatibleEngine>.Options()
            options.promptsAreEqual = { $0.text == $1.text }
            options.longTokensMax = 2000
            let report = try await EngineConformance(engine: engine, model: "tiny", options: options).run()
            #expect(report.skipped == ["token count: unsupported: Chat Completions has no call that counts tokens"])
        }
    }
}

/// Writes one word after the other up to the limit, calls the first tool when it must, and remembers prompts.
private final class HonestModel: Sendable {
    private let seen = Mutex<Set<String>>([])

    func answer(_ exchange: FakeEngine.Exchange) {
        if exchange.head.hasPrefix("GET /v1/models") {
            return exchange.answer("200 OK", #"{"object":"list","data":[{"id":"tiny","object":"model"}]}"#)
        }
        guard let request = try? RawJSON(parsing: exchange.body), let messages = request["messages"]?.text else {
            return exchange.answer("400 Bad Request", "{}")
        }
        let tokens = messages.utf8.count / 4
        let isCached = seen.withLock { !$0.insert(messages).inserted }
        let counts = #""prompt_tokens":\#(tokens),"prompt_tokens_details":{"cached_tokens":\#(isCached ? tokens : 0)}"#
        exchange.beginStream()
        if request["tool_choice"]?.stringValue == "required", let function = request["tools"]?.elements.first?["function"] {
            let name = function["name"]?.text ?? ""
            let arguments = function["parameters"]?["properties"]?["input"] == nil ? #"{\"key\":\"a\"}"# : #"{\"input\":\"a\"}"#
            exchange.sendChunk(
                #"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_\#(exchange.number)abcdefgh","function":{"name":\#(name),"arguments":"\#(arguments)"}}]}}]}"#
                    + "\n\n")
            return end(exchange, "tool_calls", counts, output: 9)
        }
        write(exchange, word: 0, of: request["max_tokens"]?.intValue ?? 20, counts)
    }

    /// A word per turn of the loop, for as long as somebody listens.
    private func write(_ exchange: FakeEngine.Exchange, word: Int, of limit: Int, _ counts: String) {
        guard word < limit else { return end(exchange, "length", counts, output: limit) }
        exchange.send(FakeEngine.Exchange.chunk(Answer.delta("word\(word) "))).whenSuccess {
            exchange.channel.eventLoop.scheduleTask(in: .microseconds(200)) { self.write(exchange, word: word + 1, of: limit, counts) }
        }
    }

    private func end(_ exchange: FakeEngine.Exchange, _ reason: String, _ counts: String, output: Int) {
        exchange.sendChunk(
            #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"\#(reason)"}]}"# + "\n\n"
                + #"data: {"choices":[],"usage":{\#(counts),"completion_tokens":\#(output)}}"# + "\n\n" + Answer.done)
        exchange.endStream()
    }
}
