import CMachine
import NIOCore
import NIOPosix

/// A client of the upstream itself, by HTTP: for a relay of bytes, which speaks nothing of its own.
final class LoadStream: ChannelInboundHandler, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all mutable state is touched on the channel's event loop only; `loop` is immutable.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let loop: any EventLoop
    private var context: ChannelHandlerContext?
    private var turn: (LoadSocket.Turn, EventLoopPromise<LoadSocket.Turn>)?
    private var tail: [UInt8] = []

    private init(loop: any EventLoop) { self.loop = loop }

    static func connect(port: Int, on thread: LoopThread) async throws -> LoadStream {
        let stream = LoadStream(loop: thread.loop)
        _ = try await ClientBootstrap(group: thread.group)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(stream) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return stream
    }

    /// Sends a request and waits for the end of its answer; every SSE event that brings text counts as a delta.
    func run(_ body: String) async throws -> LoadSocket.Turn {
        try await loop.flatSubmit {
            let promise = self.loop.makePromise(of: LoadSocket.Turn.self)
            guard let context = self.context, self.turn == nil else {
                promise.fail(BenchError("The stream is closed or busy."))
                return promise.futureResult
            }
            let request =
                "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            self.turn = (LoadSocket.Turn(sentAt: Machine.nanoseconds), promise)
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
            return promise.futureResult
        }.get()
    }

    func close() async throws {
        try await loop.flatSubmit { self.context?.channel.close() ?? self.loop.makeSucceededVoidFuture() }.get()
    }

    func channelActive(context: ChannelHandlerContext) { self.context = context }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        turn?.1.fail(BenchError("The upstream closed the connection."))
        turn = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = Machine.nanoseconds
        guard case (var turn, let promise)? = turn else { return }
        self.turn = nil
        let piece = unwrapInboundIn(data).readableBytesView
        turn.bytes += piece.count
        let text = tail + piece
        let (count, rest) = Self.deltas(in: text)
        if turn.deltas == 0, count > 0 { turn.firstDeltaAt = now }
        turn.deltas += count
        turn.deltasAt.append(contentsOf: repeatElement(now, count: count))
        // A mark may be cut in two by the network: what is shorter than one is looked at again.
        tail = Array(text[max(rest, text.count - Self.mark.count + 1)...])
        if text.suffix(5).elementsEqual("0\r\n\r\n".utf8) {
            turn.endedAt = now
            tail = []
            return promise.succeed(turn)
        }
        self.turn = (turn, promise)
    }

    private static let mark = Array(#""delta":{"content":"#.utf8)

    /// How many deltas a text holds, and where the last one's mark ends.
    private static func deltas(in text: [UInt8]) -> (count: Int, end: Int) {
        var end = 0
        let count = machine_count(text, text.count, mark, mark.count, &end)
        return (count, end)
    }
}
