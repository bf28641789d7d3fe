import HTTPTypes
import NIOHTTP1
import ResponsesAPI
import ResponsesWebSocket

/// Who may come in, for HTTP and WebSocket alike: key, origin, number of sockets.
struct Admission: Sendable {
    let keys: APIKeys
    let origins: OriginPolicy
    let settingNames: (allowedOrigins: String, allowedHosts: String, keys: String)
    let activity: Activity
    let connectionsMax: Int

    /// Whether a handshake that is right by RFC 6455 becomes a socket, and whose. A socket that is let in is counted.
    ///
    /// A request that is not let in continues as an ordinary one, whose answer says why.
    func admit(_ head: HTTPRequestHead, at paths: SocketPaths) -> Result<Owner, WebSocketHandshake.Problem> {
        let target = RequestTarget(head.uri)
        guard let host = target?.authority ?? head.headers.first(name: "host"), HostField.isValid(host) else {
            return .failure(.host)
        }
        guard let target, paths.path(of: target.path) != nil,
            origins.allows(origin: head.headers.first(name: "origin"), host: host),
            let owner = keys.owner(
                authorization: head.headers.first(name: "authorization"),
                bare: head.headers.first(name: "api-key") ?? head.headers.first(name: "x-api-key"))
        else { return .failure(.refused) }
        return activity.openedSocket(max: connectionsMax) ? .success(owner) : .failure(.full)
    }

    /// Who makes a request.
    ///
    /// - Throws: `APIError`, why it is not let in.
    func owner(_ headers: HTTPFields, host: String?) throws(APIError) -> Owner {
        switch origins.refusal(origin: headers[.origin], host: host) {
        case nil: break
        case .origin:
            throw APIError(
                status: 403, type: "permission_error", code: "origin_not_allowed",
                message: "This origin is not allowed to use the server. Its operator must allow it (\(settingNames.allowedOrigins)).")
        case .host:
            let name = (host ?? "").prefix(255)
            throw APIError(
                status: 403, type: "permission_error", code: "host_not_allowed",
                message: "The Host '\(name)' is no name of this machine, and a server without an API key answers to no other. Its "
                    + "operator must set a key (\(settingNames.keys)), or allow the name (\(settingNames.allowedHosts)).")
        }
        guard let owner = keys.owner(headers) else {
            throw APIError(
                status: 401, type: "authentication_error", code: .invalidAPIKey,
                message: !headers.haveKey
                    ? "You didn't provide an API key. Send it as 'Authorization: Bearer KEY'."
                    : "Incorrect API key provided. Check the key this server was started with.")
        }
        return owner
    }
}

extension APIKeys {
    /// Whose key a request has; nil for none, or one that is unknown.
    func owner(_ headers: HTTPFields) -> Owner? { owner(authorization: headers[.authorization], bare: headers.bareKey) }
}

extension HTTPFields {
    fileprivate var bareKey: String? { self[.apiKey] ?? self[.xAPIKey] }
    fileprivate var haveKey: Bool { self[.authorization] != nil || bareKey != nil }
}

extension HTTPField.Name {
    /// How Azure's clients and Anthropic's send a key.
    fileprivate static let apiKey = HTTPField.Name("api-key")!
    fileprivate static let xAPIKey = HTTPField.Name("x-api-key")!
}
