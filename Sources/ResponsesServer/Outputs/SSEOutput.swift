import NIOCore
import ResponsesAPI
import ResponsesCore

/// One turn as server-sent events. Lives on the channel's event loop.
final class SSEOutput: RequestOutput, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all state is touched on `driver.loop` only; the asynchronous methods run in tasks
    // whose executor is that loop, and check it.

    private enum State {
        /// Nothing was said. Next: `streaming`, `refused`, `over`.
        case silent
        /// Events flow. Next: `over`.
        case streaming
        /// The turn ended before `response.created`. Final.
        case refused(APIError)
        /// Every event is in `pending`, and the mark of the end. Final.
        case over
    }

    private let driver: ConnectionDriver
    private let pendingBytesHigh: Int
    private var state = State.silent
    private var pending = ByteBuffer()
    private var wait = OneWait()

    init(_ driver: ConnectionDriver) {
        self.driver = driver
        pendingBytesHigh = driver.services.limits.outgoingBytesHigh
    }

    // MARK: The connection speaks

    func write(_ events: EventBuffer) {
        if !events.marks.isEmpty {
            pending.writeServerSentEvents(events)
            if case .silent = state { state = .streaming }
        }
        if let end = events.ends.last {
            if case .silent = state, let error = end.error { state = .refused(error) } else { finish() }
        }
        driver.gate.set(ready: pending.readableBytes <= pendingBytesHigh)
        wait.wake()
    }

    func close(_ reason: Connection.CloseReason) {
        if case .silent = state { state = .refused(.shuttingDown) } else { finish() }
        wait.wake()
    }

    func clientGone() {
        switch state {
        case .silent: state = .refused(.clientGone)
        case .streaming, .over: state = .over
        case .refused: break
        }
        pending.clear()
        wait.wake()
    }

    private func finish() {
        guard case .streaming = state else { return }
        state = .over
        // "The stream must end with [DONE]" (responses-api 12); it leaves with the last events.
        pending.writeStaticString("data: [DONE]\n\n")
    }

    // MARK: The request's handler

    /// Runs a request's turn; returns when there are events to take with `next`.
    ///
    /// - Throws: why there will be none.
    func begin(_ request: CreateRequest, _ purpose: TurnPurpose) async throws(APIError) {
        driver.loop.preconditionInEventLoop()
        driver.received(request, for: purpose)
        while true {
            switch state {
            case .silent: await withCheckedContinuation { wait.keep($0) }
            case .refused(let error): throw error
            case .streaming, .over: return
            }
        }
    }

    /// The bytes that gathered since the last call; nil after the last.
    func next() async -> ByteBuffer? {
        driver.loop.preconditionInEventLoop()
        while true {
            if pending.readableBytes > 0 {
                let bytes = pending
                pending = ByteBuffer()
                driver.gate.set(ready: true)
                return bytes
            }
            guard case .streaming = state else { return nil }
            await withCheckedContinuation { wait.keep($0) }
        }
    }
}

extension ByteBuffer {
    /// Writes each event as one record: `event:`, `data:`, an empty line, with `\n` (responses-api 12).
    fileprivate mutating func writeServerSentEvents(_ events: EventBuffer) {
        let bytes = events.bytes
        reserveCapacity(minimumWritableBytes: bytes.count + events.marks.count * 64)
        var start = 0
        for mark in events.marks {
            writeStaticString("event: ")
            writeString(mark.name.rawValue)
            writeStaticString("\ndata: ")
            writeBytes(bytes[start..<mark.end])
            writeStaticString("\n\n")
            start = mark.end
        }
    }
}
