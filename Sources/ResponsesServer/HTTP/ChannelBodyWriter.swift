import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Writes an answer's body to its channel, on the channel's event loop.
///
/// It never waits: the bodies that come here are whole. A stream writes to the channel itself (`SSEOutput`), and holds back.
struct ChannelBodyWriter: ResponseBodyWriter {
    let channel: any Channel
    /// Counts what the client has not taken.
    let memory: HeldMemory?

    func write(_ buffer: ByteBuffer) {
        channel.pipeline.syncOperations.write(
            NIOAny(HTTPResponsePart.body(buffer)), promise: memory?.sending(buffer, on: channel))
    }

    consuming func finish(_ trailers: HTTPFields?) {
        channel.pipeline.syncOperations.writeAndFlush(NIOAny(HTTPResponsePart.end(trailers)), promise: nil)
    }
}
