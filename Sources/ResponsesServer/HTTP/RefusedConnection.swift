import NIOCore
import ResponsesAPI
import ResponsesCore

/// Tells a connection that is one too many so, and ends it: its client tries again later instead of waiting without an answer,
/// and others that are let in do not wait behind it.
final class RefusedConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let limits: Limits

    init(_ limits: Limits) {
        var limits = limits
        // It takes one of few places, and nobody waits for its words as for an answer.
        limits.writeStallMax = limits.lingerTimeMax
        self.limits = limits
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(Self.answer), promise: nil)
        LingeringClose.begin(on: context.channel, limits)
        context.fireChannelActive()
    }

    private static let answer: ByteBuffer = {
        let error = APIError(
            status: 503, type: "server_error", code: .serverIsOverloaded,
            message: "This server has as many connections as it takes. Try again later.", retryAfterSeconds: 5)
        var bytes = ByteBuffer(
            string: "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: \(error.httpBody.count)\r\n"
                + "Connection: close\r\nRetry-After: 5\r\nserver: hotline\r\n\r\n")
        bytes.writeBytes(error.httpBody)
        return bytes
    }()
}
