import NIOCore
import NIOPosix
import Synchronization

/// An engine that costs nothing and notes when it was asked and when it answered.
final class FakeUpstream: Sendable {
    /// How a request for a completion is answered.
    enum Answer: Sendable {
        /// All chunks in one write.
        case flood(chunks: Int)
        /// The head at once, then a chunk per write in this interval.
        case paced(chunks: Int, every: TimeAmount)
    }

    /// The last request. Nanoseconds of `Machine.nanoseconds`.
    struct Seen: Sendable {
        var firstByteAt: UInt64 = 0
        var lastByteAt: UInt64 = 0
        var bytes = 0
        /// When each chunk was written, if paced.
        var chunksAt: [UInt64] = []
    }

    private let channel: any Channel
    fileprivate let answer: Mutex<Answer>
    fileprivate let seen = Mutex(Seen())

    private init(channel: any Channel, answer: Answer) {
        self.channel = channel
        self.answer = Mutex(answer)
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    /// What the last request was, once it has been answered.
    var last: Seen { seen.withLock { $0 } }

    func answer(with answer: Answer) { self.answer.withLock { $0 = answer } }

    static func with<R>(
        _ answer: Answer, on thread: LoopThread, _ body: (FakeUpstream) async throws -> R
    ) async throws -> R {
        let box = UpstreamBox()
        let channel = try await ServerBootstrap(group: thread.group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let upstream = box.upstream.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
                    try channel.pipeline.syncOperations.addHandler(UpstreamHandler(upstream))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let upstream = FakeUpstream(channel: channel, answer: answer)
        box.upstream.withLock { $0 = upstream }
        do {
            let result = try await body(upstream)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }
}

/// Lets channels find an upstream that is made after them.
private final class UpstreamBox: Sendable {
    let upstream = Mutex<FakeUpstream?>(nil)
}

/// Chat Completions as a stream, in the shape most engines give it.
enum UpstreamText {
    static let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"

    /// One delta: about 170 bytes, as an engine sends them.
    static func delta(_ text: String) -> String {
        event(#"{"index":0,"delta":{"content":"\#(text)"},"finish_reason":null}"#)
    }

    static let beginning = event(#"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"#)

    static func ending(chunks: Int) -> String {
        event(#"{"index":0,"delta":{},"finish_reason":"stop"}"#)
            + event("", usage: #","usage":{"prompt_tokens":8,"completion_tokens":\#(chunks),"total_tokens":\#(chunks + 8)}"#)
            + "data: [DONE]\n\n"
    }

    private static func event(_ choice: String, usage: String = "") -> String {
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"tiny\","
            + "\"choices\":[\(choice)]\(usage)}\n\n"
    }

    static func httpChunk(_ body: String) -> String { "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n" }

    /// A whole answer in one piece.
    static func answer(chunks: Int) -> ByteBuffer {
        var body = beginning
        for number in 0..<chunks { body += delta(" word\(number % 1000)") }
        body += ending(chunks: chunks)
        return ByteBuffer(string: head + httpChunk(body) + "0\r\n\r\n")
    }
}

private final class UpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let upstream: FakeUpstream
    private var incoming = ByteBuffer()
    private var wanted: Int?
    private var current = FakeUpstream.Seen()
    private var flood: (chunks: Int, bytes: ByteBuffer)?

    init(_ upstream: FakeUpstream) { self.upstream = upstream }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = Machine.nanoseconds
        var piece = unwrapInboundIn(data)
        if incoming.readableBytes == 0 { current = FakeUpstream.Seen(firstByteAt: now) }
        incoming.writeBuffer(&piece)
        if wanted == nil { wanted = Self.length(of: incoming) }
        guard let wanted, incoming.readableBytes >= wanted else { return }
        self.wanted = nil
        current.lastByteAt = now
        current.bytes = wanted
        incoming.moveReaderIndex(forwardBy: wanted)
        incoming.discardReadBytes()
        switch upstream.answer.withLock({ $0 }) {
        case .flood(let chunks):
            upstream.seen.withLock { $0 = current }
            if flood?.chunks != chunks { flood = (chunks, UpstreamText.answer(chunks: chunks)) }
            if let flood { context.writeAndFlush(wrapOutboundOut(flood.bytes), promise: nil) }
        case .paced(let chunks, let interval):
            write(UpstreamText.head + UpstreamText.httpChunk(UpstreamText.beginning), context)
            pace(0, of: chunks, every: interval, NIODeadline.now() + interval, context)
        }
    }

    private func pace(
        _ number: Int, of chunks: Int, every interval: TimeAmount, _ deadline: NIODeadline, _ context: ChannelHandlerContext
    ) {
        context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            guard context.channel.isActive else { return }
            guard number < chunks else {
                self.upstream.seen.withLock { $0 = self.current }
                return self.write(UpstreamText.httpChunk(UpstreamText.ending(chunks: chunks)) + "0\r\n\r\n", context)
            }
            self.current.chunksAt.append(Machine.nanoseconds)
            self.write(UpstreamText.httpChunk(UpstreamText.delta(" word\(number % 1000)")), context)
            self.pace(number + 1, of: chunks, every: interval, deadline + interval, context)
        }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    /// Bytes of the whole request; nil until its head is there.
    private static func length(of buffer: ByteBuffer) -> Int? {
        let bytes = buffer.readableBytesView
        guard let end = bytes.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }?.split(separator: ":").last
        return end.upperBound - bytes.startIndex + (length.flatMap { Int($0.filter { $0 != " " }) } ?? 0)
    }
}
