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
        /// A limit that passes.
        case rateLimited
        /// The account of this server at the engine has no money or no quota left: waiting does not help.
        case quotaExceeded
        case overloaded
        /// Nothing responds at the engine's address.
        case unavailable
        case timeout
        /// The stream stopped or spoke nonsense in the middle.
        case interrupted
        /// The engine said that it failed.
        case failed
        /// Nobody wanted the answer any more.
        case cancelled
    }

    public var kind: Kind
    public var message: String
    /// The field of the Responses API at fault.
    public var param: String?
    public var retryAfterSeconds: Int?
    /// The engine's own words for the log: without keys and quotations of the request, at most 512 characters. Nil when it
    /// said nothing. Never sent to clients.
    public var detail: String?
    /// The HTTP status that the engine answered with, for the log; nil when it did not answer, or not by HTTP.
    public var httpStatus: Int?
    /// With `contextLengthExceeded`: by how much, as far as the engine said.
    public var context: ContextOverflow?

    /// - Parameter detail: cleaned by the engine that makes the error, as only it knows its key and what it was sent.
    public init(
        _ kind: Kind, _ message: String, param: String? = nil, retryAfterSeconds: Int? = nil, detail: String? = nil,
        httpStatus: Int? = nil
    ) {
        self.kind = kind
        self.message = message
        self.param = param
        self.retryAfterSeconds = retryAfterSeconds
        self.detail = detail
        self.httpStatus = httpStatus
    }

    /// The error as clients see it (responses-api 13, responses-api 14).
    public var apiError: APIError {
        switch kind {
        case .invalidRequest: .invalidRequest(nil, message, param: param)
        case .contextLengthExceeded: contextError
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
        case .quotaExceeded:
            APIError(status: 429, type: "insufficient_quota", code: .insufficientQuota, message: message)
        }
    }

    private var contextError: APIError {
        var error = APIError.invalidRequest(.contextLengthExceeded, message, param: param ?? "input")
        error.context = context
        return error
    }

    private func server(_ status: Int, _ code: ErrorCode) -> APIError {
        APIError(
            status: status, type: "server_error", code: code, message: message, retryAfterSeconds: retryAfterSeconds)
    }
}
