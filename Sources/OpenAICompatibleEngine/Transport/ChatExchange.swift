import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesEngine

/// One request and its answer, on one event loop: bytes in, batches out, without a task hop between.
///
/// Whatever one turn of the loop brings goes out as one batch: parts are read as they come, and the batch leaves when
/// the loop has handled all that was there to read.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` only. AsyncHTTPClient calls a delegate on the loop its
/// task was pinned to, the timer and the flush are scheduled there, and every entry checks it.
final class ChatExchange: HTTPClientResponseDelegate, @unchecked Sendable {
    typealias Response = Void

    /// What the transport wants to know.
    struct Observer: Sendable {
        /// The server is of a kind that closes the connection after a stream, whatever its head says.
        var streamWillClose: @Sendable () -> Void
    }

    private enum Mode {
        /// No head yet.
        case waiting
        case stream
        /// One JSON object, though a stream was asked for.
        case object(body: [UInt8])
        case failed(Refusal, body: [UInt8])
    }

    /// The head of an answer that is not a stream.
    private struct Refusal {
        /// The status that says which failure it is.
        var status: Int
        var httpStatus: Int
        var retryAfterSeconds: Int?
        var location: String
    }

    let signals = ExchangeSignals()
    private let loop: any EventLoop
    private let sink: any GenerationSink
    private let limits: OpenAICompatibleLimits
    private let observer: Observer

    private var mode = Mode.waiting
    private var events: SSEReader
    private var chunks: ChatChunkReader
    private var batch = GenerationBatch()
    private var isFlushScheduled = false
    /// How it ended, once that is known; passed on when the last batch is out.
    private var ending: ExchangeResult?
    private var isToldEnding = false
    /// The generation was asked to wait for the reader.
    private var awaitsReader = false
    /// What lets AsyncHTTPClient read on.
    private var resumption: EventLoopPromise<Void>?
    private var timer: Scheduled<Void>?
    private let begun: NIODeadline
    private var lastHeard: NIODeadline
    private var hasBegun = false
    private var timedOut: ExchangeFailure?

    init(
        loop: any EventLoop, sink: any GenerationSink, chunks: ChatChunkReader, limits: OpenAICompatibleLimits,
        observer: Observer
    ) {
        self.loop = loop
        self.sink = sink
        self.chunks = chunks
        self.limits = limits
        self.observer = observer
        events = SSEReader(lengthMax: limits.eventBytesMax)
        begun = .now()
        lastHeard = begun
    }

    // MARK: Start and end

    /// Watches `task`, which runs this exchange. On the loop.
    func watch(_ task: HTTPClient.Task<Void>) {
        loop.preconditionInEventLoop()
        schedule(after: TimeAmount(limits.firstByteTimeout), task)
        task.futureResult.whenComplete { result in
            // Whatever AsyncHTTPClient makes of it, this comes exactly once and last.
            switch result {
            // How it ended well was said when its last byte was read.
            case .success: break
            case .failure(let error): self.finish(self.result(of: error))
            }
            self.timer?.cancel()
            self.timer = nil
            self.readOn()
        }
    }

    /// The generation waited for the reader.
    func resume() {
        loop.execute {
            self.awaitsReader = false
            self.lastHeard = .now()
            self.settle()
            if !self.awaitsReader { self.readOn() }
        }
    }

    /// Nobody reads any more: what waits for the reader is dropped, so that AsyncHTTPClient can come to its end.
    func abandon() {
        loop.execute {
            self.awaitsReader = false
            if !self.isToldEnding {
                self.batch.removeAll()
                self.ending = .failure(.cancelled)
            }
            self.settle()
            self.readOn()
        }
    }

    private func finish(_ result: ExchangeResult) {
        if ending != nil { return }
        ending = result
        settle()
    }

    private var isFinished: Bool { ending != nil }

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

    /// Lets AsyncHTTPClient hand over the next part, which it may do at once and so set another promise.
    private func readOn() {
        let promise = resumption
        resumption = nil
        promise?.succeed()
    }

    private func awaitReader() {
        if awaitsReader { return }
        awaitsReader = true
        signals.post(.paused)
    }

    private func result(of error: any Error) -> ExchangeResult {
        if let failure = error as? ExchangeFailure { return .failure(failure) }
        if let timedOut { return .failure(timedOut) }
        // The answer is out already; what the connection did after it is of no interest.
        if isFinished { return .failure(.cancelled) }
        var failure = ExchangeFailure(transport: error, hasBegun: hasBegun)
        if failure.kind == .interrupted, let result = try? chunks.end() {
            // It had said why it stopped: only the counts and the end mark are missing.
            return .success(result)
        }
        if failure.isDeadConnection {
            failure.isDeadConnection = NIODeadline.now() - begun < TimeAmount(limits.deadConnectionTimeout)
        }
        return .failure(failure)
    }

    // MARK: The answer

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        hasBegun = true
        lastHeard = .now()
        let type = head.headers.first(name: "content-type")?.lowercased() ?? ""
        if head.status == .ok, type.hasPrefix("application/json") {
            mode = .object(body: [])
        } else if head.status == .ok, !type.hasPrefix("text/html") {
            mode = .stream
        } else {
            let httpStatus = Int(head.status.code)
            let refusal = Refusal(
                // A page instead of an answer: something else listens there.
                status: head.status == .ok ? 404 : httpStatus, httpStatus: httpStatus,
                retryAfterSeconds: head.headers.first(name: "retry-after").flatMap { Int($0) },
                location: head.headers.first(name: "location") ?? "")
            mode = .failed(refusal, body: [])
        }
        // llama.cpp promises to keep the connection and closes it after every stream.
        if case .stream = mode, head.headers.first(name: "server")?.hasPrefix("llama.cpp") ?? false {
            observer.streamWillClose()
        }
        return loop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        if isFinished { return loop.makeSucceededVoidFuture() }
        lastHeard = .now()
        do {
            try read(buffer)
        } catch {
            let failure = failure(error)
            finish(.failure(failure))
            return loop.makeFailedFuture(failure)
        }
        if isFinished {
            lingerAtMost(task)
            return loop.makeSucceededVoidFuture()
        }
        scheduleFlush()
        if sink.isReady, !awaitsReader { return loop.makeSucceededVoidFuture() }
        let promise = loop.makePromise(of: Void.self)
        resumption = promise
        awaitReader()
        return promise.futureResult
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {
        loop.preconditionInEventLoop()
        if isFinished { return }
        do {
            switch mode {
            case .waiting: throw ExchangeFailure.interrupted
            case .stream:
                try events.end { try handle($0) }
                if !isFinished { finish(.success(try chunks.end())) }
            case .object(let body):
                try body.withUnsafeBufferPointer { try chunks.read($0, into: &batch) }
                finish(.success(try chunks.end()))
            case .failed(let refusal, let body):
                var failure = EngineFailure(body: body, isCut: body.count >= limits.errorBytesMax)
                failure.location = refusal.location
                throw ExchangeFailure(
                    failure, status: refusal.status, httpStatus: refusal.httpStatus,
                    retryAfterSeconds: refusal.retryAfterSeconds)
            }
        } catch {
            throw self.failure(error)
        }
    }

    /// What a reader threw, with the engine's own words where it had some.
    private func failure(_ error: any Error) -> ExchangeFailure {
        if let failure = error as? ExchangeFailure { return failure }
        guard let error = error as? EngineError else { return .tooLong }
        return chunks.told.map { ExchangeFailure($0, status: nil, httpStatus: 200) } ?? ExchangeFailure(error)
    }

    private func read(_ buffer: ByteBuffer) throws {
        switch mode {
        case .waiting: break
        case .stream:
            try buffer.withUnsafeReadableBytes { try events.read($0.bindMemory(to: UInt8.self)) { try handle($0) } }
        case .object(var body):
            mode = .waiting
            body.append(contentsOf: buffer.readableBytesView)
            mode = .object(body: body)
            if body.count > limits.completionBytesMax { throw ExchangeFailure.tooLong }
        case .failed(let refusal, var body):
            body.append(contentsOf: buffer.readableBytesView.prefix(max(0, limits.errorBytesMax - body.count)))
            mode = .failed(refusal, body: body)
        }
    }

    private func handle(_ event: SSEReader.Event) throws {
        if isFinished { return }
        if ChatChunkReader.isDone(event.data) {
            finish(.success(try chunks.end()))
        } else if event.name == "error" {
            throw ExchangeFailure(EngineFailure(body: Array(event.data)), status: nil, httpStatus: 200)
        } else {
            try chunks.read(event.data, into: &batch)
        }
    }

    // MARK: Batches

    private func scheduleFlush() {
        if isFlushScheduled || batch.isEmpty { return }
        isFlushScheduled = true
        loop.execute {
            self.isFlushScheduled = false
            self.settle()
        }
    }

    // MARK: Time

    private func schedule(after delay: TimeAmount, _ task: HTTPClient.Task<Void>) {
        // Never longer than the shorter limit: which one holds changes with the first byte.
        timer = loop.scheduleTask(in: min(delay, TimeAmount(limits.silenceTimeout))) { self.checkTime(task) }
    }

    /// One timer for the whole exchange: it looks when the engine was last heard and sleeps for the rest.
    private func checkTime(_ task: HTTPClient.Task<Void>) {
        let limit = TimeAmount(hasBegun ? limits.silenceTimeout : limits.firstByteTimeout)
        // While the reader is slow, this exchange does not read either.
        let silence = !awaitsReader ? NIODeadline.now() - lastHeard : .zero
        if silence < limit {
            schedule(after: limit - silence, task)
        } else {
            timedOut = hasBegun ? .silence : .firstByte
            task.fail(reason: HTTPClientError.cancelled)
        }
    }

    private func lingerAtMost(_ task: HTTPClient.Task<Void>) {
        timer?.cancel()
        timer = loop.scheduleTask(in: TimeAmount(limits.lingerTimeout)) { task.fail(reason: HTTPClientError.cancelled) }
    }
}
