import NIOCore
import ResponsesAPI
import ResponsesCore

/// One HTTP request as a line with a single turn: SSE records, or one JSON answer. Lives on the channel's event loop.
final class HTTPLine: ConnectionOutput, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all state is touched on `driver.loop` only; the asynchronous methods run in tasks
    // whose executor is that loop, and check it.

    /// What the request's handler waits for.
    enum Beginning: Sendable {
        /// Events flow; take them with `next`.
        case streaming
        /// The turn ended before anything was said.
        case refused(APIError)
        /// The whole response, for a JSON answer.
        case response([UInt8])
    }

    private let isStreaming: Bool
    private let limits: Limits
    private(set) var driver: ConnectionDriver!
    private var pending = ByteBuffer()
    private var written: [() -> Void] = []
    private var beginning: Beginning?
    private var isOver = false
    private var isEndMarkWritten = false
    private var waiting: CheckedContinuation<Void, Never>?

    init(streaming isStreaming: Bool, services: ServerServices, owner: Owner, loop: any EventLoop) {
        self.isStreaming = isStreaming
        limits = services.limits
        driver = ConnectionDriver(
            isStreaming ? .sse : .json, services: services, owner: owner, loop: loop, output: self)
    }

    // MARK: The connection speaks

    func write(_ events: EventBuffer, whenWritten: (() -> Void)?) {
        if isStreaming {
            pending.writeServerSentEvents(events)
            if beginning == nil { beginning = .streaming }
            driver.gate.set(ready: pending.readableBytes <= limits.outgoingBytesHigh)
            if let whenWritten { written.append(whenWritten) }
            wake()
        } else if let whenWritten {
            driver.loop.assumeIsolated().execute(whenWritten)
        }
    }

    func finished(_ error: APIError?, object: ArraySlice<UInt8>?) {
        isOver = true
        if beginning == nil, !isStreaming || object == nil {
            // Without a stream a failed turn is an HTTP error, whether it failed early or late.
            if let error { beginning = .refused(error) } else { beginning = .response(Array(object ?? [])) }
        }
        wake()
    }

    func close(_ reason: Connection.CloseReason) {
        if beginning == nil { beginning = .refused(.goingDown) }
        isOver = true
        wake()
    }

    // MARK: The request's handler

    /// Waits until it is clear how to answer.
    func begin(_ request: CreateRequest) async -> Beginning {
        driver.loop.preconditionInEventLoop()
        driver.received(request)
        while true {
            if let beginning { return beginning }
            await wait()
        }
    }

    /// The bytes that gathered since the last call; nil after the last.
    func next() async -> ByteBuffer? {
        driver.loop.preconditionInEventLoop()
        confirm()
        while true {
            if isOver, isStreaming, !isEndMarkWritten {
                // "The stream must end with [DONE]" (Responses API, section 12); it leaves with the last events.
                isEndMarkWritten = true
                pending.writeStaticString("data: [DONE]\n\n")
            }
            if pending.readableBytes > 0 {
                let bytes = pending
                pending = ByteBuffer()
                driver.gate.set(ready: true)
                return bytes
            }
            if isOver { return nil }
            await wait()
        }
    }

    /// The client is gone, or the answer is written.
    func end() {
        driver.loop.preconditionInEventLoop()
        confirm()
        isOver = true
        // Whoever waits for a beginning would else wait for ever.
        if beginning == nil { beginning = .refused(.clientGone) }
        driver.disconnected()
        wake()
    }

    private func confirm() {
        let written = written
        self.written = []
        for confirmation in written { confirmation() }
    }

    private func wait() async {
        await withCheckedContinuation { waiting = $0 }
    }

    private func wake() {
        let continuation = waiting
        waiting = nil
        continuation?.resume()
    }
}

extension APIError {
    fileprivate static let goingDown = APIError(
        status: 503, type: "server_error", code: .serverIsOverloaded,
        message: "The server is shutting down. Send the request again.", retryAfterSeconds: 1)
    /// Read by nobody; status and text are those that proxies use for it.
    fileprivate static let clientGone = APIError(
        status: 499, type: "invalid_request_error", code: nil, message: "The client closed the request.")
}

extension ByteBuffer {
    /// Writes each event as one record: `event:`, `data:`, an empty line, with `\n` (Responses API, section 12).
    mutating func writeServerSentEvents(_ events: EventBuffer) {
        let bytes = events.bytes
        reserveCapacity(minimumWritableBytes: bytes.count + events.marks.count * 64)
        var start = 0
        for mark in events.marks {
            writeStaticString("event: ")
            writeStaticString(mark.type.name)
            writeStaticString("\ndata: ")
            writeBytes(bytes[start..<mark.end])
            writeStaticString("\n\n")
            start = mark.end
        }
    }
}
