import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesWebSocket

/// The requests of an HTTP connection, part by part, for the one task that answers them; and the rules of the connection: how
/// long requests may take, and with which answer it ends. On the channel's event loop only.
///
/// `NIOAsyncChannel` does the first for a task on any thread, with locks and state machines for each part. The task that
/// answers here runs on the loop itself: it takes what is there, and waits only when nothing is.
final class IncomingRequests: ChannelDuplexHandler, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all state is touched on the channel's loop only; the asynchronous methods run in a
    // task whose executor is that loop, and check it.

    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Part {
        case head(RequestHead)
        case body(ByteBuffer)
        case end
    }

    /// From this many parts on nothing is read from the socket. A read brings at most 64 KiB, and most often one part.
    private static let partsHigh = 10
    /// So many requests of one read are answered one after the other; then the loop looks at its other sockets. A read can bring
    /// more than a thousand, whose answers would take tens of milliseconds.
    private static let headsAtOnceMax = 32

    private let loop: any EventLoop
    private let limits: Limits
    private var context: ChannelHandlerContext?
    private var wait = OneWait()

    // What comes in.
    private var parts = CircularBuffer<Part>()
    /// How the input ended, once it did.
    private var end: Result<Void, any Error>?
    private var isReadHeld = false
    /// Whether this read brought a part.
    private var hasNewParts = false
    /// Whether the request that is coming is the last that will be answered.
    private var isLastComing = false
    /// Whether the last request is here. What follows is no business of this server.
    private var isLastHere = false
    private var clock: RequestClock
    /// For what of the requests themselves can be overdue.
    private let lookout: Alarm
    /// What was not taken of the last answer when the connection was last found idle.
    private var untakenBefore = Int.max

    // What is answered.
    /// Whether the end of the request that was begun was not taken yet.
    private var isInBody = false
    /// Heads that were taken since the task last waited.
    private var headsAtOnce = 0
    /// For the turns of its requests.
    let alarm: Alarm
    /// What the request that is being answered holds, once it is known whose it is.
    var memory: HeldMemory?
    /// Requests whose heads were taken, and those that are whole.
    private var taken = 0
    private var whole = 0
    /// The request that is being answered.
    private var current: RequestHead?
    private var isShuttingDown = false
    /// Whether the answer that is being written is the connection's last.
    private var endsConnection = false
    private var isClosing = false

    init(_ loop: any EventLoop, _ limits: Limits) {
        self.loop = loop
        self.limits = limits
        clock = RequestClock(limits, now: loop.now)
        (lookout, alarm) = (Alarm(loop), Alarm(loop))
    }

    // MARK: The task

    /// The head of the next request, nil when no more will come. What nobody took of the body before it is dropped.
    ///
    /// - Throws: `RequestProblem` for what is not HTTP or came too slowly, or why the connection broke.
    func nextHead() async throws -> RequestHead? {
        while let part = try await nextPart() {
            guard case .head(let head) = part else { continue }
            headsAtOnce += 1
            if headsAtOnce > Self.headsAtOnceMax {
                headsAtOnce = 0
                try? await loop.scheduleTask(in: LoopRest.time) {}.futureResult.get()
            }
            return head
        }
        return nil
    }

    /// The next piece of the body, nil at its end.
    ///
    /// - Throws: as `nextHead`.
    func nextBodyPart() async throws -> ByteBuffer? {
        guard isInBody, case .body(let bytes) = try await nextPart() else { return nil }
        return bytes
    }

    /// The whole body, if it is here: most requests come in one read.
    func takeWholeBody() -> ByteBuffer? {
        loop.preconditionInEventLoop()
        switch (parts.first, parts.dropFirst().first) {
        case (.end, _):
            _ = takePart()
            return ByteBuffer()
        case (.body(let bytes), .end):
            _ = takePart()
            _ = takePart()
            return bytes
        default: return nil
        }
    }

    /// No further request is taken: the connection ends, after what was written.
    func close() {
        loop.preconditionInEventLoop()
        guard !isClosing, let context else { return }
        isClosing = true
        parts.removeAll()
        finish(.success(()))
        LingeringClose.begin(on: context.channel, limits)
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    private func nextPart() async throws -> Part? {
        loop.preconditionInEventLoop()
        while true {
            if isClosing { return nil }
            if let part = takePart() { return part }
            if let end {
                try end.get()
                return nil
            }
            headsAtOnce = 0
            await withCheckedContinuation { wait.keep($0) }
        }
    }

    private func takePart() -> Part? {
        guard let part = parts.popFirst() else { return nil }
        switch part {
        case .head(let head):
            isInBody = true
            taken += 1
            current = head
        case .body: break
        case .end: isInBody = false
        }
        if isReadHeld, parts.isEmpty, !isLastHere {
            isReadHeld = false
            clock.held(false, at: loop.now)
            scheduleLook()
            context?.read()
        }
        return part
    }

    /// The request is not to be read on: whoever reads it is thrown this. Of one that is all here nothing is left to refuse, and
    /// the connection goes on behind its answer.
    func refuse(_ error: APIError) {
        if whole < taken { finish(.failure(error)) }
    }

    // MARK: What comes in

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        stop()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasNewParts = true
        guard end == nil, !isLastHere else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            let head = RequestHead(head)
            isLastComing = head.isLast
            clock.headCame(at: loop.now)
            parts.append(.head(head))
        case .body(let bytes):
            clock.bodyCame(bytes.readableBytes)
            parts.append(.body(bytes))
        case .end:
            whole += 1
            isLastHere = isLastComing
            clock.requestEnded()
            parts.append(.end)
        }
        // The task goes on after all parts of this read.
        wait.wake()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasNewParts { clock.bytesCame(at: loop.now) }
        hasNewParts = false
        scheduleLook()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        // Behind the last request nobody would take what comes; a client that goes away shows all the same. Of what waits behind a
        // request that is answered one read is enough.
        let isAnswering = current != nil && !isInBody
        let hasRoom = isAnswering ? parts.isEmpty : parts.count < Self.partsHigh
        if isClosing || (hasRoom && !isLastHere) { return context.read() }
        isReadHeld = true
        clock.held(true, at: loop.now)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: finish(.success(()))
        case is ChannelShouldQuiesceEvent:
            isShuttingDown = true
            // Nothing is answered, and no whole head is here.
            if current == nil, parts.isEmpty, !isClosing { context.close(promise: nil) }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What comes behind the last request need not be HTTP.
        guard !isLastHere || !(error is HTTPParserError) else { return }
        finish(.failure((error as? HTTPParserError).map { RequestProblem($0) } ?? error))
    }

    private func stop() {
        lookout.cancel()
        alarm.cancel()
        finish(.success(()))
    }

    private func finish(_ end: Result<Void, any Error>) {
        if self.end == nil { self.end = end }
        wait.wake()
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let response):
            var head = HTTPResponseHead(response)
            if response.status.code >= 200 { rule(&head) }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let bytes): context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
        case .end(let trailers):
            context.write(wrapOutboundOut(.end(trailers.map { HTTPHeaders($0) })), promise: promise)
            answered()
        }
    }

    /// Decides whether the connection goes on behind this answer, and says so in its head (RFC 9112 section 9.3).
    private func rule(_ head: inout HTTPResponseHead) {
        // A body that nobody read, because the request was refused, is not read to its end for the next request's sake.
        endsConnection = isShuttingDown || current?.isLast ?? true || whole < taken
        if current?.isOld == true {
            if !head.headers.contains(name: "content-length") {
                // HTTP/1.0 has no chunks: the end of the connection is the end of the answer.
                head.version = .http1_0
                endsConnection = true
            } else if !endsConnection {
                head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
            }
        }
        if endsConnection { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    }

    private func answered() {
        current = nil
        clock.answered(at: loop.now)
        if endsConnection || isShuttingDown { close() } else { scheduleLook() }
    }
}

extension IncomingRequests: AlarmListener {
    private func scheduleLook() {
        guard end == nil, let deadline = clock.deadline else { return }
        lookout.ring(at: .nanoseconds(Int64(clamping: deadline.uptimeNanoseconds)), for: self)
    }

    func alarmRang() {
        guard end == nil, let context else { return }
        switch clock.overdue(at: loop.now) {
        case nil: break
        case .request: return finish(.failure(RequestProblem.timeout))
        case .idle:
            // Who still takes the last answer is not idle.
            let untaken = context.channel.untakenBytes
            guard untaken > 0, untaken < untakenBefore else { return context.close(promise: nil) }
            untakenBefore = untaken
            clock.touched(at: loop.now)
        }
        scheduleLook()
    }
}
