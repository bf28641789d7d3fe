import ResponsesAPI

/// Why a connection could not be opened.
enum ConnectFailure: Error, Sendable, Equatable {
    /// The server answered the upgrade with another status than 101.
    case refusedUpgrade(status: Int, error: APIError?, retryAfterSeconds: Int?)
    /// TCP: nothing listens, no route, no such host. The reason is for people.
    case unreachable(reason: String)
    case timedOut
    /// The connection was made and ended before the server answered: it may be shutting down.
    case dropped
    case tls(reason: String)
    /// The server, or a proxy before it, answers the upgrade with what the standard does not allow.
    case brokenUpgrade(reason: String)
}
