import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import ResponsesAPI

/// One `POST /responses` and its answer, on one event loop: events as they come, then the end.
///
/// `@unchecked Sendable`: all state is touched on `loop` only. AsyncHTTPClient calls a delegate on the loop its task was
/// pinned to, and every entry checks it.
final class HTTPExchange: HTTPClientResponseDelegate, @unchecked Sendable {
    typealias Response = Void

    private enum Mode {
        case waiting
        case stream
        /// One JSON object, though a stream was asked for.
        case object
        case refusal(status: Int, retryAfterSeconds: Int?)
    }

    /// An error is a few hundred bytes; of a page no more is read.
    private static let refusalBytesMax = 64 << 10

    private let loop: any EventLoop
    private let limits: ClientLimits
    private let received: (ServerEvent) -> Void
    private var ended: ((ExchangeEnd) -> Void)?

    private var mode = Mode.waiting
    private var events: SSEReader
    private var body: [UInt8] = []
    private var isDone = false
    /// Known before AsyncHTTPClient knows it.
    private var end: ExchangeEnd?
    private var isPaused = false
    private var resumption: EventLoopPromise<Void>?
    private var task: HTTPClient.Task<Void>?

    init(
        loop: any EventLoop, limits: ClientLimits, received: @escaping (ServerEvent) -> Void,
        ended: @escaping (ExchangeEnd) -> Void
    ) {
        self.loop = loop
        self.limits = limits
        self.received = received
        self.ended = ended
        events = SSEReader(lengthMax: limits.receivedBytesMax)
    }

    /// - Parameter url: for people, in errors.
    func watch(_ task: HTTPClient.Task<Void>, url: String) {
        self.task = task
        task.futureResult.hop(to: loop).assumeIsolated().whenComplete { result in
            let end: ExchangeEnd
            switch result {
            case .success: end = self.end ?? .finished
            case .failure(let error): end = self.end ?? ExchangeEnd(transport: error, url: url)
            }
            let tell = self.ended
            self.ended = nil
            self.task = nil
            self.isDone = true
            tell?(end)
        }
    }

    /// Closes the connection; `ended` is still told.
    func cancel() {
        loop.preconditionInEventLoop()
        isDone = true
        task?.fail(reason: HTTPClientError.cancelled)
        resume()
    }

    /// Reads no more than what is on its way already.
    func pause() { isPaused = true }

    func resume() {
        isPaused = false
        let promise = resumption
        resumption = nil
        promise?.succeed()
    }

    // MARK: The answer

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        let type = head.headers.first(name: "content-type")?.lowercased() ?? ""
        if head.status == .ok, type.hasPrefix("application/json") {
            mode = .object
        } else if head.status == .ok, type.hasPrefix("text/event-stream") {
            mode = .stream
        } else {
            let seconds = head.headers.first(name: "retry-after").flatMap { Int($0) }
            mode = .refusal(status: Int(head.status.code), retryAfterSeconds: seconds)
        }
        return loop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        guard !isDone else { return loop.makeSucceededVoidFuture() }
        do {
            try read(buffer)
        } catch {
            end = end ?? .garbage(reason: "an event is longer than \(limits.receivedBytesMax) bytes.")
            isDone = true
            return loop.makeFailedFuture(error)
        }
        guard isPaused, !isDone else { return loop.makeSucceededVoidFuture() }
        let promise = loop.makePromise(of: Void.self)
        resumption = promise
        return promise.futureResult
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {
        loop.preconditionInEventLoop()
        switch mode {
        case .waiting: break
        case .stream: if !isDone { try? events.end { handle($0) } }
        case .object: handleObject()
        case .refusal(let status, let seconds):
            end = .refused(APIError(refusal: try? RawJSON(parsing: body), status: status, retryAfterSeconds: seconds))
        }
    }

    private struct TooLong: Error {}

    private func read(_ buffer: ByteBuffer) throws {
        switch mode {
        case .waiting: break
        case .stream:
            try buffer.withUnsafeReadableBytes { try events.read($0.bindMemory(to: UInt8.self)) { handle($0) } }
        case .object:
            body.append(contentsOf: buffer.readableBytesView)
            if body.count > limits.receivedBytesMax { throw TooLong() }
        case .refusal:
            body.append(contentsOf: buffer.readableBytesView.prefix(Self.refusalBytesMax - body.count))
        }
    }

    private func handle(_ event: SSEReader.Event) {
        guard !isDone else { return }
        if event.data.elementsEqual("[DONE]".utf8) {
            isDone = true
            return
        }
        switch ServerEvent.read(Array(event.data)) {
        case .event(let event): received(event)
        case .passedOver: break
        case .garbage:
            end = .garbage(reason: "an event is no JSON object.")
            isDone = true
            task?.fail(reason: HTTPClientError.cancelled)
        }
    }

    /// Servers that do not stream answer with the response itself: it becomes its terminal event.
    private func handleObject() {
        guard let json = try? RawJSON(parsing: body), json.isObject else {
            end = .garbage(reason: "it is no JSON object.")
            return
        }
        let status = json["status"]?.stringValue ?? "completed"
        let type = ["incomplete", "failed"].contains(status) ? "response.\(status)" : "response.completed"
        var event = JSONWriter(reserving: json.bytes.count + 64)
        event.beginObject()
        event.key("type")
        event.value(type)
        event.key("response")
        event.value(json)
        event.endObject()
        switch ServerEvent.read(event.bytes) {
        case .event(let event): received(event)
        case .passedOver, .garbage: end = .garbage(reason: "it is no response.")
        }
    }
}
