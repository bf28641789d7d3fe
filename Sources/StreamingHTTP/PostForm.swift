import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A POST that is sent many times, each time with a body of its own.
package struct PostForm: Sendable {
    private let request: HTTPClient.Request
    private let head: HTTPRequestHead
    /// Where it goes when AsyncHTTPClient is not needed for it.
    let address: PlainAddress?

    /// - Throws: when no request can be made of the address.
    package init(url: String, headers: HTTPHeaders) throws {
        request = try HTTPClient.Request(url: url, method: .POST, headers: headers)
        // What must not be written comes to AsyncHTTPClient, which refuses it.
        address = Self.canBeWritten(headers) ? PlainAddress(request) : nil
        var headers = headers
        headers.add(name: "Host", value: request.port == 80 ? request.host : "\(request.host):\(request.port)")
        head = HTTPRequestHead(version: .http1_1, method: .POST, uri: Self.target(of: url), headers: headers)
    }

    /// The path and the query as they stand in the URL.
    private static func target(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "/" }
        let rest = url[scheme.upperBound...].prefix { $0 != "#" }
        guard let path = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
        return rest[path] == "/" ? String(rest[path...]) : "/\(rest[path...])"
    }

    private static func canBeWritten(_ headers: HTTPHeaders) -> Bool {
        headers.allSatisfy { name, value in
            !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
                && value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
        }
    }

    func plain(_ body: [ByteBuffer], length: Int, closes: Bool) -> PlainRequest {
        var head = head
        head.headers.add(name: "Content-Length", value: String(length))
        if closes { head.headers.add(name: "Connection", value: "close") }
        return PlainRequest(head: head, body: body)
    }

    func full(_ body: [ByteBuffer], length: Int, closes: Bool) -> HTTPClient.Request {
        var request = request
        if closes { request.headers.add(name: "Connection", value: "close") }
        request.body = .slices(body, length: length)
        return request
    }
}
