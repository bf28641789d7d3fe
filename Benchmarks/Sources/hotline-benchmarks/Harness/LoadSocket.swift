import NIOCore
import NIOPosix

/// The client's end of a WebSocket: sends a create, counts what comes back, notes when.
final class LoadSocket: ChannelInboundHandler, @unchecked Sendable {
    // Proof of `@unchecked Sendable`: all mutable state is touched on the channel's event loop only; `loop` is immutable.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A turn, seen from here. Nanoseconds of `Machine.nanoseconds`.
    struct Turn: Sendable {
        var sentAt: UInt64 = 0
        var firstDeltaAt: UInt64 = 0
        var endedAt: UInt64 = 0
        var deltas = 0
        /// Of all frames that came.
        var bytes = 0
        var responseID = ""
        /// When each delta came, if wanted.
        var deltasAt: [UInt64] = []
    }

    private let loop: any EventLoop
    private let notesDeltas: Bool
    private var context: ChannelHandlerContext?
    private var incoming = ByteBuffer()
    private var opened: EventLoopPromise<Void>?
    private var turn: (Turn, EventLoopPromise<Turn>)?
    private var isOpen = false

    private init(loop: any EventLoop, notesDeltas: Bool) {
        self.loop = loop
        self.notesDeltas = notesDeltas
        opened = loop.makePromise()
    }

    static func connect(port: Int, on thread: LoopThread, notesDeltas: Bool = false) async throws -> LoadSocket {
        let socket = LoadSocket(loop: thread.loop, notesDeltas: notesDeltas)
        guard let opened = socket.opened?.futureResult else { preconditionFailure("just made") }
        _ = try await ClientBootstrap(group: thread.group)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(socket) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await opened.get()
        return socket
    }

    /// Sends a message and waits for the turn's last event.
    func run(_ message: ByteBuffer) async throws -> Turn {
        try await loop.flatSubmit {
            let promise = self.loop.makePromise(of: Turn.self)
            guard let context = self.context, self.turn == nil else {
                promise.fail(BenchError("The socket is closed or busy."))
                return promise.futureResult
            }
            let frame = Self.frame(message)
            self.turn = (Turn(sentAt: Machine.nanoseconds), promise)
            context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
            return promise.futureResult
        }.get()
    }

    func close() async throws {
        try await loop.flatSubmit { self.context?.channel.close() ?? self.loop.makeSucceededVoidFuture() }.get()
    }

    // MARK: On the loop

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        let request =
            "GET /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        opened?.fail(ChannelError.ioOnClosedChannel)
        opened = nil
        turn?.1.fail(BenchError("The server closed the connection."))
        turn = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = Machine.nanoseconds
        var piece = unwrapInboundIn(data)
        if incoming.readableBytes == 0 { incoming = piece } else { incoming.writeBuffer(&piece) }
        if !isOpen {
            guard let end = incoming.readableBytesView.firstRange(of: "\r\n\r\n".utf8) else { return }
            let isUpgraded = incoming.readableBytesView.starts(with: "HTTP/1.1 101".utf8)
            incoming.moveReaderIndex(to: end.upperBound)
            isOpen = true
            if isUpgraded { opened?.succeed() } else { opened?.fail(BenchError("The upgrade was refused.")) }
            opened = nil
        }
        while let length = nextFrame() {
            incoming.withUnsafeReadableBytes { received(UnsafeRawBufferPointer(rebasing: $0[..<length]), at: now) }
            incoming.moveReaderIndex(forwardBy: length)
        }
        if incoming.readableBytes == 0 { incoming.clear() } else { incoming.discardReadBytes() }
    }

    /// Passes a frame's header when all of its payload is there; answers the payload's length.
    private func nextFrame() -> Int? {
        let start = incoming.readerIndex
        guard let second: UInt8 = incoming.getInteger(at: start + 1) else { return nil }
        var length = Int(second & 0x7F)
        var header = 2
        if length == 126 {
            guard let long: UInt16 = incoming.getInteger(at: start + 2) else { return nil }
            (length, header) = (Int(long), 4)
        } else if length == 127 {
            guard let long: UInt64 = incoming.getInteger(at: start + 2) else { return nil }
            (length, header) = (Int(long), 10)
        }
        guard incoming.readableBytes >= header + length else { return nil }
        incoming.moveReaderIndex(forwardBy: header)
        return length
    }

    private func received(_ event: UnsafeRawBufferPointer, at now: UInt64) {
        guard case (var turn, let promise)? = turn else { return }
        self.turn = nil
        turn.bytes += event.count
        if Self.isEvent(event, "response.output_text.delta") {
            if turn.deltas == 0 { turn.firstDeltaAt = now }
            turn.deltas += 1
            if notesDeltas { turn.deltasAt.append(now) }
        } else if Self.isEvent(event, "response.completed") {
            turn.endedAt = now
            turn.responseID = Self.responseID(event)
            return promise.succeed(turn)
        } else if Self.isEvent(event, "response.failed") || Self.isEvent(event, "error") {
            return promise.fail(BenchError("A turn failed: \(String(decoding: event.prefix(600), as: UTF8.self))"))
        }
        self.turn = (turn, promise)
    }

    private static func isEvent(_ event: UnsafeRawBufferPointer, _ type: StaticString) -> Bool {
        let start = #"{"type":""#.utf8.count
        let end = start + type.utf8CodeUnitCount
        guard event.count > end, event[end] == UInt8(ascii: "\"") else { return false }
        return (0..<type.utf8CodeUnitCount).allSatisfy { event[start + $0] == type.utf8Start[$0] }
    }

    private static func responseID(_ event: UnsafeRawBufferPointer) -> String {
        guard let found = event.firstRange(of: #""id":"resp_"#.utf8) else { return "" }
        return String(decoding: event[(found.lowerBound + 6)...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    /// A masked text frame.
    private static func frame(_ message: ByteBuffer) -> ByteBuffer {
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        let count = message.readableBytes
        var frame = ByteBuffer()
        frame.reserveCapacity(count + 14)
        frame.writeInteger(UInt8(0x81))
        if count <= 125 {
            frame.writeInteger(0x80 | UInt8(count))
        } else if count <= 0xFFFF {
            frame.writeMultipleIntegers(UInt8(0xFE), UInt16(count))
        } else {
            frame.writeMultipleIntegers(UInt8(0xFF), UInt64(count))
        }
        frame.writeBytes(key)
        frame.writeBytes(message.readableBytesView.enumerated().lazy.map { $1 ^ key[$0 & 3] })
        return frame
    }
}
