import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Where requests without TLS go: a host and a port.
struct PlainAddress: Sendable {
    let host: String
    let port: Int
    /// The host's address, when it is not a name.
    let socketAddress: SocketAddress?

    /// - Returns: nil when the request needs TLS, or something else that AsyncHTTPClient must look after.
    init?(_ request: HTTPClient.Request) {
        guard request.scheme == "http", !request.host.isEmpty else { return nil }
        port = request.port
        host = request.host.hasPrefix("[") ? String(request.host.dropFirst().dropLast()) : request.host
        socketAddress = try? SocketAddress(ipAddress: host, port: port)
    }
}
