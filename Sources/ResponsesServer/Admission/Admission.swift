import HTTPTypes
import NIOHTTP1
import ResponsesAPI
import ResponsesWebSocket

/// Who may come in, for HTTP and WebSocket alike: key, origin, number of sockets.
struct Admission: Sendable {
    let keys: APIKeys
    let origins: OriginPolicy
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
            let owner = keys.owner(authorization: head.headers.first(name: "authorization"))
        else { return .failure(.refused) }
        return activity.openedSocket(max: connectionsMax) ? .success(owner) : .failure(.full)
    }

    /// Who makes a request.
    ///
    /// - Throws: `APIError`, why it is not let in.
    func owner(_ headers: HTTPFields, host: String?) throws(APIError) -> Owner {
        guard origins.allows(origin: headers[.origin], host: host) else {
            throw APIError(
                status: 403, type: "permission_error", code: "origin_not_allowed",
                message: "This origin is not allowed to use the server. Its operator must allow the origin, or the host name.")
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
}
