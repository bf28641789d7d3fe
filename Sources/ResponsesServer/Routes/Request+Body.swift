import ContentCoding
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes
import ResponsesAPI
import ResponsesCore
import ThreadTools

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

    /// How the body is compressed; nil when it is not.
    ///
    /// - Throws: `APIError` (415) for a coding that this server does not read.
    func contentCoding() throws(APIError) -> ContentCoding? {
        guard let field = headers[.contentEncoding], !field.isEmpty, field.lowercased() != "identity" else { return nil }
        if let coding = ContentCoding(field) { return coding }
        throw APIError(
            status: 415, type: "invalid_request_error", code: "unsupported_content_encoding",
            message: "Content-Encoding '\(field.prefix(64))' is not supported. Send the body with \(ContentCoding.names), one of them, or "
                + "as it is.")
    }

    /// What a compressed body stands for. Beside the loop, as a small one can be large.
    ///
    /// - Throws: `DecodedTooLarge` above `limit`, `APIError` for a body that is not of its coding, or when memory is over.
    static func decoded(
        _ bytes: [UInt8], _ coding: ContentCoding, upTo limit: Int, _ memory: HeldMemory, _ reader: BodyReader
    ) async throws -> [UInt8] {
        // Prose and JSON are seldom made smaller than that.
        memory.set(bytes.count + min(limit, 16 * bytes.count), for: .receiving)
        defer { memory.set(0, for: .receiving) }
        let result = await BesideLoop.run { Result { () throws(ContentCoding.Failure) in try coding.decoded(bytes, upTo: limit) } }
        switch result {
        case .success(let decoded):
            memory.set(bytes.count + decoded.capacity, for: .receiving)
            try reader.check()
            return decoded
        case .failure(.tooLarge): throw DecodedTooLarge()
        case .failure(.noMemory): throw APIError.memoryOver
        case .failure(.broken):
            throw APIError.invalidRequest(
                "invalid_content_encoding", "The body is not what its Content-Encoding says. Send it whole, and compressed once.")
        }
    }

    /// The value of the first field of a name. By its name alone, HTTPFields joins the values of all.
    private func first(_ name: HTTPField.Name) -> String? { headers.first { $0.name == name }?.value }
}
