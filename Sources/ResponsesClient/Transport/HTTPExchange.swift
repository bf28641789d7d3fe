import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ResponsesAPI

/// One `POST /responses` and its answer, on one event loop: bytes in, events out, without a task hop between.
///
/// The answer may be a stream of events, one JSON object where a server ignores `stream`, an error, or no API at all.
///
/// `@unchecked Sendable`: all state, the closures included, is touched on `loop` only. AsyncHTTPClient calls a
/// delegate on the loop of its client, which has just this one; the timer is scheduled there, and every entry checks it.
final class HTTPExchange: HTTPClientResponseDelegate, @unchecked Sendable {
    typealias Response = Void

    private enum Mode {
        /// No head yet.
        case waiting
        /// 200 without a content type; the first byte shows what it is.
        case unknown
        case stream
        /// One JSON object, though a stream was asked for.
        case object(body: [UInt8])
        case failed(HTTPResponseHead, body: [UInt8])
    }

    private static let tooLong = Over(
        end: .garbage(reason: "it sent more in one piece than ClientLimits.receivedBytesMax allows."))

    /// Why the exchange goes no further; thrown through the readers and back to AsyncHTTPClient.
    private struct Over: Error {
        var end: ExchangeEnd
    }

    private let loop: any EventLoop
    private let access: ServerAccess
    private let received: (ServerEvent) -> Void
    private var ended: ((ExchangeEnd) -> Void)?
    private var mode = Mode.waiting
    private var events: SSEReader
    private var isPaused = false
    private var isOver = false
    /// What lets AsyncHTTPClient read on.
    private var resumption: EventLoopPromise<Void>?
    private var task: HTTPClient.Task<Void>?
    private var timer: Scheduled<Void>?
    private var lastHeard = NIODeadline.now()

    init(
        _ access: ServerAccess, loop: any EventLoop, received: @escaping (ServerEvent) -> Void,
        ended: @escaping (ExchangeEnd) -> Void
    ) {
        self.access = access
        self.loop = loop
        self.received = received
        self.ended = ended
        events = SSEReader(lengthMax: access.limits.receivedBytesMax)
    }

    /// Watches `task`, which runs this exchange.
    func watch(_ task: HTTPClient.Task<Void>) {
        loop.preconditionInEventLoop()
        self.task = task
        lastHeard = .now()
        scheduleLook(after: silenceMax)
        task.futureResult.whenComplete { result in
            // This comes exactly once and last, however AsyncHTTPClient ends.
            switch result {
            case .failure(let error): self.reportEnd(self.meaning(of: error))
            case .success: self.reportEnd(.broken(reason: "the answer ended before its last event"))
            }
            self.timer?.cancel()
            self.timer = nil
            self.task = nil
        }
    }

    // MARK: What the line wants

    /// Reads no more; events of what was read already still come.
    func pause() {
        loop.preconditionInEventLoop()
        isPaused = true
    }

    func resume() {
        loop.preconditionInEventLoop()
        guard isPaused else { return }
        isPaused = false
        // The silence was that of the pause.
        lastHeard = .now()
        loop.execute { self.readOn() }
    }

    /// Nobody wants the answer: no more events are reported, the connection closes, then `ended` is called.
    func cancel() {
        loop.preconditionInEventLoop()
        guard !isOver else { return }
        isOver = true
        // In a later tick: the call may come from inside one of AsyncHTTPClient's.
        loop.execute { self.drop() }
    }

    private func drop() {
        task?.fail(reason: HTTPClientError.cancelled)
        readOn()
    }

    /// Lets AsyncHTTPClient hand over the next part, which it may do at once and so set another promise.
    private func readOn() {
        guard !isPaused || isOver else { return }
        let promise = resumption
        resumption = nil
        promise?.succeed()
    }

    private func end(_ end: ExchangeEnd) {
        isOver = true
        reportEnd(end)
    }

    private func reportEnd(_ end: ExchangeEnd) {
        let ended = ended.take()
        ended?(end)
    }

    // MARK: The answer

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        lastHeard = .now()
        guard head.status == .ok else {
            mode = .failed(head, body: [])
            return loop.makeSucceededVoidFuture()
        }
        let type = head.headers.first(name: "content-type")?.lowercased() ?? ""
        if type.hasPrefix("text/event-stream") {
            mode = .stream
        } else if type.hasPrefix("application/json") {
            mode = .object(body: [])
        } else {
            mode = .unknown
        }
        return loop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        if isOver { return loop.makeSucceededVoidFuture() }
        lastHeard = .now()
        do {
            try read(buffer)
        } catch {
            end(Self.end(of: error))
            return loop.makeFailedFuture(error)
        }
        if isOver {
            lingerAtMost(task)
            return loop.makeSucceededVoidFuture()
        }
        guard isPaused else { return loop.makeSucceededVoidFuture() }
        let promise = loop.makePromise(of: Void.self)
        resumption = promise
        return promise.futureResult
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {
        loop.preconditionInEventLoop()
        if isOver { return }
        do {
            switch mode {
            case .waiting, .unknown: break
            case .stream: try events.end { try handle($0) }
            case .object(let body): try handle(object: body)
            case .failed(let head, let body): throw Over(end: refusal(head, body))
            }
        } catch {
            end(Self.end(of: error))
        }
    }

    private func read(_ buffer: ByteBuffer) throws {
        switch mode {
        case .waiting: break
        case .unknown:
            guard let first = buffer.readableBytesView.first(where: { $0 > 0x20 }) else { return }
            switch first {
            case UInt8(ascii: "{"): mode = .object(body: [])
            case UInt8(ascii: "<"): throw Over(end: .garbage(reason: "it sent a page. Check that the address is that of an API."))
            default: mode = .stream
            }
            try read(buffer)
        case .stream:
            try buffer.withUnsafeReadableBytes { try events.read($0.bindMemory(to: UInt8.self)) { try handle($0) } }
        case .object(var body):
            mode = .waiting
            body.append(contentsOf: buffer.readableBytesView)
            mode = .object(body: body)
            if body.count > access.limits.receivedBytesMax { throw Self.tooLong }
        case .failed(let head, var body):
            mode = .waiting
            body.append(contentsOf: buffer.readableBytesView.prefix(Self.errorBytesMax - body.count))
            mode = .failed(head, body: body)
            // What follows may never end.
            if body.count >= Self.errorBytesMax { throw Over(end: refusal(head, body)) }
        }
    }

    /// Of an error's body; more than this is not a message.
    private static var errorBytesMax: Int { 64 << 10 }

    // MARK: Events

    private func handle(_ event: SSEReader.Event) throws {
        if isOver || event.data.isEmpty { return }
        if Self.isDone(event.data) { throw Over(end: .broken(reason: "the stream ended before its last event")) }
        let bytes = Array(event.data)
        switch ServerEvent.read(bytes) {
        case .event(let event): report(event)
        case .passedOver:
            // Some servers send a bare error in mid-stream, as they do with Chat Completions.
            guard let json = try? RawJSON(parsing: bytes), json["type"] == nil else { return }
            if event.name == "error" || json["error"]?.isObject ?? false { throw Over(end: .refused(APIError(reading: json))) }
        case .garbage:
            throw Over(end: .garbage(reason: "an event of the stream is not a JSON object, or the last event is broken."))
        }
    }

    private func report(_ event: ServerEvent) {
        received(event)
        // `[DONE]` and the end of the body may follow; they change nothing.
        if event.isTerminal { end(.finished) }
    }

    private static func isDone(_ data: UnsafeBufferPointer<UInt8>) -> Bool { data.elementsEqual("[DONE]".utf8) }

    /// A whole response as the one event it would have ended its stream with.
    private func handle(object body: [UInt8]) throws {
        guard let json = try? RawJSON(parsing: body), json.isObject else {
            throw Over(end: .garbage(reason: "its answer is not a JSON object."))
        }
        guard json["id"]?.isString ?? false else {
            guard let error = json["error"], !error.isNull else {
                throw Over(end: .garbage(reason: "its answer is not a response."))
            }
            throw Over(end: .refused(APIError(reading: json)))
        }
        let status = try ResponseObject(json).status
        let type =
            switch status {
            case .completed, .incomplete, .failed: "response.\(status.rawValue)"
            // There is no event for these; they end a turn without its whole output.
            case .cancelled: "response.incomplete"
            default: throw Over(end: .garbage(reason: "its response has not ended."))
            }
        var event = JSONWriter(reserving: json.bytes.count + 96)
        event.beginObject()
        event.key("type")
        event.value(type)
        event.key("sequence_number")
        event.value(0)
        event.key("response")
        event.value(json)
        event.endObject()
        report(try ServerEvent(event.raw))
    }

    private func refusal(_ head: HTTPResponseHead, _ body: [UInt8]) -> ExchangeEnd {
        let status = Int(head.status.code)
        if (400...599).contains(status) { return .refused(APIError(status: status, headers: head.headers, body: body)) }
        // Not followed: the key would go to an address that nobody chose.
        if (300...399).contains(status) {
            return .garbage(reason: "it redirects with status \(status). Use the address that it redirects to.")
        }
        return .garbage(reason: "status \(status).")
    }

    // MARK: Ends

    private static func end(of error: any Error) -> ExchangeEnd {
        switch error {
        case let over as Over: over.end
        case is SSEReader.TooLong: tooLong.end
        case let error as APIError: .garbage(reason: error.message)
        default: .broken(reason: "the answer could not be read")
        }
    }

    /// What a failure of AsyncHTTPClient means to the line.
    private func meaning(of error: any Error) -> ExchangeEnd {
        switch access.connectProblem(error) {
        case .unreachable(let reason), .tls(let reason): return .unreachable(reason: reason)
        case .timedOut:
            return .unreachable(reason: access.doesNotAnswer)
        case nil: break
        }
        if case .failed(let head, let body) = mode { return refusal(head, body) }
        return .broken(reason: "the server closed the connection")
    }

    // MARK: Time

    private var silenceMax: TimeAmount { TimeAmount(access.limits.silenceMax) }

    private func scheduleLook(after delay: TimeAmount) {
        timer = loop.scheduleTask(in: delay) { self.look() }
    }

    /// One timer for the whole exchange: it checks when the server was last heard and is set again for the rest.
    private func look() {
        guard !isOver else { return }
        let silence = isPaused ? .zero : NIODeadline.now() - lastHeard
        guard silence >= silenceMax else { return scheduleLook(after: silenceMax - silence) }
        end(.timedOut)
        drop()
    }

    /// After the terminal event the server ends its answer, which frees the connection for the next turn; if it does not,
    /// the connection is closed.
    private func lingerAtMost(_ task: HTTPClient.Task<Void>) {
        timer?.cancel()
        timer = loop.scheduleTask(in: Self.lingerMax) { self.drop() }
    }

    private static var lingerMax: TimeAmount { .seconds(5) }
}
