import HTTPTypes
import NIOHTTP1
import ResponsesAPI
import ResponsesCore
import ResponsesWebSocket

/// Who may come in, for HTTP and WebSocket alike: key, origin, number of sockets.
struct Admission: Sendable {
    let keys: APIKeys
    let origins: OriginPolicy
    let activity: Activity
    let connectionsMax: Int

    static let socketPaths: Set<String> = ["/v1/responses", "/responses"]

    /// Whether a handshake that is right by RFC 6455 becomes a socket. A socket that is let in is counted.
    func admits(_ head: HTTPRequestHead) -> Bool {
        guard Self.socketPaths.contains(Self.path(of: head.uri)),
            origins.allows(origin: head.headers.first(name: "origin"), host: head.headers.first(name: "host")),
            keys.owner(authorization: head.headers.first(name: "authorization")) != nil
        else { return false }
        return activity.openedSocket(max: connectionsMax)
    }

    private static func path(of uri: String) -> String {
        let path = uri.prefix { $0 != "?" && $0 != "#" }
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : String(path)
    }

    /// Who makes a request, or why it is not let in.
    func owner(_ headers: HTTPFields, host: String?) throws(APIError) -> Owner {
        guard origins.allows(origin: headers[.origin], host: host) else {
            throw APIError(
                status: 403, type: "permission_error", code: "origin_not_allowed",
                message: "This origin may not use the server. Start it with --allow-origin to let a web page in.")
        }
        guard let owner = keys.owner(authorization: headers[.authorization]) else {
            throw APIError(
                status: 401, type: "authentication_error", code: .invalidAPIKey,
                message: headers[.authorization] == nil
                    ? "You didn't provide an API key. Send it as 'Authorization: Bearer KEY'."
                    : "Incorrect API key provided. Check the key this server was started with.")
        }
        return owner
    }

    /// Why a plain `GET` of the socket's path is not answered with a socket.
    func refusal(_ headers: HTTPFields) -> (APIError, HTTPFields) {
        let name = headers[HTTPField.Name(UpgradeGate.refusalHeader) ?? .upgrade]
        let problem = name.flatMap { WebSocketHandshake.Problem(rawValue: $0) } ?? .notWebSocket
        if problem == .refused {
            // Key and origin were checked before this; what is left is the number of sockets.
            return (
                APIError(
                    status: 503, type: "server_error", code: .serverIsOverloaded,
                    message: "This server has as many connections as it takes. Try again later.", retryAfterSeconds: 5), [:]
            )
        }
        var fields = HTTPFields()
        for (name, value) in problem.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let error = APIError(
            status: Int(problem.status.code), type: "invalid_request_error", code: nil, message: problem.message)
        return (error, fields)
    }
}

/// Ids that tie a client's report to the server's log.
enum RequestIDs {
    static func make() -> String { "req_" + String(UInt64.random(in: .min ... .max), radix: 16) }
}
