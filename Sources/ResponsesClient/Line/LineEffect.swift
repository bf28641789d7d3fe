import ResponsesAPI

/// What the line's state wants done.
enum LineEffect: Sendable {
    case connect(ConnectionNumber)
    /// Sends one text message.
    case send(ConnectionNumber, [UInt8])
    case close(ConnectionNumber, code: UInt16, reason: String)
    /// `POST /responses`, streamed.
    case post(TurnNumber, [UInt8])
    case abortPost(TurnNumber)
    /// The turn was sent so; told before its first event.
    case sent(TurnNumber, Delivery)
    case deliver(TurnNumber, ServerEvent)
    /// The turn's end; nothing follows.
    case finish(TurnNumber, TurnEnd)
}

/// How a turn ended.
enum TurnEnd: Sendable {
    /// `response.completed` or `response.incomplete`.
    case ended(ResponseObject)
    /// An `error` frame, a failed response, an HTTP error.
    case failed(APIError)
    /// The line failed, not the model.
    case broken(ClientError)
    /// A warmup where none can be: HTTP endpoints know no `generate` (WebSocket guide, 4.1).
    case cannotWarmUp
}

/// Why a connection did not come to be.
enum ConnectFailure: Error, Sendable, Equatable {
    /// The server answered the upgrade with another status than 101.
    case refusedUpgrade(status: Int, error: APIError?, retryAfterSeconds: Int?)
    /// TCP: nothing listens, no route, no such host. The reason is for people.
    case unreachable(reason: String)
    case timedOut
    /// The connection was made and ended before the server answered: it may be going down.
    case dropped
    case tls(reason: String)
    /// The server, or a proxy before it, answers the upgrade with what the standard does not allow.
    case brokenUpgrade(reason: String)
}

/// How an HTTP exchange ended.
enum ExchangeEnd: Sendable, Equatable {
    /// The stream ended after its last event.
    case finished
    case refused(APIError)
    /// The server could not be reached: nothing was sent.
    case unreachable(reason: String)
    /// The connection broke.
    case broken(reason: String)
    /// What came is not the protocol.
    case garbage(reason: String)
    case timedOut
}
