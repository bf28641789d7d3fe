import ResponsesAPI

extension APIError {
    static let cancelledBeforeBeginning = APIError(
        status: 409, type: "invalid_request_error", code: .responseCancelled,
        message: "The turn was cancelled before it began.")

    static let storeUnreadable = APIError(
        status: 503, type: "server_error", code: .serverError,
        message: "Stored responses cannot be read now. Send the turn again, or send its full input without previous_response_id.")

    static let storeFailed = APIError(
        status: 503, type: "server_error", code: .serverError,
        message: "The response could not be stored. Send the turn again, or send it with 'store': false.")

    static let storeFull = APIError(
        status: 503, type: "server_error", code: .serverError,
        message: "The response could not be stored: its chain is larger than this server's store. Start a new chain with what "
            + "you need of it, or send 'store': false.")
}
