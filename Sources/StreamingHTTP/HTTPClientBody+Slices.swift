import AsyncHTTPClient
import NIOCore

extension HTTPClient.Body {
    /// A body that lies in several buffers, which are written in order and never joined. At least one.
    package static func slices(_ buffers: [ByteBuffer], length: Int) -> HTTPClient.Body {
        .stream(contentLength: Int64(length)) { writer in
            // The last write done means all are.
            var written: EventLoopFuture<Void>?
            for buffer in buffers { written = writer.write(.byteBuffer(buffer)) }
            guard let written else { preconditionFailure("a body has slices") }
            return written
        }
    }
}
