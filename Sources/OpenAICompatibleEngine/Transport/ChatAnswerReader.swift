import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesEngine
import StreamingHTTP
import Synchronization

typealias ChatExchange = StreamedExchange<ChatAnswerReader>

/// Makes batches of what an engine answers, and hands them to the generation's sink.
///
/// Whatever one turn of the loop brings goes out as one batch: parts are read as they come, and the batch leaves when
/// the loop has handled all that was there to read.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` only. The exchange calls its reader there, the flush is
/// scheduled there, and what the waiting task calls hops onto it first.
final class ChatAnswerReader: AnswerReader, @unchecked Sendable {
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
    private let terms: ExchangeTerms
    private var limits: OpenAICompatibleLimits { terms.limits }

    private var refusal: Refusal?
    private var httpStatus = 200
    private var chunks: ChatChunkReader
    private var batch = GenerationBatch()
    private var isFlushScheduled = false
    /// How it ended, once that is known; passed on when the last batch is out.
    private var ending: ExchangeResult?
    private var isToldEnding = false
    /// The generation was asked to wait for the reader of its batches.
    private var awaitsReader = false
    private(set) var hasContent = false
    /// How far the answer was when the exchange was told of it.
    private var progress = ChatChunkReader.Progress.open
    /// How the body is compressed, when it cannot be read.
    private var compression: String?
    /// Lines that are none of a stream, joined; as much as an error may have.
    private var stray: [UInt8] = []

    private init(
        _ loop: any EventLoop, _ sink: any GenerationSink, _ reading: ChatChunkReader.Options, _ terms: ExchangeTerms
    ) {
        self.loop = loop
        self.sink = sink
        chunks = ChatChunkReader(reading)
        self.terms = terms
    }

    /// An exchange with an engine, to be started on `loop`.
    static func exchange(
        on loop: any EventLoop, sink: any GenerationSink, reading: ChatChunkReader.Options, terms: ExchangeTerms, firstContentMax: Duration
    ) -> ChatExchange {
        let reader = ChatAnswerReader(loop, sink, reading, terms)
        let exchange = ChatExchange(
            reader, on: loop,
            ExchangeLimits(
                firstByteMax: firstContentMax, silenceMax: terms.limits.silenceTimeout, lingerMax: terms.limits.lingerTimeout,
                eventBytesMax: terms.limits.eventBytesMax))
        reader.exchange = exchange
        return exchange
    }

    // MARK: The answer

    func form(of head: HTTPResponseHead) -> AnswerForm {
        let status = Int(head.status.code)
        let coding = head.headers.first(name: "content-encoding")?.lowercased() ?? ""
        let isReadable = Self.readableCodings.contains(coding)
        guard (200..<300).contains(status) else {
            refusal = Refusal(
                status: status, httpStatus: status,
                retryAfterSeconds: RetryDelay.seconds(in: head.headers, at: RetryDelay.wallTime),
                location: head.headers.first(name: "location") ?? "")
            // Of words that cannot be read the status is left.
            return .refusal(bytesMax: isReadable ? limits.errorBytesMax : 0)
        }
        httpStatus = status
        if !isReadable {
            compression = coding
            return .refusal(bytesMax: 0)
        }
        let type = head.headers.first(name: "content-type")?.lowercased() ?? ""
        // llama.cpp promises to keep the connection and closes it after every stream.
        if !type.hasPrefix("application/json"), head.headers.first(name: "server")?.hasPrefix("llama.cpp") ?? false {
            terms.closesAfterStream.store(true, ordering: .relaxed)
        }
        // Types lie: streams come as JSON, text or nothing, and JSON as a stream.
        return .undecided
    }

    /// Those of which the connection makes plain bytes, and none.
    private static let readableCodings: Set<String> = ["", "identity", "gzip", "x-gzip", "deflate"]

    func form(firstByte: UInt8) -> AnswerForm {
        switch firstByte {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return .object(bytesMax: limits.completionBytesMax)
        case UInt8(ascii: "<"):
            // A page instead of an answer: something else listens there.
            refusal = Refusal(status: 404, httpStatus: httpStatus, retryAfterSeconds: nil, location: "")
            return .refusal(bytesMax: limits.errorBytesMax)
        // gzip, of which the head does not say anything.
        case 0x1F:
            compression = "gzip"
            return .refusal(bytesMax: 0)
        default: return .stream
        }
    }

    static var readsLeniently: Bool { true }

    func read(_ event: SSEReader.Event) throws -> Bool {
        if event.isStray { return try readStray(event.data) }
        if ChatChunkReader.isDone(event.data) { return true }
        if let name = event.name {
            if name == "error" {
                throw ExchangeFailure(EngineFailure(body: Array(event.data)), status: nil, httpStatus: 200, hasOutput: hasContent)
            }
            if name == "ping" || name == "heartbeat" { return false }
        }
        try chunks.read(event.data, into: &batch)
        if !hasContent { hasContent = !batch.isEmpty || chunks.finish != nil }
        return false
    }

    func streamEnded(hasLast: Bool) throws -> ExchangeResult {
        do throws(EngineError) {
            return try result(isMarked: hasLast)
        } catch {
            // What stood between the events may be why they stopped.
            if chunks.finish == nil, FailureReader.isError(text: stray) {
                throw ExchangeFailure(EngineFailure(body: stray), status: nil, httpStatus: 200, hasOutput: hasContent)
            }
            throw error
        }
    }

    /// A line that is none of a stream: a chunk by itself, or an error as it would have been answered without one, in one line or
    /// several.
    ///
    /// - Returns: whether it is the end mark.
    private func readStray(_ line: UnsafeBufferPointer<UInt8>) throws -> Bool {
        guard let last = line.last(where: { $0 > 0x20 }), stray.count + line.count < limits.eventBytesMax else { return false }
        if ChatChunkReader.isDone(line) { return true }
        let isEnd = last == UInt8(ascii: "}") || last == UInt8(ascii: "]")
        if stray.isEmpty, isEnd, line.first == UInt8(ascii: "{"), let json = try? RawJSON(parsing: Array(line)), json["choices"] != nil {
            try chunks.read(line, into: &batch)
            if !hasContent { hasContent = !batch.isEmpty || chunks.finish != nil }
            return false
        }
        // llama.cpp wrote errors as a field of that name.
        if line.starts(with: "error:".utf8) {
            throw ExchangeFailure(
                EngineFailure(body: Array(line.dropFirst(6))), status: nil, httpStatus: 200, hasOutput: hasContent)
        }
        guard stray.count + line.count < limits.errorBytesMax else { return false }
        stray.append(contentsOf: line)
        guard isEnd, let json = (try? RawJSON(parsing: Array(line))) ?? (try? RawJSON(parsing: stray)), FailureReader.isError(json)
        else { return false }
        throw ExchangeFailure(EngineFailure(error: json), status: nil, httpStatus: 200, hasOutput: hasContent)
    }

    func object(_ body: [UInt8]) throws -> ExchangeResult {
        let isOne = body.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            guard (try? scanner.skipValue()) != nil else { return false }
            return (try? scanner.expectEnd()) != nil
        }
        if isOne {
            try body.withUnsafeBufferPointer { try chunks.read($0, into: &batch) }
            return try result(isMarked: true)
        }
        // Chunks without `data:`, one a line.
        var lines = SSEReader(lengthMax: limits.eventBytesMax, isLenient: true)
        var hasLast = false
        func handle(_ event: SSEReader.Event) throws { if !hasLast { hasLast = try read(event) } }
        try body.withUnsafeBufferPointer { try lines.read($0) { try handle($0) } }
        try lines.end { try handle($0) }
        return try streamEnded(hasLast: hasLast)
    }

    /// The engine said all.
    private func result(isMarked: Bool) throws(EngineError) -> ExchangeResult {
        .success(try chunks.end(isMarked: isMarked, into: &batch))
    }

    func refusal(_ body: [UInt8]) -> ExchangeResult {
        if let compression { return .failure(.compressed(compression)) }
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
        case .badCompression: .failure(.compressed(""))
        case .unreadable(let error): .failure(failure(error))
        case .lost(let error): outcome(ofLost: error, progress)
        }
    }

    /// What a reader threw, with the engine's own words where it had some.
    private func failure(_ error: any Error) -> ExchangeFailure {
        if let failure = error as? ExchangeFailure { return failure }
        guard let error = error as? EngineError else { return .interrupted }
        return chunks.told.map { ExchangeFailure($0, status: nil, httpStatus: 200, hasOutput: hasContent) } ?? ExchangeFailure(error)
    }

    private func outcome(ofLost error: any Error, _ progress: ExchangeProgress) -> ExchangeResult {
        var failure = ExchangeFailure(transport: error, hasBegun: progress.hasBegun)
        if failure.kind == .interrupted, chunks.finish != nil, let result = try? result(isMarked: false) {
            // It had said why it stopped: only the counts and the end mark are missing.
            return result
        }
        failure.hasContent = hasContent
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
        noteProgress()
        if !sink.isReady { awaitReader() }
    }

    /// An engine that said all but its end mark need not be waited for.
    private func noteProgress() {
        let before = progress
        progress = chunks.progress
        if progress == before { return }
        switch progress {
        case .open: exchange?.expectMore()
        case .finished: exchange?.expectEnd(within: limits.countsTimeout)
        case .counted: exchange?.expectEnd(within: limits.endMarkTimeout)
        }
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
