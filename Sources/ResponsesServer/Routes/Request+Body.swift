import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes
import ResponsesAPI
import ResponsesCore

extension Request {
    /// All bytes of the body. A client that asks first gets its 100 (RFC 9110 section 10.1.1), unless its body is too large.
    ///
    /// What has come is counted in `memory`; when that has to give way, `reader` refuses the request.
    ///
    /// - Throws: `NIOTooManyBytesError` above `limit`, `APIError` when memory is over.
    func bytes(
        upTo limit: Int, _ context: HotlineRequestContext, _ memory: HeldMemory, _ reader: BodyReader
    ) async throws -> [UInt8] {
        // Told before it is sent. The parser lets only digits pass, but more of them than this number has.
        if let length = first(.contentLength), (Int(length) ?? .max) > limit { throw NIOTooManyBytesError(maxBytes: limit) }
        if first(.expect)?.lowercased() == "100-continue" {
            context.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
        }
        if let whole = context.wholeBody {
            guard whole.readableBytes <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
            return Array(whole.readableBytesView)
        }
        defer { memory.set(0, for: .receiving) }
        var bytes: [UInt8] = []
        for try await part in body {
            guard bytes.count + part.readableBytes <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
            bytes.append(contentsOf: part.readableBytesView)
            memory.set(bytes.capacity, for: .receiving)
            try reader.check()
        }
        try reader.check()
        return bytes
    }

    /// The value of the first field of a name. By its name alone, HTTPFields joins the values of all.
    private func first(_ name: HTTPField.Name) -> String? { headers.first { $0.name == name }?.value }
}
