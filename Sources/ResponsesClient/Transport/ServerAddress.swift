#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where a server is: the base URL of its Responses API.
///
///     try ServerAddress("localhost:8484").url(for: "responses")   // http://localhost:8484/v1/responses
///
/// Accepts what people paste: with or without a scheme, `/v1`, a slash at the end or `/responses`; `ws` and `wss` stand for
/// `http` and `https`. A path that is given is kept, as hosted APIs have others than `/v1`; a query is sent with
/// every request, as Azure's `api-version` must be.
package struct ServerAddress: Sendable, Hashable {
    package let isTLS: Bool
    /// A name or an IP address, without brackets.
    package let host: String
    package let port: Int
    /// Begins with a slash and does not end with one.
    private let path: String
    /// With its question mark; may hold a key.
    private let query: String

    /// - Throws: `ClientError` with code `.invalidAddress`, whose text says what is wrong.
    package init(_ text: String) throws(ClientError) {
        let text = text.filter { !$0.isWhitespace }
        guard let parts = URLComponents(string: text.contains("://") ? text : "http://\(text)"),
            let scheme = parts.scheme?.lowercased(), let host = parts.host, !host.isEmpty
        else { throw Self.invalid("it is not a URL") }
        switch scheme {
        case "http", "ws": isTLS = false
        case "https", "wss": isTLS = true
        default: throw Self.invalid("only http, https, ws and wss are supported")
        }
        guard parts.user == nil, parts.password == nil else {
            throw ClientError(
                .invalidAddress, "The address is wrong: it holds a user name or password. Give the key as a setting of its own.")
        }
        let port = parts.port ?? (isTLS ? 443 : 80)
        guard (1...65_535).contains(port) else { throw Self.invalid("its port is not between 1 and 65535") }
        self.host = host.filter { $0 != "[" && $0 != "]" }.lowercased()
        self.port = port
        path = Self.basePath(parts.percentEncodedPath)
        query = parts.percentEncodedQuery.map { "?\($0)" } ?? ""
    }

    private static func basePath(_ path: String) -> String {
        func withoutSlashes(_ path: Substring) -> Substring {
            var path = path
            while path.last == "/" { path.removeLast() }
            return path
        }
        var path = withoutSlashes(path[...])
        for tail in ["/responses", "/models"] where path.hasSuffix(tail) { path = withoutSlashes(path.dropLast(tail.count)) }
        return path.isEmpty ? "/v1" : String(path)
    }

    private static func invalid(_ reason: String) -> ClientError {
        ClientError(.invalidAddress, "The address is wrong: \(reason). Write it like http://127.0.0.1:8484/v1")
    }

    /// The path of the upgrade, with the query.
    package var responsesPath: String { "\(path)/responses\(query)" }

    /// The URL of a resource such as `models`, with the query.
    package func url(for resource: String) -> String { "\(base)/\(resource)\(query)" }

    /// For people: the base URL without its query, which may hold a key.
    package var base: String { "\(isTLS ? "https" : "http")://\(hostHeader)\(path)" }

    /// The value of `Host`: the port is left out where the scheme says it (RFC 9110 section 7.2).
    package var hostHeader: String { port == (isTLS ? 443 : 80) ? bracketedHost : place }

    /// Host and port, for messages.
    package var place: String { "\(bracketedHost):\(port)" }

    private var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

    /// The name for TLS; nil for an IP address, which is never sent as one (RFC 6066 section 3).
    var serverName: String? {
        let isIPv4 = host.split(separator: ".").count == 4 && host.allSatisfy { $0.isNumber || $0 == "." }
        return isIPv4 || host.contains(":") ? nil : host
    }
}
