import ResponsesAPI

/// How a turn ended.
enum TurnEnd: Sendable {
    /// `response.completed` or `response.incomplete`.
    case ended(ResponseObject)
    /// An `error` frame, a failed response, an HTTP error.
    case failed(APIError)
    /// The line failed, not the model.
    case broken(ClientError)
    /// A warmup where there cannot be one: HTTP endpoints do not know `generate` (websocket-mode 4.1).
    case cannotWarmUp
}
