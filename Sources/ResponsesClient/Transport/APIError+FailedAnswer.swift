import NIOHTTP1
import ResponsesAPI

/// What a server says with a status of 400 or above, in whatever form.
extension APIError {
    /// Reads the body of a failed request: the standard's JSON, another JSON, a text, or a page of something in between.
    ///
    /// `Retry-After` of the headers, which clients obey (responses-api 13), outranks what the body says.
    init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        if let json = try? RawJSON(parsing: body), json.isObject {
            self.init(reading: json, status: status)
        } else {
            self.init(reading: .emptyObject, status: status)
            message = Self.message(status, headers, body)
        }
        retryAfterSeconds = RetryAfter.seconds(headers) ?? retryAfterSeconds
    }

    private static func message(_ status: Int, _ headers: HTTPHeaders, _ body: [UInt8]) -> String {
        let type = headers.first(name: "content-type")?.lowercased() ?? ""
        if type.hasPrefix("text/html") || body.first == UInt8(ascii: "<") {
            return "The server answered with status \(status) and a page. Check that the address is that of an API."
        }
        let line = String(decoding: body.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
        let text = line.filter { !($0.asciiValue.map { $0 < 0x20 || $0 == 0x7F } ?? false) }
        return text.isEmpty ? "The server answered with status \(status)." : "The server answered with status \(status): \(text)"
    }
}
