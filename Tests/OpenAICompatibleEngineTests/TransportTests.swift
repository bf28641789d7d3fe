import Logging
import NIOCore
import NIOPosix
import ResponsesAPI
import ResponsesEngine
import Synchronization
import Testing

@testable import OpenAICompatibleEngine

/// What servers do on the wire, against a server in this process.
@Suite(.timeLimit(.minutes(1)))
struct TransportTests {
    static let request = GenerationRequest.json(#"{"model":"m","input":"hi"}"#)

    private func failure(
        limits: OpenAICompatibleLimits = OpenAICompatibleLimits(), sink: ListeningSink = ListeningSink(),
        requests: Int? = nil, respond: @escaping @Sendable (FakeEngine.Exchange) -> Void
    ) async throws -> EngineError? {
        try await FakeEngine.with(limits: limits, respond: respond) { engine, fake in
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: sink) }
            if let requests { #expect(fake.requests == requests) }
            if let error {
                for secret in ["secret", "127.0.0.1", "Bearer"] { #expect(!error.message.contains(secret)) }
            }
            return error
        }
    }

    // MARK: Answers

    @Test func aStreamIsHeardAndItsConnectionKept() async throws {
        let heads = Mutex<[String]>([])
        try await FakeEngine.with { exchange in
            heads.withLock { $0.append(exchange.head + "\n" + exchange.body) }
            exchange.answerStream(Answer.short)
        } _: { engine, fake in
            for _ in 0..<3 {
                let sink = ListeningSink()
                try await engine.run(Self.request, into: sink)
                #expect(sink.heard.text == "Hello")
                #expect(sink.heard.usage == Usage(inputTokens: 9, cachedTokens: 4, outputTokens: 2))
            }
            #expect(fake.connections == 1)
        }
        let head = heads.withLock { $0[0] }
        #expect(head.hasPrefix("POST /v1/chat/completions HTTP/1.1"))
        #expect(head.contains("uthorization: Bearer secret"))
        #expect(head.contains("ontent-Length: \(head.split(separator: "\n").last?.utf8.count ?? 0)"))
        #expect(head.hasSuffix(#""messages":[{"role":"user","content":"hi"}]}"#))
    }

    @Test func aRequestIsOneWrite() async throws {
        try await FakeEngine.with { exchange in
            #expect(exchange.pieces == 1)
            exchange.answerStream(Answer.short)
        } _: { engine, _ in
            let request = GenerationRequest.json(
                #"{"instructions":"i","tools":[{"type":"function","name":"f"}],"input":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}"#)
            for _ in 0..<3 { try await engine.run(request, into: ListeningSink()) }
        }
    }

    @Test func whatOneReadBringsIsOneBatch() async throws {
        let deltas = (0..<32).map { FakeEngine.Exchange.chunk(Answer.delta("word\($0) ")) }.joined()
        try await FakeEngine.with { exchange in
            exchange.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + deltas
                    + FakeEngine.Exchange.chunk(Answer.stop + Answer.done) + "0\r\n\r\n")
        } _: { engine, _ in
            let sink = ListeningSink()
            try await engine.run(Self.request, into: sink)
            #expect(sink.heard.text.split(separator: " ").count == 32)
            #expect(sink.heard.batches <= 4)
        }
    }

    @Test func batchesComeOnTheLoopOfTheCaller() async throws {
        let loop = FakeEngine.oneLoop.next()
        final class LoopSink: GenerationSink {
            let loop: any EventLoop
            let wrong = Mutex(0)
            init(_ loop: any EventLoop) { self.loop = loop }
            func send(_ batch: GenerationBatch) { if !loop.inEventLoop { wrong.withLock { $0 += 1 } } }
            var isReady: Bool { true }
            func ready() async {}
        }
        try await FakeEngine.with { exchange in
            exchange.answerStream(Answer.short)
        } _: { engine, _ in
            let sink = LoopSink(loop)
            // One of them is rendered beside the loop.
            let heavy = GenerationRequest.json(#"{"model":"m","input":"\#(String(repeating: "x", count: 1_100_000))"}"#)
            try await withTaskExecutorPreference(LoopExecutor(loop)) {
                for request in [Self.request, heavy, Self.request] { _ = try await engine.generate(request, into: sink) }
            }
            #expect(sink.wrong.withLock { $0 } == 0)
        }
    }

    @Test func whatIsHeavyIsMadeBesideTheLoop() async throws {
        let group = FakeEngine.oneLoop
        let loop = group.next()
        let transport = try EngineTransport(
            .init(address: EngineAddress("127.0.0.1:1")), group: group, logger: .init(label: "test"))
        let places = Mutex<[Bool]>([])
        await withTaskExecutorPreference(LoopExecutor(loop)) {
            for isHeavy in [false, true, false] {
                await #expect(throws: EngineError.self) {
                    try await transport.run(into: ListeningSink(), isHeavy: isHeavy) { () throws(EngineError) in
                        places.withLock { $0.append(loop.inEventLoop) }
                        throw EngineError(.invalidRequest, "no")
                    }
                }
                #expect(loop.inEventLoop)
            }
        }
        #expect(places.withLock { $0 } == [true, false, true])
        try await transport.shutdown()
    }

    @Test func theEndMarkEndsTheGenerationBeforeTheConnection() async throws {
        var limits = OpenAICompatibleLimits()
        limits.lingerTimeout = .milliseconds(50)
        try await FakeEngine.with(limits: limits) { exchange in
            exchange.beginStream()
            // Never ends the response.
            exchange.sendChunk(Answer.short + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"more\"}}]}\n\n")
        } _: { engine, fake in
            let sink = ListeningSink()
            try await engine.run(Self.request, into: sink)
            #expect(sink.heard.text == "Hello")
            await fake.hasClosed(1)
        }
    }

    @Test func anObjectInsteadOfAStreamWillDo() async throws {
        let body = String(decoding: try Fixture.bytes("llamacpp/tools_required.json"), as: UTF8.self)
        try await FakeEngine.with { $0.answer("200 OK", body) } _: { engine, _ in
            let sink = ListeningSink()
            try await engine.run(.json(#"{"input":"hi","tools":[{"type":"function","name":"get_time"}]}"#), into: sink)
            #expect(!sink.heard.calls.isEmpty)
            #expect(sink.heard.finish != nil)
        }
    }

    @Test func aCutAfterTheFinishIsNoFailure() async throws {
        try await FakeEngine.with { exchange in
            exchange.beginStream()
            exchange.sendChunk(Answer.delta("a") + Answer.stop)
            exchange.close()
        } _: { engine, _ in
            let sink = ListeningSink()
            try await engine.run(Self.request, into: sink)
            #expect(sink.heard.text == "a")
            #expect(sink.heard.usage?.outputTokens == 1)
        }
    }

    // MARK: Connections

    @Test func llamaCppClosesAfterEveryStream() async throws {
        let heads = Mutex<[String]>([])
        try await FakeEngine.with { exchange in
            heads.withLock { $0.append(exchange.head.lowercased()) }
            exchange.beginStream("Server: llama.cpp\r\nKeep-Alive: timeout=5, max=100\r\n")
            exchange.sendChunk(Answer.short)
            exchange.send("0\r\n\r\n").whenComplete { _ in exchange.close() }
        } _: { engine, fake in
            for count in 1...20 {
                let sink = ListeningSink()
                try await engine.run(Self.request, into: sink)
                #expect(sink.heard.text == "Hello")
                #expect(fake.requests <= count + 1)
            }
        }
        // Known from the first answer on: no connection is kept that the server then closes.
        #expect(heads.withLock { $0.dropFirst(2).allSatisfy { $0.contains("connection: close") } })
    }

    @Test func aLiarIsMetWithOneRetry() async throws {
        try await FakeEngine.with { exchange in
            exchange.beginStream()
            exchange.sendChunk(Answer.short)
            exchange.send("0\r\n\r\n").whenComplete { _ in exchange.close() }
        } _: { engine, _ in
            for _ in 1...40 {
                let sink = ListeningSink()
                try await engine.run(Self.request, into: sink)
                #expect(sink.heard.text == "Hello")
            }
        }
    }

    @Test func aDeadKeptConnectionIsReplacedOnce() async throws {
        try await FakeEngine.with { exchange in
            if exchange.number == 2 { return exchange.close() }
            exchange.answerStream(Answer.short)
        } _: { engine, fake in
            for _ in 0..<2 {
                let sink = ListeningSink()
                try await engine.run(Self.request, into: sink)
                #expect(sink.heard.text == "Hello")
            }
            #expect(fake.requests == 3)
            #expect(fake.connections == 2)
        }
    }

    @Test func aServerThatNeverAnswersIsTriedTwice() async throws {
        let error = try await failure(requests: 2) { $0.close() }
        #expect(error?.kind == .unavailable)
    }

    @Test func whatHasBegunIsNotTriedAgain() async throws {
        let error = try await failure(requests: 1) { exchange in
            exchange.beginStream()
            exchange.close()
        }
        #expect(error?.kind == .interrupted)
    }

    @Test func aStreamCutInTheMiddleIsInterrupted() async throws {
        let bytes = String(decoding: try Fixture.bytes("llamacpp/killed_stream.sse"), as: UTF8.self)
        let sink = ListeningSink()
        let error = try await failure(sink: sink, requests: 1) { exchange in
            exchange.beginStream()
            exchange.sendChunk(bytes)
            exchange.close()
        }
        #expect(error?.kind == .interrupted)
        // What came before the cut has been handed on.
        #expect(sink.heard.text.unicodeScalars.count == 750)
        #expect(sink.heard.finish == nil)
    }

    @Test func aRefusedPortSaysSo() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = server.localAddress?.port ?? 0
        try await server.close()
        let engine = try OpenAICompatibleEngine(
            .init(address: EngineAddress("127.0.0.1:\(port)")), eventLoopGroup: group, logger: .init(label: "test"))
        for _ in 0..<2 {
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
            #expect(error?.kind == .unavailable)
            #expect(error?.message == "Nothing listens at the engine's address. Check that the engine is running, then try again.")
        }
        let error = await #expect(throws: EngineError.self) { try await engine.models() }
        #expect(error?.kind == .unavailable)
        try await engine.shutdown()
    }

    // MARK: Refusals

    @Test(arguments: [
        ("401 Unauthorized", "llamacpp/error_key", EngineError.Kind.unauthorized), ("404 Not Found", "vllm/error_model", .modelNotFound),
        ("404 Not Found", "llamacpp/error_path", .unavailable), ("400 Bad Request", "llamacpp/error_context", .contextLengthExceeded),
        ("500 Internal Server Error", "vllm/engine_died_after", .failed),
    ])
    func refusals(_ status: String, _ file: String, _ kind: EngineError.Kind) async throws {
        let body = String(decoding: try Fixture.bytes("\(file).json"), as: UTF8.self)
        #expect(try await failure(requests: 1) { $0.answer(status, body) }?.kind == kind)
    }

    @Test func busyEnginesSayWhenToTryAgain() async throws {
        let limited = try await failure { $0.answer("429 Too Many Requests", "{}", headers: "Retry-After: 7\r\n") }
        #expect(limited?.kind == .rateLimited && limited?.retryAfterSeconds == 7)
        var limits = OpenAICompatibleLimits()
        // No time for a second question.
        limits.askAgainFirst = limits.firstByteTimeout
        let loading = try await failure(limits: limits) {
            $0.answer("503 Service Unavailable", #"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#)
        }
        #expect(loading?.kind == .overloaded)
    }

    @Test func somethingElseListens() async throws {
        #expect(try await failure { $0.answer("200 OK", "<html>hello</html>", type: "text/html") }?.kind == .unavailable)
        #expect(try await failure { $0.answer("302 Found", "", headers: "Location: http://elsewhere/\r\n") }?.kind == .unavailable)
        #expect(try await failure { $0.send("nonsense\r\n\r\n") }?.kind == .unavailable)
    }

    @Test func aRefusalWithoutEndIsCut() async throws {
        let error = try await failure(requests: 1) {
            $0.send("HTTP/1.1 503 Busy\r\nContent-Length: 1000000\r\n\r\n" + String(repeating: "x", count: 70_000))
        }
        #expect(error?.kind == .overloaded)
        #expect(error?.httpStatus == 503)
    }

    @Test func anErrorInsideTheStreamEndsIt() async throws {
        let bytes = String(decoding: try Fixture.bytes("vllm/engine_died_stream.sse"), as: UTF8.self)
        let sink = ListeningSink()
        let error = try await failure(sink: sink, requests: 1) { exchange in
            exchange.beginStream()
            exchange.sendChunk(Answer.delta("a") + bytes)
            exchange.endStream()
        }
        #expect(error?.kind == .failed)
        #expect(sink.heard.text == "a")
    }

    @Test func anEventWithoutEndIsRefused() async throws {
        var limits = OpenAICompatibleLimits()
        limits.eventBytesMax = 1000
        let error = try await failure(limits: limits) { exchange in
            exchange.beginStream()
            exchange.sendChunk("data: " + String(repeating: "x", count: 2000))
        }
        #expect(error?.kind == .interrupted)
    }

    // MARK: Time

    @Test func silenceBeforeTheFirstByteEnds() async throws {
        var limits = OpenAICompatibleLimits()
        limits.firstByteTimeout = .milliseconds(30)
        let error = try await failure(limits: limits) { _ in }
        #expect(error?.kind == .timeout)
        #expect(error?.message.contains("did not begin") ?? false)
    }

    /// Heads, comments and empty chunks come from engines that hang as well as from those that work on the prompt.
    @Test func signsOfLifeAreNotContent() async throws {
        var limits = OpenAICompatibleLimits()
        limits.firstByteTimeout = .milliseconds(500)
        let error = try await failure(limits: limits) { exchange in
            exchange.beginStream()
            exchange.sendChunk(": working\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n")
        }
        #expect(error?.kind == .timeout)
        #expect(error?.message.contains("did not begin") ?? false)
    }

    @Test func silenceInMidStreamEnds() async throws {
        var limits = OpenAICompatibleLimits()
        limits.silenceTimeout = .milliseconds(300)
        let sink = ListeningSink()
        let error = try await failure(limits: limits, sink: sink, requests: 1) { exchange in
            exchange.beginStream()
            exchange.sendChunk(Answer.delta("a"))
        }
        #expect(error?.kind == .timeout)
        #expect(sink.heard.text == "a")
    }

    // MARK: The reader

    /// The engine's life keeps its connections, and closes them when it is cancelled.
    @Test func aCancelledLifeClosesTheConnections() async throws {
        try await FakeEngine.with { $0.answerStream(Answer.short) } _: { engine, fake in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await engine.run() }
                try await engine.run(Self.request, into: ListeningSink())
                group.cancelAll()
                try await group.waitForAll()
            }
            await fake.hasClosed(1)
            let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
            #expect(error?.kind == .unavailable)
            // Once more does no harm.
            try await engine.shutdown()
        }
    }

    @Test func shuttingDownFailsWhatRuns() async throws {
        try await FakeEngine.with {
            $0.beginStream()
            $0.sendChunk(Answer.delta("a"))
        } _: { engine, fake in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: EngineError.self) {
                        try await engine.run(Self.request, into: ListeningSink())
                    }
                    #expect(error?.kind == .unavailable)
                    #expect(error?.message == "This server is shutting down.")
                }
                await fake.hasHeard(1)
                try await engine.shutdown()
                try await group.waitForAll()
            }
            #expect(fake.requests == 1)
            await fake.hasClosed(1)
        }
    }

    @Test func aSlowReaderSlowsTheEngine() async throws {
        let piece = FakeEngine.Exchange.chunk(Answer.delta(String(repeating: "x", count: 8000)))
        let pieces = 4000
        try await FakeEngine.with { exchange in
            exchange.beginStream()
            if exchange.number == 1 {
                for _ in 0..<(pieces / 100) { exchange.send(String(repeating: piece, count: 100)) }
            }
            exchange.sendChunk(Answer.short)
            exchange.endStream()
        } _: { engine, _ in
            let slow = ListeningSink(isSlow: true)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await engine.run(Self.request, into: slow) }
                await slow.isWaitedFor()
                let before = slow.bytes
                // Others go on meanwhile, and the slow one gets nothing more.
                for _ in 0..<50 { try await engine.run(Self.request, into: ListeningSink()) }
                #expect(slow.bytes <= before + 1 << 16)
                #expect(before < 1 << 20)
                slow.release()
                try await group.waitForAll()
            }
            #expect(slow.heard.text.utf8.count == 8000 * pieces + 5)
        }
    }

    @Test(arguments: ["before the answer", "in mid-stream", "while the reader is slow", "after the end, unread"])
    func cancellationClosesTheConnection(_ moment: String) async throws {
        let isSlow = moment == "while the reader is slow" || moment == "after the end, unread"
        try await FakeEngine.with { exchange in
            if moment == "before the answer" { return }
            exchange.beginStream()
            exchange.sendChunk(Answer.delta("a"))
            // More than is read in one turn of the loop.
            if moment == "after the end, unread" {
                exchange.sendChunk(Answer.delta(String(repeating: "b", count: 1 << 20)) + Answer.short)
                exchange.endStream()
            } else if isSlow {
                exchange.sendChunk(Answer.delta(String(repeating: "b", count: 4 << 20)))
            }
        } _: { engine, fake in
            let sink = ListeningSink(isSlow: isSlow)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: sink) }
                    #expect(error?.kind == .cancelled)
                }
                await fake.hasHeard(1)
                if isSlow { await sink.isWaitedFor() }
                group.cancelAll()
                try await group.waitForAll()
            }
            if moment != "after the end, unread" { await fake.hasClosed(1) }
            #expect(fake.requests == 1)
        }
    }

    @Test func whatIsCancelledAlreadyIsNotSent() async throws {
        try await FakeEngine.with { $0.close() } _: { engine, fake in
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    let error = await #expect(throws: EngineError.self) { try await engine.run(Self.request, into: ListeningSink()) }
                    #expect(error?.kind == .cancelled)
                }
            }
            #expect(fake.requests == 0)
        }
    }

    // MARK: Prefill, models, probe

    @Test func prefillAsksForOneTokenAndThrowsItAway() async throws {
        try await FakeEngine.with { exchange in
            #expect(exchange.body.contains(#""max_tokens":1,"#))
            exchange.answerStream(Answer.short)
        } _: { engine, fake in
            let filled = try await engine.prefill(.json(#"{"instructions":"i","input":[]}"#))
            #expect(filled == .filled(tokens: 9, cached: 4))
            let nothing = try await engine.prefill(.json(#"{"input":[]}"#))
            #expect(nothing == .filled(tokens: 0, cached: 0))
            #expect(fake.requests == 1)
        }
    }

    @Test(arguments: [
        ("llamacpp/models", EngineModel(id: "tiny", created: 1_795_461_281, ownedBy: "llamacpp", contextTokens: 16384, takesImages: false)),
        ("vllm/models", EngineModel(id: "tiny", created: 1_795_465_460, ownedBy: "vllm", contextTokens: 8192)),
    ])
    func modelsAreListed(_ file: String, _ model: EngineModel) async throws {
        let body = String(decoding: try Fixture.bytes("\(file).json"), as: UTF8.self)
        try await FakeEngine.with { exchange in
            #expect(exchange.head.hasPrefix("GET /v1/models HTTP/1.1"))
            exchange.answer("200 OK", body)
        } _: { engine, _ in
            let models = try await engine.models()
            var listed = model
            listed.efforts = ["none", "low", "medium", "high"]
            #expect(models == [listed])
        }
    }

    @Test(arguments: [
        ("401 Unauthorized", "{}", EngineError.Kind.unauthorized), 
        ("403 Forbidden", #"{"error":{"message":"Invalid API key"}}"#, .unauthorized),
        ("502 Bad Gateway", "{}", nil), ("503 Service Unavailable", #"{"error":{"message":"Loading model"}}"#, nil),
    ])
    func anEngineThatDoesNotServe(_ status: String, _ body: String, _ kind: EngineError.Kind?) async throws {
        try await FakeEngine.with { $0.answer(status, body) } _: { engine, _ in
            let error = await #expect(throws: EngineError.self) { try await engine.models() }
            if let kind { #expect(error?.kind == kind) }
        }
    }

    @Test(arguments: [
        ("404 Not Found", #"{"error":{"message":"Resource not found"}}"#), ("405 Method Not Allowed", ""), ("501 Not Implemented", ""),
        ("500 Internal Server Error", "{}"), ("429 Too Many Requests", "{}"), ("400 Bad Request", #"{"error":{"message":"no"}}"#),
        ("403 Forbidden", #"{"error":{"message":"Missing scopes: api.model.read"}}"#), ("403 Forbidden", "{}"), ("204 No Content", ""),
        ("200 OK", "<html></html>"), ("200 OK", ""),
        ("200 OK", "{}"), ("200 OK", #"{"data":"soon"}"#),
    ])
    func anEngineWithoutAListIsThereAllTheSame(_ status: String, _ body: String) async throws {
        try await FakeEngine.with { $0.answer(status, body) } _: { engine, _ in
            guard case .missing = try await engine.listing() else {
                Issue.record("it shows no list")
                return
            }
            #expect(try await engine.models() == [])
        }
    }

    @Test func theProbeFindsWhatAnswersWithModels() async throws {
        let models = String(decoding: try Fixture.bytes("llamacpp/models.json"), as: UTF8.self)
        try await FakeEngine.with { $0.answer("200 OK", models) } _: { engine, _ in
            try await FakeEngine.with { $0.answer("200 OK", "<html>", type: "text/html") } _: { other, _ in
                try await FakeEngine.with { _ in } _: { silent, _ in
                    func place(_ name: String, _ engine: OpenAICompatibleEngine) -> EngineProbe.Place {
                        .init(name: name, port: Int(engine.address.base.split { !$0.isNumber }.dropLast().last ?? "0") ?? 0)
                    }
                    let places = [place("silent", silent), place("other", other), place("one", engine)]
                    let found = await EngineProbe.find(timeout: .seconds(3), places: places)
                    #expect(found.map(\.name) == ["llama.cpp"])
                    #expect(found.first?.models.first?.id == "tiny")
                    #expect(found.first?.address.base == engine.address.base)
                }
            }
        }
    }
}

/// Runs tasks on a loop, as a server does.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop
    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
