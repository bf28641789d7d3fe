import NIOCore

@testable import ResponsesTesting

/// A server on loopback that answers the head of each request with the bytes a test gives it, right or wrong.
final class RawServer: Sendable {
    struct Counts: Sendable {
        /// The heads of all requests.
        var heads: [String] = []
        var connections = 0
        var closedConnections = 0
    }

    struct Answer: Sendable {
        var bytes: String
        /// Ends the connection behind them.
        var closes = false
    }

    let counts = Watched(Counts())
    private let answer: @Sendable (Int) -> Answer

    private init(_ answer: @escaping @Sendable (Int) -> Answer) { self.answer = answer }

    /// - Parameter answer: for the request of this number, from 1.
    static func with<R: Sendable>(
        _ answer: @escaping @Sendable (Int) -> Answer, _ body: (Int, RawServer) async throws -> R
    ) async throws -> R {
        let server = RawServer(answer)
        return try await LocalListener.with({ channel in
            try channel.pipeline.syncOperations.addHandler(Handler(server))
        }) { try await body($0, server) }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let server: RawServer
        private var heard = ""

        init(_ server: RawServer) { self.server = server }

        func channelActive(context: ChannelHandlerContext) { server.counts.update { $0.connections += 1 } }
        func channelInactive(context: ChannelHandlerContext) { server.counts.update { $0.closedConnections += 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            heard += String(buffer: unwrapInboundIn(data))
            // So much is a body.
            if heard.utf8.count > 1 << 17 { heard = "" }
            guard let end = heard.firstRange(of: "\r\n\r\n") else { return }
            let head = String(heard[..<end.lowerBound])
            // Bodies of tests hold no empty line.
            heard = ""
            let number = server.counts.update { counts in
                counts.heads.append(head)
                return counts.heads.count
            }
            let answer = server.answer(number)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer.bytes)), promise: nil)
            if answer.closes { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
