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
    private let terms: ExchangeTerms
    private var limits: OpenAICompatibleLimits { terms.limits }
    private let logger: Logger
    private let modelsURL: String
    private let headers: HTTPHeaders
    /// What no message and no log line may hold.
    private let secrets: [String]
    /// The same, for names and ids.
    let spellings: SecretSpellings
    private let isLocal: Bool
    private let attendance: EngineAttendance

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
        terms = ExchangeTerms(limits)
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
        var tries = EngineTries(limits, attendance, isHeard: isHeard, isLocal: isLocal)
        defer { tries.end() }
        while true {
            let (sent, reading) = isHeavy ? try await made(by: body) : try body()
            switch await exchange(sent, reading, sink, firstContentMax: tries.firstContentMax) {
            case .success(let result):
                tries.answered()
                return result
            case .failure(let failure):
                guard let pause = next(after: failure, &tries, learns: learns) else {
                    throw await self.error(failure, afterMaking: body, isHeavy: isHeavy)
                }
                // Cancelled, it ends here; the next try is none then.
                if pause > .zero { try? await Task.sleep(for: pause) }
            }
        }
    }

    /// - Returns: how long to wait before the next try; nil when there is none.
    @inline(never)  // Rare, and what it works with would be part of each turn's memory.
    private func next(
        after failure: ExchangeFailure, _ tries: inout EngineTries, learns: (EngineFailure, Int?) -> Bool
    ) -> Duration? {
        if Task.isCancelled { return nil }
        // Nothing of the answer was seen, so nothing was handed on.
        if failure.isDeadConnection, tries.replacesConnection() {
            logger.debug("engine connection was dead, trying once more")
            return .zero
        }
        if let (told, status) = failure.refusal, learns(told, status) { return .zero }
        return tries.pause(after: failure)
    }

    /// Makes a request, and says how its answer is read.
    typealias Making = () throws(EngineError) -> (ChatRequestBody, ChatChunkReader.Options)

    /// What `body` makes, made beside the event loop of many connections. What follows runs on the loop again.
    @inline(never)  // Rare, as `next`.
    private func made(by body: Making) async throws(EngineError) -> (ChatRequestBody, ChatChunkReader.Options) {
        try await BesideLoop.run(body)
    }

    /// The error of a failure. The request was given away to be sent; it is made once more, as its words may have been quoted.
    @inline(never)  // Rare, as `next`.
    private func error(_ failure: ExchangeFailure, afterMaking body: Making, isHeavy: Bool) async -> EngineError {
        if failure.kind == .cancelled { return await error(failure) }
        let request = isHeavy ? try? await made(by: body) : try? body()
        return await error(failure, after: request?.0.buffers ?? [])
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
        _ body: consuming ChatRequestBody, _ reading: ChatChunkReader.Options, _ sink: any GenerationSink, firstContentMax: Duration
    ) async -> ExchangeResult {
        if Task.isCancelled { return .failure(.cancelled) }
        let exchange = start(body, reading, sink, firstContentMax: firstContentMax)
        let reader = exchange.reader
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
    @inline(never)  // What it works with would be part of each turn's memory.
    private func start(
        _ body: consuming ChatRequestBody, _ reading: ChatChunkReader.Options, _ sink: any GenerationSink, firstContentMax: Duration
    ) -> ChatExchange {
        let place = clients.here
        let exchange = ChatAnswerReader.exchange(
            on: place.loop, sink: sink, reading: reading, terms: terms, firstContentMax: firstContentMax)
        let (buffers, length) = (body.buffers, body.length)
        // Our own `close` is honoured: no request finds the connection that the engine then closes.
        let closes = terms.closesAfterStream.load(ordering: .relaxed)
        if place.loop.inEventLoop {
            place.post(buffers, length: length, closes: closes, exchange)
        } else {
            place.loop.execute { place.post(buffers, length: length, closes: closes, exchange) }
        }
        return exchange
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
