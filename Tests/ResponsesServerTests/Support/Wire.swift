import LibC
import NIOCore
import NIOPosix

@testable import ResponsesTesting

/// A client's TCP connection in the hands of a test, byte by byte.
final class Wire: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        /// The server closed, or at least its half.
        var hasEnded = false
    }

    struct Ended: Error {}

    /// Collects what comes; ends when the server's half does.
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let state: Watched<State>
        init(_ state: Watched<State>) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            state.update { $0.bytes.append(contentsOf: bytes.readableBytesView) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { state.update { $0.hasEnded = true } }
        }

        func channelInactive(context: ChannelHandlerContext) { state.update { $0.hasEnded = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    let channel: any Channel
    private let state: Watched<State>

    private init(_ channel: any Channel, _ state: Watched<State>) {
        self.channel = channel
        self.state = state
    }

    /// - Parameter receiveBuffer: bytes the kernel may hold for a reader that pauses; few make a slow reader show soon.
    static func connect(port: Int, receiveBuffer: Int? = nil) async throws -> Wire {
        let state = Watched(State())
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(state)) }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        return Wire(try await bootstrap.connect(host: "127.0.0.1", port: port).get(), state)
    }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Whether something came that was not read.
    var hasReceived: Bool { !state.state.bytes.isEmpty }

    /// Waits until `length` finds a whole piece at the front of what came, and takes it.
    ///
    /// - Throws: `Ended` when the server closed before.
    func read(_ length: @escaping @Sendable ([UInt8]) -> Int?) async throws -> [UInt8] {
        await state.wait { $0.hasEnded || length($0.bytes) != nil }
        let piece = state.update { state -> [UInt8]? in
            guard let count = length(state.bytes) else { return nil }
            defer { state.bytes.removeFirst(count) }
            return Array(state.bytes.prefix(count))
        }
        guard let piece else { throw Ended() }
        return piece
    }

    /// Whatever came since the last call, at least one byte; nil when the server closed.
    func readSome() async -> [UInt8]? {
        await state.wait { $0.hasEnded || !$0.bytes.isEmpty }
        return state.update { state in
            defer { state.bytes = [] }
            return state.bytes.isEmpty ? nil : state.bytes
        }
    }

    /// Everything up to the server's end.
    func readToEnd() async -> [UInt8] {
        await state.wait { $0.hasEnded }
        return state.update { state in
            defer { state.bytes = [] }
            return state.bytes
        }
    }

    /// Takes nothing more out of the kernel's buffer.
    func pause() async throws { try await channel.setOption(.autoRead, value: false).get() }
    func resume() async throws { try await channel.setOption(.autoRead, value: true).get() }

    /// Ends our half (FIN); what the server still sends can be read.
    func finishSending() async throws { try await channel.close(mode: .output) }

    /// Vanishes without a farewell (RST).
    func reset() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close()
    }

    /// Closes both halves (FIN, then RST to whatever still comes).
    func close() async { try? await channel.close() }
}

/// An HTTP/1.1 answer as it came over the wire.
struct WireResponse {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8] = []

    init(head: [UInt8]) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        status = Int(lines.first?.split(separator: " ").dropFirst().first ?? "") ?? 0
        headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), String(parts.dropFirst().first?.drop { $0 == " " } ?? ""))
        }
    }

    subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    /// How often a header stands there: twice is wrong for most.
    func count(_ name: String) -> Int { headers.count { $0.name == name } }
    var text: String { String(decoding: body, as: UTF8.self) }
}

extension Wire {
    /// Sends a request; `body` is JSON.
    func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: String? = nil
    ) async throws {
        var text = "\(method) \(path) HTTP/1.1\r\n"
        if !headers.contains(where: { $0.0.lowercased() == "host" }) { text += "Host: 127.0.0.1\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        try await send(text + "\r\n" + (body ?? ""))
    }

    /// Reads one answer: to its `Content-Length`, or only its head when it has none.
    func response(toHead: Bool = false) async throws -> WireResponse {
        var response = WireResponse(head: try await read(Self.head))
        if !toHead, let length = response["content-length"].flatMap({ Int($0) }) {
            response.body = try await read { $0.count >= length ? length : nil }
        }
        return response
    }

    private static func head(_ bytes: [UInt8]) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4 else { return nil }
        for start in 0...(bytes.count - 4) where bytes[start..<start + 4].elementsEqual(end) { return start + 4 }
        return nil
    }

    /// Reads up to a piece of text and takes all of it.
    func read(through text: String) async throws -> String {
        let wanted = Array(text.utf8)
        let bytes = try await read { bytes in
            guard bytes.count >= wanted.count else { return nil }
            for start in 0...(bytes.count - wanted.count) where bytes[start] == wanted[0] {
                if bytes[start..<start + wanted.count].elementsEqual(wanted) { return start + wanted.count }
            }
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
