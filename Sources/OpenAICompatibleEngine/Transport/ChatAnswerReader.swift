import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesEngine
import StreamingHTTP

typealias ChatExchange = StreamedExchange<ChatAnswerReader>

/// Makes batches of what an engine answers, and hands them to the generation's sink.
///
/// Whatever one turn of the loop brings goes out as one batch: parts are read as they come, and the batch leaves when
/// the loop has handled all that was there to read.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` only. The exchange calls its reader there, the flush is
/// scheduled there, and what the waiting task calls hops onto it first.
final class ChatAnswerReader: AnswerReader, @unchecked Sendable {
    /// What the transport wants to know.
    struct Observer: Sendable {
        /// The server is of a kind that closes the connection after a stream, whatever its head says.
        var streamWillClose: @Sendable () -> Void
    }

    /// The head of an answer that says no.
    private struct Refusal {
        /// The status that says which failure it is.
        var status: Int
        var httpStatus: Int
        var retryAfterSeconds: Int?
        var location: String
    }

    let signals = ExchangeSignals()
    /// Owns this reader.
    private weak var exchange: ChatExchange?
    private let loop: any EventLoop
    private let sink: any GenerationSink
    private let limits: OpenAICompatibleLimits
    private let observer: Observer

    private var refusal: Refusal?
    private var chunks: ChatChunkReader
    private var batch = GenerationBatch()
    private var isFlushScheduled = false
    /// How it ended, once that is known; passed on when the last batch is out.
    private var ending: ExchangeResult?
    private var isToldEnding = false
    /// The generation was asked to wait for the reader of its batches.
    private var awaitsReader = false

    private init(
        _ loop: any EventLoop, _ sink: any GenerationSink, _ chunks: ChatChunkReader, _ limits: OpenAICompatibleLimits,
        _ observer: Observer
    ) {
        self.loop = loop
        self.sink = sink
        self.chunks = chunks
        self.limits = limits
        self.observer = observer
    }

    /// An exchange with an engine, to be started on `loop`.
    static func exchange(
        on loop: any EventLoop, sink: any GenerationSink, chunks: ChatChunkReader, limits: OpenAICompatibleLimits,
        observer: Observer
    ) -> ChatExchange {
        let reader = ChatAnswerReader(loop, sink, chunks, limits, observer)
        let exchange = ChatExchange(
            reader, on: loop,
            ExchangeLimits(
                firstByteMax: limits.firstByteTimeout, silenceMax: limits.silenceTimeout, lingerMax: limits.lingerTimeout,
                eventBytesMax: limits.eventBytesMax))
        reader.exchange = exchange
        return exchange
    }

    // MARK: The answer

    func form(of head: HTTPResponseHead) -> AnswerForm {
        let type = head.headers.first(name: "content-type")?.lowercased() ?? ""
        if head.status == .ok, type.hasPrefix("application/json") { return .object(bytesMax: limits.completionBytesMax) }
        if head.status == .ok, !type.hasPrefix("text/html") {
            // llama.cpp promises to keep the connection and closes it after every stream.
            if head.headers.first(name: "server")?.hasPrefix("llama.cpp") ?? false { observer.streamWillClose() }
            return .stream
        }
        let httpStatus = Int(head.status.code)
        refusal = Refusal(
            // A page instead of an answer: something else listens there.
            status: head.status == .ok ? 404 : httpStatus, httpStatus: httpStatus,
            retryAfterSeconds: head.headers.first(name: "retry-after").flatMap { Int($0) },
            location: head.headers.first(name: "location") ?? "")
        return .refusal(bytesMax: limits.errorBytesMax)
    }

    func read(_ event: SSEReader.Event) throws -> Bool {
        if ChatChunkReader.isDone(event.data) { return true }
        if event.name == "error" {
            throw ExchangeFailure(EngineFailure(body: Array(event.data)), status: nil, httpStatus: 200)
        }
        try chunks.read(event.data, into: &batch)
        return false
    }

    func streamEnded(hasLast: Bool) throws -> ExchangeResult { try result() }

    func object(_ body: [UInt8]) throws -> ExchangeResult {
        try body.withUnsafeBufferPointer { try chunks.read($0, into: &batch) }
        return try result()
    }

    /// The engine said all.
    private func result() throws(EngineError) -> ExchangeResult { .success(try chunks.end()) }

    func refusal(_ body: [UInt8]) -> ExchangeResult {
        guard let refusal else { return .failure(.interrupted) }
        var failure = EngineFailure(body: body, isCut: body.count >= limits.errorBytesMax)
        failure.location = refusal.location
        return .failure(
            ExchangeFailure(
                failure, status: refusal.status, httpStatus: refusal.httpStatus, retryAfterSeconds: refusal.retryAfterSeconds))
    }

    func outcome(of problem: ExchangeProblem, after progress: ExchangeProgress) -> ExchangeResult {
        switch problem {
        case .noFirstByte: .failure(.firstByte)
        case .silence: .failure(.silence)
        case .tooLong: .failure(.tooLong)
        case .empty: .failure(.interrupted)
        case .unreadable(let error): .failure(failure(error))
        case .lost(let error): outcome(ofLost: error, progress)
        }
    }

    /// What a reader threw, with the engine's own words where it had some.
    private func failure(_ error: any Error) -> ExchangeFailure {
        if let failure = error as? ExchangeFailure { return failure }
        guard let error = error as? EngineError else { return .interrupted }
        return chunks.told.map { ExchangeFailure($0, status: nil, httpStatus: 200) } ?? ExchangeFailure(error)
    }

    private func outcome(ofLost error: any Error, _ progress: ExchangeProgress) -> ExchangeResult {
        var failure = ExchangeFailure(transport: error, hasBegun: progress.hasBegun)
        if failure.kind == .interrupted, chunks.finish != nil, let result = try? result() {
            // It had said why it stopped: only the counts and the end mark are missing.
            return result
        }
        if failure.isDeadConnection { failure.isDeadConnection = progress.age < limits.deadConnectionTimeout }
        return .failure(failure)
    }

    func ended(_ result: ExchangeResult) {
        if ending == nil { ending = result }
        settle()
    }

    // MARK: Batches

    func partWasRead() {
        scheduleFlush()
        if !sink.isReady { awaitReader() }
    }

    private func scheduleFlush() {
        if isFlushScheduled || batch.isEmpty { return }
        isFlushScheduled = true
        loop.execute {
            self.isFlushScheduled = false
            self.settle()
        }
    }

    /// Hands on what there is, then the end when it has come. A reader that is behind is waited for first.
    private func settle() {
        if case .failure(let failure) = ending, failure.kind == .cancelled { batch.removeAll() }
        if !batch.isEmpty {
            // Nothing goes out while `ready()` is awaited, even if the sink is ready by now: one thing at a time.
            guard sink.isReady, !awaitsReader else { return awaitReader() }
            sink.send(batch)
            batch.removeAll()
        }
        guard let ending, !isToldEnding else { return }
        isToldEnding = true
        signals.post(.finished(ending))
    }

    private func awaitReader() {
        if awaitsReader { return }
        awaitsReader = true
        exchange?.pause()
        signals.post(.paused)
    }

    // MARK: What the waiting task says

    /// The generation waited for the reader.
    func resume() {
        loop.execute {
            self.awaitsReader = false
            self.settle()
            if !self.awaitsReader { self.exchange?.resumeNow() }
        }
    }

    /// Nobody reads any more: what waits for the reader is dropped, so that the exchange can come to its end.
    func abandon() {
        loop.execute {
            self.awaitsReader = false
            if !self.isToldEnding {
                self.batch.removeAll()
                self.ending = .failure(.cancelled)
            }
            self.settle()
            self.exchange?.cancel()
        }
    }
}
