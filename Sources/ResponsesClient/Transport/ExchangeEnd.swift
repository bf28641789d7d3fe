import ResponsesAPI

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
