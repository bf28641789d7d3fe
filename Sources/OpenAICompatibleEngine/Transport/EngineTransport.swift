import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import ResponsesEngine
import StreamingHTTP
import Synchronization
import ThreadTools

/// Sends requests to an engine and runs their exchanges.
final class EngineTransport: Sendable {
    private let clients: LoopClients
    private let limits: OpenAICompatibleLimits
    private let logger: Logger
    private let modelsURL: String
    private let headers: HTTPHeaders
    /// What no message and no log line may hold.
    private let secrets: [String]
    /// The same, for names and ids.
    let spellings: SecretSpellings
    private let isLocal: Bool
    private let attendance: EngineAttendance
    /// Whether a stream of this engine was seen to come from a server that closes after each.
    private let closesAfterStream = Atomic(false)

    /// - Throws: when the address cannot be made a request of.
    init(
        _ configuration: OpenAICompatibleEngine.Configuration, group: any EventLoopGroup, logger: Logger
    ) throws {
        let limits = configuration.limits
        let (address, key) = (configuration.address, configuration.key)
        var headers = HTTPHeaders([("User-Agent", "hotline"), ("Accept", "text/event-stream, application/json")])
        if let key { headers.add(key: key, as: configuration.profile.keyHeader) }
        for (name, value) in configuration.headers { headers.replaceOrAdd(name: name, value: value) }
        self.headers = headers
        headers.add(name: "Content-Type", value: "application/json")
        let chat = try PostForm(url: address.chatCompletions, headers: headers)
        modelsURL = address.models
        // Shorter ones are versions and switches.
        secrets = [key].compactMap { $0 } + address.secrets + configuration.headers.map(\.value).filter { $0.utf8.count >= 12 }
        spellings = SecretSpellings(secrets)
        self.limits = limits
        self.logger = logger
        isLocal = address.isLocal
        attendance = EngineAttendance(address.base, logger: logger)
        clients = LoopClients(
            group,
            .streaming(
                connectTimeout: limits.connectTimeout, connectionsMax: limits.connectionsPerHost,
                idleTimeout: limits.idleConnectionTimeout, makesSpans: false),
            posts: chat)
    }

    func shutdown() async throws {
        do {
            try await clients.shutdown()
        } catch let error as HTTPClientError where error == .alreadyShutdown {
            // It was done before, which is no harm.
        }
    }

    /// Runs one generation; a kept connection that turns out dead is replaced once, and an engine that loads its model or is
    /// restarted is asked again until it is there.
    ///
    /// A kept connection is dropped when its end is seen; a request may still go out just before. AsyncHTTPClient does not
    /// say which connection a request got: a dead one fails at once and before any byte, so that is the mark.
    ///
    /// - Parameters:
    ///   - isHeavy: making the body takes long: it is made beside the event loop.
    ///   - isHeard: the client hears signs of life meanwhile.
    ///   - learns: the engine refused the request with these words and this status; true: it is sent otherwise.
    ///   - body: makes the request, once for each try and once more for a failure.
    func run(
        into sink: any GenerationSink, isHeavy: Bool, isHeard: Bool = true,
        learns: (EngineFailure, Int?) -> Bool = { _, _ in false }, body: Making
    ) async throws(EngineError) -> GenerationResult {
        var isRetry = false
        let begun = ContinuousClock.now
        var asking = AskingAgain(limits, isHeard: isHeard, isLocal: isLocal)
        var isWaiting = false
        var isAnswered = false
        defer { if isWaiting { attendance.turnWaitsNoMore(isAnswered: isAnswered) } }
        while true {
            let (sent, chunks) = isHeavy ? try await made(by: body) : try body()
            let spent = isWaiting ? ContinuousClock.now - begun : .zero
            switch await exchange(sent, chunks, sink, firstContentMax: max(limits.firstByteTimeout - spent, .milliseconds(1))) {
            case .success(let result):
                isAnswered = true
                attendance.answered()
                return result
            case .failure(let failure):
                // Nothing of the answer was seen, so nothing was handed on.
                if failure.isDeadConnection, !isRetry, !Task.isCancelled {
                    isRetry = true
                    logger.debug("engine connection was dead, trying once more")
                    continue
                }
                if !Task.isCancelled, let (told, status) = failure.refusal, learns(told, status) { continue }
                if !Task.isCancelled, let absence = failure.absence,
                    let pause = asking.pause(
                        after: absence, hasAnswered: attendance.hasAnswered, elapsed: ContinuousClock.now - begun)
                {
                    if !isWaiting { attendance.turnWaits(absence) }
                    isWaiting = true
                    // Cancelled, it ends here; the next try is none then.
                    try? await Task.sleep(for: pause)
                    continue
                }
                // A failure of another kind: the engine is there.
                isAnswered = failure.kind != .cancelled && failure.absence == nil
                // The request was given away to be sent; it is made once more, as its words may have been quoted.
                if failure.kind == .cancelled { throw await self.error(failure) }
                let request = isHeavy ? try? await made(by: body) : try? body()
                throw await self.error(failure, after: request?.0.buffers ?? [])
            }
        }
    }

    /// Makes a request, and who reads its answer.
    typealias Making = () throws(EngineError) -> (ChatRequestBody, ChatChunkReader)

    /// What `body` makes, made beside the event loop of many connections. What follows runs on the loop again.
    private func made(by body: Making) async throws(EngineError) -> (ChatRequestBody, ChatChunkReader) {
        try await BesideLoop.run(body)
    }

    /// The error of a failure, in words that do not quote the request.
    private func error(_ failure: ExchangeFailure, after request: [ByteBuffer] = []) async -> EngineError {
        let words = FailureWords(secrets: secrets, request: request)
        let size = request.reduce(0) { $0 + $1.readableBytes }
        guard size > Self.quickRequestMax || failure.wordsSize > Self.quickWordsMax else { return failure.engineError(words) }
        // A large request takes a good part of a second, long words some milliseconds: not on the loop of many connections.
        return await BesideLoop.run { failure.engineError(words) }
    }

    /// What is looked through on the event loop, in bytes: a fraction of a millisecond each.
    private static let quickRequestMax = 32 << 10
    private static let quickWordsMax = 256

    private func exchange(
        _ body: consuming ChatRequestBody, _ chunks: ChatChunkReader, _ sink: any GenerationSink, firstContentMax: Duration
    ) async -> ExchangeResult {
        if Task.isCancelled { return .failure(.cancelled) }
        let place = clients.here
        let exchange = ChatAnswerReader.exchange(
            on: place.loop, sink: sink, chunks: chunks, limits: limits, firstContentMax: firstContentMax, observer: observer)
        let reader = exchange.reader
        start(body, exchange, at: place)
        let result = await withTaskCancellationHandler {
            while true {
                switch await reader.signals.next() {
                case .paused:
                    await sink.ready()
                    if Task.isCancelled { reader.abandon() } else { reader.resume() }
                case .finished(let result): return result
                }
            }
        } onCancel: {
            exchange.cancel()
        }
        if case .failure = result, Task.isCancelled { return .failure(.cancelled) }
        return result
    }

    /// The request's body goes to who sends it and nowhere else: once written, the prompt's bytes are shared with nobody,
    /// so the next turn can be written behind them in place.
    private func start(_ body: consuming ChatRequestBody, _ exchange: ChatExchange, at place: LoopClient) {
        let (buffers, length) = (body.buffers, body.length)
        // Our own `close` is honoured: no request finds the connection that the engine then closes.
        let closes = closesAfterStream.load(ordering: .relaxed)
        if place.loop.inEventLoop {
            place.post(buffers, length: length, closes: closes, exchange)
        } else {
            place.loop.execute { place.post(buffers, length: length, closes: closes, exchange) }
        }
    }

    private var observer: ChatAnswerReader.Observer {
        ChatAnswerReader.Observer(
            streamWillClose: { [weak self] in self?.closesAfterStream.store(true, ordering: .relaxed) })
    }

    // MARK: Other endpoints

    /// Asks an endpoint beside the shared API.
    ///
    /// - Parameter bytesMax: of its answer.
    func post(_ body: [ByteBuffer], to url: String, bytesMax: Int) async throws(EngineError) -> [UInt8] {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = headers
        request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        var whole = ByteBuffer()
        for buffer in body { whole.writeImmutableBuffer(buffer) }
        request.body = .bytes(whole)
        let sent = request
        let answer = await within(limits.modelsTimeout) { await self.ask(sent, bytesMax: bytesMax) }
        guard let answer else { throw ExchangeFailure.firstByte.engineError(FailureWords()) }
        return try answer.get()
    }

    // MARK: Models

    /// The body of `GET /models`.
    func models() async throws(EngineError) -> [UInt8] { try await body(of: modelsURL) }

    /// The body of a GET, of what a list of models may take.
    func body(of url: String) async throws(EngineError) -> [UInt8] {
        let answer = await within(limits.modelsTimeout) { await self.ask(url) }
        guard let answer else { throw ExchangeFailure.firstByte.engineError(FailureWords()) }
        return try answer.get()
    }

    private func ask(_ url: String) async -> Result<[UInt8], EngineError> {
        var request = HTTPClientRequest(url: url)
        request.headers = headers
        return await ask(request, bytesMax: limits.modelsBytesMax)
    }

    private func ask(_ request: HTTPClientRequest, bytesMax: Int) async -> Result<[UInt8], EngineError> {
        do {
            let response = try await clients.here.http.execute(request, timeout: TimeAmount(limits.modelsTimeout))
            let isOK = response.status == .ok
            let body = try await response.body.collect(upTo: isOK ? bytesMax : limits.errorBytesMax)
            if isOK {
                attendance.answered()
                return .success(Array(body.readableBytesView))
            }
            var failure = EngineFailure(body: Array(body.readableBytesView))
            failure.location = response.headers.first(name: "location") ?? ""
            let status = Int(response.status.code)
            return .failure(await self.error(ExchangeFailure(failure, status: status, httpStatus: status)))
        } catch {
            if error as? HTTPClientError == .deadlineExceeded { return .failure(await self.error(.firstByte)) }
            if error is NIOTooManyBytesError {
                return .failure(EngineError(.failed, "What the engine answered is larger than this server reads.", httpStatus: 200))
            }
            return .failure(await self.error(ExchangeFailure(transport: error, hasBegun: false)))
        }
    }
}
