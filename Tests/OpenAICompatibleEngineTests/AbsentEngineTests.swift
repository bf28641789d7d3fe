import Logging
import NIOCore
import NIOPosix
import ResponsesEngine
import Synchronization
import Testing

@testable import OpenAICompatibleEngine
@testable import ResponsesTesting

/// Engines that load their model, are restarted, or say when to come back.
@Suite(.timeLimit(.minutes(1))) struct AbsentEngineTests {
    private static let request = GenerationRequest.json(#"{"model":"m","input":"hi"}"#)
    private static let loading = #"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#

    private static var limits: OpenAICompatibleLimits {
        var limits = OpenAICompatibleLimits()
        limits.askAgainFirst = .milliseconds(1)
        limits.askAgainMax = .milliseconds(2)
        return limits
    }

    @Test(arguments: [
        loading, "", #"{"error":{"message":"Service Unavailable"}}"#, "<html><title>503 Service Temporarily Unavailable</title></html>",
        #"{"error":"Model x is currently loading","estimated_time":0.001}"#, #"{"detail":"The server is starting up"}"#,
    ])
    func anEngineThatLoadsIsAskedUntilItIsThere(_ body: String) async throws {
        try await FakeEngine.with(limits: Self.limits) { exchange in
            if exchange.number < 4 { exchange.answer("503 Service Unavailable", body) } else { exchange.answerStream(Answer.short) }
        } _: { engine, fake in
            let sink = ListeningSink()
            try await engine.run(Self.request, into: sink)
            #expect(sink.heard.text == "Hello" && sink.heard.wrongs.isEmpty)
            #expect(fake.requests == 4)
        }
    }

    @Test(arguments: [
        ("503 Service Unavailable", #"{"error":{"message":"server busy, please try again. maximum pending requests exceeded"}}"#),
        ("503 Service Unavailable", #"{"error":{"message":"overloaded","type":"overloaded_error"}}"#), ("500 Internal Server Error", "{}"),
        ("400 Bad Request", #"{"error":"Failed to load model \"x\""}"#), ("502 Bad Gateway", ""), ("429 Too Many Requests", "{}"),
    ])
    func otherRefusalsAreToldAtOnce(_ status: String, _ body: String) async throws {
        try await FakeEngine.with(limits: Self.limits) { $0.answer(status, body) } _: { engine, fake in
            await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
            #expect(fake.requests == 1)
        }
    }

    @Test func aClientThatHearsNothingIsToldThatItLoads() async throws {
        var limits = Self.limits
        limits.unheardWaitTimeout = .zero
        try await FakeEngine.with(limits: limits) { $0.answer("503 Service Unavailable", Self.loading, headers: "Retry-After: 3\r\n") } _: { engine, fake in
            var request = Self.request
            request.isHeard = false
            let error = await #expect(throws: EngineError.self) { try await engine.run(request, into: ListeningSink()) }
            #expect(error?.kind == .overloaded && error?.retryAfterSeconds == 3)
            #expect(error?.message == "The engine is still loading its model. Please try again in 3 s. It says: Loading model")
            #expect(fake.requests == 1)
        }
    }

    @Test func aTurnThatWaitsCanBeCancelled() async throws {
        var limits = Self.limits
        limits.askAgainFirst = .seconds(300)
        limits.askAgainMax = .seconds(300)
        try await FakeEngine.with(limits: limits) { $0.answer("503 Service Unavailable", Self.loading) } _: { engine, fake in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
                    #expect(error?.kind == .cancelled)
                }
                await fake.hasHeard(1)
                group.cancelAll()
            }
            #expect(fake.requests == 1)
        }
    }

    /// It refuses, loads, and answers: the turns know nothing of it, and the log says it once.
    @Test func aRestartIsOneWarningAndItsEnd() async throws {
        let lines = Watched([String]())
        let logger = Logger(label: "test") { _ in NotingHandler { line in lines.update { $0.append(line) } } }
        let isLoading = Mutex(false)
        try await FakeEngine.with(limits: Self.limits, logger: logger) { exchange in
            if isLoading.withLock({ $0 }) { return exchange.answer("503 Service Unavailable", Self.loading) }
            exchange.answerStream(Answer.short)
        } _: { engine, fake in
            try await engine.run(Self.request, into: ListeningSink())
            try await fake.stopListening()
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        let sink = ListeningSink()
                        try await engine.run(Self.request, into: sink)
                        return sink.heard.text
                    }
                }
                await lines.wait { !$0.isEmpty }
                isLoading.withLock { $0 = true }
                try await fake.listen()
                await fake.hasHeard(5)
                isLoading.withLock { $0 = false }
                for try await text in group { #expect(text == "Hello") }
            }
        }
        #expect(lines.state == ["warning engine is away, turns wait refused", "info engine is back"])
    }

    @Test func aRequestThatBringsTheEngineDownIsAskedOnceMore() async throws {
        var limits = Self.limits
        limits.deadConnectionTimeout = .zero
        try await FakeEngine.with(limits: limits) { exchange in
            if exchange.number == 1 { exchange.answerStream(Answer.short) } else { exchange.close() }
        } _: { engine, fake in
            try await engine.run(Self.request, into: ListeningSink())
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
            #expect(error?.kind == .unavailable)
            #expect(fake.requests == 3)
        }
    }

    @Test func anEngineThatNeverAnsweredIsNotWaitedFor() async throws {
        try await FakeEngine.with(limits: Self.limits) { $0.close() } _: { engine, fake in
            try await fake.stopListening()
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
            #expect(error?.kind == .unavailable)
        }
    }

    // MARK: When to ask again

    @Test(arguments: [
        ("Retry-After: 7\r\n", "{}", 7), ("Retry-After-Ms: 1500\r\n", "{}", 2), ("", #"{"error":{"message":"Please try again in 1m1s."}}"#, 61),
        ("X-RateLimit-Reset-Requests: 3s\r\n", "{}", 3), ("", #"{"error":{"message":"slow","retry_after":9}}"#, 9), ("", "{}", nil),
    ] as [(String, String, Int?)])
    func aLimitSaysWhenItEnds(_ headers: String, _ body: String, _ seconds: Int?) async throws {
        try await FakeEngine.with { $0.answer("429 Too Many Requests", body, headers: headers) } _: { engine, _ in
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
            #expect(error?.kind == .rateLimited && error?.retryAfterSeconds == seconds)
            #expect(error?.message.contains(seconds.map { "Please try again in \($0) s." } ?? "Try again later.") ?? false)
        }
    }

    // MARK: Between the events

    @Test(arguments: [
        "{\"error\": \"The flux is too low\"}\n", "{\n  \"error\": {\n    \"message\": \"The flux is too low\"\n  }\n}\n", "Error, The flux is too low\n",
    ])
    func anErrorBetweenTheEventsIsHeard(_ line: String) async throws {
        try await FakeEngine.with {
            $0.beginStream()
            $0.sendChunk(Answer.delta("Hel"))
            $0.sendChunk(line)
            $0.endStream()
        } _: { engine, _ in
            let sink = ListeningSink()
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: sink) }
            #expect(error?.message.contains("The flux is too low") ?? false, "\(error?.message ?? "")")
            #expect(sink.heard.text == "Hel")
        }
    }

    /// A model's own text, from an engine that sends it as it is, is in no message and no line of the log.
    @Test func textThatIsNoErrorIsNotTold() async throws {
        try await FakeEngine.with { $0.answerStream("Once upon a time\nthere was a lamp\n") } _: { engine, _ in
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
            #expect(error?.kind == .interrupted && !"\(String(describing: error))".contains("upon"))
        }
    }

    @Test func linesOfNoFieldDoNotHarm() async throws {
        try await FakeEngine.with {
            $0.answerStream("hello\nid: 1\n{\"progress\": 1}\nretry: 2\n" + Answer.short)
        } _: { engine, _ in
            let sink = ListeningSink()
            try await engine.run(Self.request, into: sink)
            #expect(sink.heard.text == "Hello")
        }
    }

    // MARK: Calls that were required

    @Test(arguments: [
        (#""required""#, Answer.short, false), (#"{"type":"function","name":"f"}"#, Answer.short, true), (#""auto""#, Answer.short, true),
        (#"{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]}"#, Answer.short, false),
        (#""required""#, #"data: {"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":"length"}]}"# + "\n\n" + Answer.done, true),
        (#""required""#, #"data: {"choices":[{"index":0,"delta":{"refusal":"No."},"finish_reason":"stop"}]}"# + "\n\n" + Answer.done, true),
        (
            #""required""#,
            #"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}]}"#
                + "\n\n" + Answer.done, true
        ),
    ])
    func anAnswerWithoutARequiredCallIsNotASuccess(_ choice: String, _ stream: String, _ isSuccess: Bool) async throws {
        try await FakeEngine.with { $0.answerStream(stream) } _: { engine, _ in
            let request = GenerationRequest.json(#"{"input":"hi","tools":[{"type":"function","name":"f"}],"tool_choice":\#(choice)}"#)
            let sink = ListeningSink()
            var failure: EngineError?
            do throws(EngineError) { try await engine.run(request, into: sink) } catch { failure = error }
            #expect((failure == nil) == isSuccess, "\(failure?.message ?? "")")
            if let failure { #expect(failure.kind == .failed && failure.message.contains("tool_choice")) }
            // A warmup asks for one token, which is no call.
            _ = try await engine.prefill(request)
        }
    }
}

/// Writes each line down: its level, its message, and the kind that it names.
private struct NotingHandler: LogHandler {
    let note: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(_ note: @escaping @Sendable (String) -> Void) { self.note = note }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        note("\(event.level) \(event.message)" + (event.metadata?["kind"].map { " \($0)" } ?? ""))
    }
}
