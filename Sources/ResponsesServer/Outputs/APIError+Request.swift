import ResponsesAPI

extension APIError {
    /// Read by nobody; status and text are those that proxies use for it.
    static let clientGone = APIError(
        status: 499, type: "invalid_request_error", code: nil, message: "The client closed the request.")
}
