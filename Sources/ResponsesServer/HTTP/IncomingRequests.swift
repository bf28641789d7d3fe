import HTTPTypes
import NIOCore
import NIOHTTPTypes
import ResponsesAPI

/// The requests of an HTTP connection, part by part, for the one task that answers them. On the channel's event loop only.
///
/// `NIOAsyncChannel` does this for a task on any thread, with locks and state machines for each part. The task that answers
/// here runs on the loop itself: it takes what is there, and waits only when nothing is.
final class IncomingRequests: ChannelDuplexHandler, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all state is touched on the channel's loop only; the asynchronous methods run in a
    // task whose executor is that loop, and check it.

    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart

    /// From this many parts on nothing is read from the socket. A read brings at most 64 KiB, and most often one part.
    private static let partsHigh = 10

    private let loop: any EventLoop
    private var context: ChannelHandlerContext?
    private var parts = CircularBuffer<HTTPRequestPart>()
    /// How the input ended, once it did.
    private var end: Result<Void, any Error>?
    private var isReadHeld = false
    /// Whether the end of the request that was begun was not taken yet.
    private var isInBody = false
    private var wait = OneWait()
    /// What the request that is being answered holds, once it is known whose it is.
    var memory: HeldMemory?

    init(_ loop: any EventLoop) { self.loop = loop }

    // MARK: The task

    /// The head of the next request, nil when no more will come. What nobody took of the body before it is dropped.
    ///
    /// - Throws: `HTTPParserError` for what is not HTTP, or why the connection broke.
    func nextHead() async throws -> HTTPRequest? {
        while let part = try await nextPart() {
            if case .head(let head) = part { return head }
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

    private func nextPart() async throws -> HTTPRequestPart? {
        loop.preconditionInEventLoop()
        while true {
            if let part = takePart() { return part }
            if let end {
                try end.get()
                return nil
            }
            await withCheckedContinuation { wait.keep($0) }
        }
    }

    private func takePart() -> HTTPRequestPart? {
        guard let part = parts.popFirst() else { return nil }
        switch part {
        case .head: isInBody = true
        case .body: break
        case .end: isInBody = false
        }
        if isReadHeld, parts.isEmpty {
            isReadHeld = false
            context?.read()
        }
        return part
    }

    /// The request is not to be read on: whoever reads it is thrown this.
    func refuse(_ error: APIError) { finish(.failure(error)) }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        finish(.success(()))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parts.append(unwrapInboundIn(data))
        // The task goes on after all parts of this read.
        wait.wake()
    }

    func read(context: ChannelHandlerContext) {
        if parts.count < Self.partsHigh { context.read() } else { isReadHeld = true }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { finish(.success(())) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.success(()))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(.failure(error)) }

    private func finish(_ end: Result<Void, any Error>) {
        if self.end == nil { self.end = end }
        wait.wake()
    }
}
