import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

extension Request {
    /// All bytes of the body. A client that asks first gets its 100 (RFC 9110 section 10.1.1).
    ///
    /// - Throws: `NIOTooManyBytesError` above `limit`.
    func bytes(upTo limit: Int, _ context: HotlineRequestContext) async throws -> [UInt8] {
        if headers[.expect]?.lowercased() == "100-continue" {
            context.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
        }
        guard let whole = context.wholeBody else { return Array(try await body.collect(upTo: limit).readableBytesView) }
        guard whole.readableBytes <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
        return Array(whole.readableBytesView)
    }
}
