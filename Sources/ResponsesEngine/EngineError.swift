import ResponsesAPI

/// Why an engine did not do what was asked. It ends a turn, never a connection.
///
/// `message` goes to clients: what happened and what to do, without addresses, keys or texts of the conversation.
public struct EngineError: Error, Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// The request itself: it will fail again unchanged.
        case invalidRequest
        case contextLengthExceeded
        case modelNotFound
        /// The engine refused this server's own key.
        case unauthorized
        case rateLimited
        case overloaded
        /// Nothing answers at the engine's address.
        case unavailable
        case timeout
        /// The stream stopped or spoke nonsense in the middle.
        case interrupted
        /// The engine said that it failed.
        case failed
        /// Nobody listened any more.
        case cancelled
    }

    public var kind: Kind
    public var message: String
    /// The field of our API at fault.
    public var param: String?
    public var retryAfterSeconds: Int?

    public init(_ kind: Kind, _ message: String, param: String? = nil, retryAfterSeconds: Int? = nil) {
        self.kind = kind
        self.message = message
        self.param = param
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The error as clients see it (Responses API, sections 13 and 14).
    public var apiError: APIError {
        switch kind {
        case .invalidRequest: .invalidRequest(nil, message, param: param)
        case .contextLengthExceeded: .invalidRequest(.contextLengthExceeded, message, param: param ?? "input")
        case .modelNotFound:
            APIError(status: 404, type: "invalid_request_error", code: .modelNotFound, message: message, param: "model")
        case .unauthorized, .unavailable: server(502, .engineUnavailable)
        case .interrupted, .failed, .cancelled: server(502, .serverError)
        case .timeout: server(504, .engineTimeout)
        case .overloaded: server(503, .serverIsOverloaded)
        case .rateLimited:
            APIError(
                status: 429, type: "rate_limit_error", code: .rateLimitExceeded, message: message,
                retryAfterSeconds: retryAfterSeconds)
        }
    }

    private func server(_ status: Int, _ code: ErrorCode) -> APIError {
        APIError(
            status: status, type: "server_error", code: code, message: message, retryAfterSeconds: retryAfterSeconds)
    }
}
