#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where a server of the Responses API is.
///
///     try ServerAddress("localhost:8484").url("responses")   // http://localhost:8484/v1/responses
///
/// Takes what people paste: with or without `http://`, `ws://` for it, `/v1`, `/responses` or a slash at the end. A path
/// that is there is kept, as some servers have others than `/v1`; so is a query, which some want on every request.
struct ServerAddress: Sendable, Hashable {
    let isTLS: Bool
    let host: String
    let port: Int
    /// The path of the API, without a slash at its end.
    let path: String
    /// With its question mark; empty when there is none.
    let query: String

    /// - Throws: `ClientError` whose message says what is wrong; the address is not quoted, as it may hold a key.
    init(_ text: String) throws(ClientError) {
        let full = text.contains("://") ? text : "http://\(text)"
        guard let parts = URLComponents(string: full), let scheme = parts.scheme?.lowercased(), var host = parts.host, !host.isEmpty
        else { throw Self.problem("it is no URL") }
        switch scheme {
        case "http", "ws": isTLS = false
        case "https", "wss": isTLS = true
        default: throw Self.problem("only http and https are spoken")
        }
        guard parts.user == nil, parts.password == nil else {
            throw Self.problem("it holds a user name; give the key as key")
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.host = host
        port = parts.port ?? (isTLS ? 443 : 80)
        guard (1...65535).contains(port) else { throw Self.problem("its port is none") }
        query = parts.percentEncodedQuery.map { "?\($0)" } ?? ""
        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        if path.hasSuffix("/responses") { path.removeLast("/responses".count) }
        while path.hasSuffix("/") { path.removeLast() }
        self.path = path.isEmpty ? "/v1" : path
    }

    private static func problem(_ reason: String) -> ClientError {
        ClientError(.invalidAddress, "The server's address is wrong: \(reason). Write it like http://127.0.0.1:8484/v1.")
    }

    /// For `Host` and for people: with the port where it is not the scheme's own.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// A path under the API, with the query: what stands in the request line.
    func target(_ resource: String) -> String { "\(path)/\(resource)\(query)" }

    func url(_ resource: String) -> String { "\(isTLS ? "https" : "http")://\(authority)\(target(resource))" }

    /// The host as TLS names it; nil for an address in numbers, which names nobody.
    var serverName: String? {
        let isNumeric = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        return isNumeric ? nil : host
    }
}
