import NIOCore
import NIOHTTPTypes
import ResponsesAPI
import ResponsesCore
import ResponsesWebSocket

/// One turn as server-sent events. Lives on the channel's event loop.
///
/// Events go from here to the channel as parts of the body, in one write per tick of the loop; the request's handler only
/// waits for the end. Going by the handler, each piece would cost two changes of task.
final class SSEOutput: RequestOutput, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all state is touched on `driver.loop` only; the asynchronous methods run in tasks
    // whose executor is that loop, and check it.

    private enum State {
        /// Nothing was said. Next: `streaming`, `refused`, `over`.
        case silent
        /// Events flow. Next: `over`, `refused`.
        case streaming
        /// The turn ended before `response.created`, or memory before a byte was written. Final.
        case refused(APIError)
        /// Every event is in `pending` or `waiting`. Next: `written`.
        case over
        /// The channel has all of it. Final.
        case written
    }

    private let driver: ConnectionDriver
    private let framing: StreamFraming
    /// Whether the turn ended as it should.
    private var endedWell = false
    private let pendingBytesHigh: Int
    private var state = State.silent
    /// What the channel was not given yet.
    private var pending = ByteBuffer()
    /// Events that are more than one slice; what comes behind them waits, too.
    private var waiting = WaitingEvents()
    /// Where the body goes, once its head is written.
    private var channel: (any Channel)?
    private var isWriteScheduled = false
    private var isSliceScheduled = false
    /// Of `pending` and `waiting`, what is in the account.
    private var counted = 0
    private var wait = OneWait()

    init(_ driver: ConnectionDriver) {
        self.driver = driver
        framing = driver.framing
        pendingBytesHigh = driver.services.limits.outgoingBytesHigh
    }

    // MARK: The connection speaks

    func write(_ events: EventBuffer) {
        if !events.marks.isEmpty {
            if waiting.isEmpty, !EventSlices.areNeeded(for: events) {
                write(events, events.marks.indices)
            } else {
                waiting.append(events)
            }
            if case .silent = state { state = .streaming }
        }
        if let end = events.ends.last {
            endedWell = end.error == nil
            if case .silent = state, let error = end.error { state = .refused(error) } else { finish() }
        }
        changed()
    }

    /// There is one request, which is here.
    func holdInput(_ isHeld: Bool) {}

    func close(_ reason: Connection.CloseReason) {
        switch (state, reason) {
        case (.silent, _): state = .refused(reason.error)
        case (.streaming, .memoryOver), (.over, .memoryOver), (.written, .memoryOver):
            // What was written is not taken: there is no use in more.
            discardPending()
            if let channel { channel.close(promise: nil) } else { state = .refused(reason.error) }
        case (.streaming, _), (.refused, _), (.over, _), (.written, _): finish()
        }
        changed()
    }

    private func finish() {
        guard case .streaming = state else { return }
        state = .over
        endIfTaken()
    }

    private func endIfTaken() {
        // It leaves with the last events.
        let hasDone = endedWell ? framing.endsWithDone.well : framing.endsWithDone.failed
        if waiting.isEmpty, hasDone { pending.writeStaticString("data: [DONE]\n\n") }
    }

    private func write(_ events: EventBuffer, _ slice: Range<Int>) {
        if framing.hasNames { pending.writeServerSentEvents(events, slice) } else { pending.writeRecords(events, slice) }
    }

    private func discardPending() {
        pending = ByteBuffer()
        waiting = WaitingEvents()
    }

    /// There are bytes to write, or an end: in a while, as the turn's end often follows its last events in the same tick.
    private func changed() {
        countPending()
        driver.gate.set(ready: pending.readableBytes <= pendingBytesHigh && waiting.isEmpty)
        guard !isWriteScheduled, channel != nil || !wait.isEmpty else { return }
        isWriteScheduled = true
        driver.loop.assumeIsolated().executeLateInTick {
            self.isWriteScheduled = false
            // Until the head is written, which leaves with what there is by then.
            if self.channel == nil { self.wait.wake() } else { self.writePending() }
        }
    }

    // MARK: The channel

    func clientGone() {
        switch state {
        case .silent: state = .refused(.clientGone)
        case .streaming, .over: state = .over
        case .refused, .written: break
        }
        discardPending()
        countPending()
        writePending()
        wait.wake()
    }

    func channelBecameWritable() { writePending() }

    /// Gives the channel what has gathered, unless it still has enough to send.
    private func writePending() {
        guard let channel else { return }
        let pipeline = channel.pipeline.syncOperations
        if pending.readableBytes == 0 { takeSlice() }
        let isLast = if case .over = state { waiting.isEmpty } else { false }
        if pending.readableBytes > 0 {
            guard channel.isWritable else { return }
            pipeline.write(NIOAny(HTTPResponsePart.body(pending)), promise: driver.memory.sending(pending, on: channel))
            pending = ByteBuffer()
            countPending()
            driver.gate.set(ready: waiting.isEmpty)
            goOnLater()
        } else if !isLast {
            return
        }
        if isLast {
            state = .written
            pipeline.write(NIOAny(HTTPResponsePart.end(nil)), promise: nil)
            wait.wake()
        }
        pipeline.flush()
    }

    /// Puts the next slice where it is written from, unless something was written just now.
    private func takeSlice() {
        guard !waiting.isEmpty, !isSliceScheduled else { return }
        let (events, slice) = waiting.next()
        write(events, slice)
        if case .over = state { endIfTaken() }
    }

    /// What still waits leaves a moment later, unless the channel is full by then: it says when it is not.
    private func goOnLater() {
        guard !waiting.isEmpty, !isSliceScheduled else { return }
        isSliceScheduled = true
        driver.loop.assumeIsolated().scheduleTask(in: LoopRest.time) { [weak self] in
            self?.isSliceScheduled = false
            self?.writePending()
        }
    }

    /// What waits for the channel is counted when it is worth it.
    private func countPending() {
        let bytes = pending.readableBytes + waiting.heldBytes
        guard bytes >= HeldMemory.sendingBytesMin || counted > 0 else { return }
        driver.memory.account.add(bytes - counted, for: .unsent)
        counted = bytes
        driver.memory.check()
    }

    // MARK: The request's handler

    /// Runs a request's turn; returns when there are events to `send`.
    ///
    /// - Throws: why there will be none.
    func begin(_ request: ReadRequest, _ purpose: TurnPurpose) async throws(APIError) {
        driver.loop.preconditionInEventLoop()
        driver.received(request, for: purpose)
        while true {
            switch state {
            case .silent: await withCheckedContinuation { wait.keep($0) }
            case .refused(let error): throw error
            case .streaming, .over, .written: return
            }
        }
    }

    /// Writes the events as the body of an answer whose head was written to `channel`; returns when it has them all.
    func send(to channel: any Channel) async {
        driver.loop.preconditionInEventLoop()
        self.channel = channel
        // What there is by now leaves with the head.
        writePending()
        while true {
            switch state {
            case .written: return
            // Since the head was made.
            case .refused: return channel.close(promise: nil)
            case .silent, .streaming, .over: break
            }
            await withCheckedContinuation { wait.keep($0) }
        }
    }
}

extension ByteBuffer {
    /// Writes each event of a slice as one record without a name; a sign of life, which has no bytes, as a comment.
    fileprivate mutating func writeRecords(_ events: EventBuffer, _ slice: Range<Int>) {
        let (data, end, comment) = ("data: ", "\n\n", ": keep-alive\n\n") as (StaticString, StaticString, StaticString)
        let marks = events.marks[slice]
        let first = events.start(of: slice.lowerBound)
        let around = max(data.utf8CodeUnitCount + end.utf8CodeUnitCount, comment.utf8CodeUnitCount)
        let length = events.start(of: slice.upperBound) - first + marks.count * around
        writeWithUnsafeMutableBytes(minimumWritableBytes: length) { room in
            var target = ByteCursor(room)
            events.bytes.withUnsafeBytes { bytes in
                var start = first
                for mark in marks {
                    if mark.end == start {
                        target.put(comment)
                    } else {
                        target.put(data)
                        target.put(UnsafeRawBufferPointer(rebasing: bytes[start..<mark.end]))
                        target.put(end)
                    }
                    start = mark.end
                }
            }
            return room.count - target.room
        }
    }

    /// Writes each event of a slice as one record: `event:`, `data:`, an empty line, with `\n` (responses-api 12).
    fileprivate mutating func writeServerSentEvents(_ events: EventBuffer, _ slice: Range<Int>) {
        let (event, data, end) = ("event: ", "\ndata: ", "\n\n") as (StaticString, StaticString, StaticString)
        let around = event.utf8CodeUnitCount + data.utf8CodeUnitCount + end.utf8CodeUnitCount
        let marks = events.marks[slice]
        let names = marks.reduce(0) { $0 + $1.name.rawValue.utf8.count }
        let first = events.start(of: slice.lowerBound)
        let length = events.start(of: slice.upperBound) - first + names + marks.count * around
        writeWithUnsafeMutableBytes(minimumWritableBytes: length) { room in
            var target = ByteCursor(room)
            events.bytes.withUnsafeBytes { bytes in
                var start = first
                for mark in marks {
                    target.put(event)
                    target.put(mark.name.rawValue)
                    target.put(data)
                    target.put(UnsafeRawBufferPointer(rebasing: bytes[start..<mark.end]))
                    target.put(end)
                    start = mark.end
                }
            }
            return room.count - target.room
        }
    }
}
