import NIOCore
import NIOHTTP1

/// A whole request, ready to be written.
struct PlainRequest {
    var head: HTTPRequestHead
    /// Written in order and never joined.
    var body: [ByteBuffer]
}
