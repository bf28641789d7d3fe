import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import ResponsesAPI
import ThreadTools

/// One request and its answer, on one event loop: bytes in, whatever the reader makes of them out, without a task hop
/// between. `ExchangeState` decides, this performs.
///
/// The answer may be a stream of events, one JSON object where a server ignores `stream`, an error, or no API at all.
///
/// `@unchecked Sendable`: all state, the reader's included, is touched on `loop` only. Its carrier works on that loop, the
/// timer is scheduled there, and every entry of the user checks it or hops.
package final class StreamedExchange<Reader: AnswerReader>: CarriedExchange, @unchecked Sendable {
    package let reader: Reader
    private let loop: any EventLoop
    private var state: ExchangeState
    private var events: SSEReader
    /// Of an answer that is not a stream.
    private var body: [UInt8] = []
    private var carrier: (any ExchangeCarrier)?
    private var timer: Scheduled<Void>?
    private let begun = NIODeadline.now()

    /// - Parameter loop: the only loop of the client that will run the request.
    package init(_ reader: Reader, on loop: any EventLoop, _ limits: ExchangeLimits) {
        self.reader = reader
        self.loop = loop
        state = ExchangeState(limits)
        events = SSEReader(lengthMax: limits.eventBytesMax, isLenient: Reader.readsLeniently)
    }

    private var now: Duration { .nanoseconds((NIODeadline.now() - begun).nanoseconds) }

    /// Sends the request with AsyncHTTPClient. `start` is called once, on the loop.
    func start(_ request: HTTPClient.Request, with client: HTTPClient) {
        loop.preconditionInEventLoop()
        wake(after: state.firstLook)
        ClientCarrier(self, on: loop).start(request, with: client)
        stopIfAbandoned()
    }

    /// Sends the request without it.
    func start(_ request: consuming PlainRequest, with connections: PlainConnections) {
        loop.preconditionInEventLoop()
        wake(after: state.firstLook)
        connections.start(request, self)
        stopIfAbandoned()
    }

    /// It was cancelled before there was a carrier to stop.
    private func stopIfAbandoned() {
        if state.isAbandoned { stop() }
    }

    // MARK: What the user wants

    /// Reads no more; events of what was read already still come. On the loop.
    package func pause() {
        loop.preconditionInEventLoop()
        state.paused()
    }

    /// Reads on, in a later tick: the call may come from inside one of the carrier's. On the loop.
    package func resume() {
        loop.preconditionInEventLoop()
        if state.resumed(at: now) { loop.execute { self.readOn() } }
    }

    /// As `resume`, for a call from a tick of its own.
    package func resumeNow() {
        loop.preconditionInEventLoop()
        if state.resumed(at: now) { readOn() }
    }

    /// The answer is whole but for what servers seldom leave out: unless `expectMore` is called, it ends after this time, or a second
    /// later. On the loop.
    package func expectEnd(within time: Duration) {
        loop.preconditionInEventLoop()
        if let look = state.expectEnd(within: time, at: now) { wake(after: look) }
    }

    /// It was not. On the loop.
    package func expectMore() {
        loop.preconditionInEventLoop()
        state.expectMore()
    }

    /// Nobody wants the answer: no more events are read, the connection closes, then the reader gets its end if it has
    /// none yet. From any thread.
    package func cancel() {
        guard loop.inEventLoop else { return loop.execute { self.cancel() } }
        // In a later tick: the call may come from inside one of the carrier's.
        if state.abandoned() { loop.execute { self.stop() } }
    }

    // MARK: What the carrier says

    func isCarried(by carrier: any ExchangeCarrier) { self.carrier = carrier }

    func receivedHead(_ head: HTTPResponseHead) {
        if state.isReading { state.receivedHead(reader.form(of: head), at: now) }
    }

    func receivedPart(_ part: ByteBuffer) throws -> Bool {
        do {
            try read(part)
        } catch {
            conclude(problem(error))
            throw error
        }
        if !state.hasContent, reader.hasContent { state.contentBegan() }
        if state.isReading { reader.partWasRead() }
        return state.finishedPart()
    }

    func receivedEnd() {
        do {
            switch state.receivedEnd() {
            case .none: break
            case .reportEmpty: throw ExchangeProblem.empty
            case .endStream:
                try events.end { try handle($0) }
                if state.isReading { conclude(try reader.streamEnded(hasLast: false)) }
            case .readObject: conclude(try reader.object(body))
            case .readRefusal: conclude(reader.refusal(body))
            }
        } catch {
            conclude(problem(error))
        }
    }

    func finished(_ problem: (any Error)?) {
        if state.finished() { reader.ended(outcome(problem.map { Self.problem(ofCarrier: $0) } ?? .empty)) }
        timer?.cancel()
        timer = nil
        carrier = nil
        freeElsewhere()
    }

    /// An engine may have written a line or an object of many megabytes, whose memory takes milliseconds to give back.
    private func freeElsewhere() {
        if body.capacity >= Self.largeBytesMin {
            BesideLoop.drop(body)
            body = []
        }
        if events.heldBytes >= Self.largeBytesMin {
            BesideLoop.drop(events)
            events = SSEReader(lengthMax: 0)
        }
    }

    private static var largeBytesMin: Int { 1 << 20 }

    // MARK: Reading

    private func read(_ buffer: ByteBuffer) throws {
        switch state.receivedPart(buffer.readableBytes, at: now) {
        case .skip: break
        case .decide:
            // Nor does a byte order mark say anything.
            guard let start = buffer.readableBytesView.firstIndex(where: { !Self.isBlank($0) }) else { return }
            state.decided(try reader.form(firstByte: buffer.readableBytesView[start]))
            try read(buffer.getSlice(at: start, length: buffer.writerIndex - start) ?? buffer)
        case .readEvents:
            try buffer.withUnsafeReadableBytes { try events.read($0.bindMemory(to: UInt8.self)) { try handle($0) } }
        case .keep(let count): body.append(contentsOf: buffer.readableBytesView.prefix(count))
        case .keepLast(let count):
            body.append(contentsOf: buffer.readableBytesView.prefix(count))
            conclude(reader.refusal(body))
            // Not a part of an answer that could go on: it closes the connection.
            throw ExchangeProblem.tooLong
        case .refuse: throw ExchangeProblem.tooLong
        }
    }

    /// White space, or a byte of a byte order mark.
    private static func isBlank(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF: true
        default: false
        }
    }

    private func handle(_ event: SSEReader.Event) throws {
        if state.isReading, try reader.read(event) { try complete() }
    }

    /// Apart from `handle`, which runs for every event and must not look up what an outcome is.
    @inline(never)
    private func complete() throws {
        let outcome = try reader.streamEnded(hasLast: true)
        guard state.completed(at: now) else { return }
        reader.ended(outcome)
        // After the last event the server ends its answer, which frees the connection; if it does not, that is closed. Mostly the
        // end comes with this read: then no timer is moved, for which the loop goes through all it has.
        loop.execute { if self.carrier != nil { self.wake(after: self.state.lingerMax) } }
    }

    private static func problem(ofCarrier error: any Error) -> ExchangeProblem {
        error is NIOHTTPDecompression.DecompressionError || error is NIOHTTPDecompression.ExtraDecompressionError
            ? .badCompression : .lost(error)
    }

    private func problem(_ error: any Error) -> ExchangeProblem {
        switch error {
        case let problem as ExchangeProblem: problem
        case is SSEReader.TooLong: .tooLong
        default: .unreadable(error)
        }
    }

    // MARK: The end

    private func outcome(_ problem: ExchangeProblem) -> Reader.Outcome {
        reader.outcome(of: problem, after: ExchangeProgress(hasBegun: state.hasBegun, age: now, body: body))
    }

    private func conclude(_ problem: ExchangeProblem) {
        if state.concluded() { reader.ended(outcome(problem)) }
    }

    private func conclude(_ outcome: Reader.Outcome) {
        if state.concluded() { reader.ended(outcome) }
    }

    /// Closes the connection; `finished` follows.
    private func stop() {
        carrier?.stop()
        readOn()
    }

    /// Lets the carrier bring the next part, which it may do at once and so be held once more.
    private func readOn() {
        if state.reading() { carrier?.readOn() }
    }

    // MARK: Time

    private func wake(after delay: Duration) {
        timer?.cancel()
        timer = loop.scheduleTask(in: TimeAmount(delay)) { self.wokeUp() }
    }

    private func wokeUp() {
        switch state.wokeUp(at: now) {
        case .none: break
        case .sleep(let delay): wake(after: delay)
        case .failNoFirstByte:
            conclude(.noFirstByte)
            stop()
        case .failSilence:
            conclude(.silence)
            stop()
        case .complete:
            do {
                try complete()
            } catch {
                conclude(problem(error))
                stop()
            }
        case .close: stop()
        }
    }
}
