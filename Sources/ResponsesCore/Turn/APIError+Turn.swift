import ResponsesAPI
import ResponsesStore

extension APIError {
    static let cancelledBeforeBeginning = APIError(
        status: 409, type: "invalid_request_error", code: .responseCancelled,
        message: "The turn was cancelled before it began.")

    static let storeUnreadable = APIError(
        status: 503, type: "server_error", code: .serverError,
        message: "Stored responses cannot be read now. Send the turn again, or send its full input without previous_response_id.",
        retryAfterSeconds: 1)

    static let storeFailed = APIError(
        status: 503, type: "server_error", code: .serverError,
        message: "The response could not be stored. Send the turn again, or send it with 'store': false.")

    static let storeFull = APIError(
        status: 503, type: "server_error", code: .serverError,
        message: "The response could not be stored, as the store has no room for it, or for its chain. Start a new chain with what you "
            + "need of it, delete what you do not, or send 'store': false.")

    /// Of a response that nobody listens to: who asks for it hears that later, perhaps of another process.
    ///
    /// Nothing is wrong within the server, so it is no 500, which the operator's log would have.
    package static let interrupted = APIError(
        status: 503, type: "server_error", code: .serverError,
        message: "The response was interrupted: the server ended while it ran, or could not store its end. Create it again.")

    static func conversationNotFound(_ id: ConversationID?) -> APIError {
        APIError(
            status: 404, type: "invalid_request_error", code: nil,
            message: "Conversation with id '\((id?.rawValue ?? "").prefix(128))' not found.", param: "conversation")
    }

    /// One turn at a time (responses-api 13).
    static let conversationBusy = APIError(
        status: 409, type: "conflict_error", code: "conversation_locked",
        message: "Another turn runs in this conversation. Send the turn again when that has ended.", param: "conversation",
        retryAfterSeconds: 1)

    /// A compaction is not stored, and what runs in the background is.
    static let compactsInBackground = invalidRequest(
        .unsupportedValue, "A 'compaction_trigger' does not run in the background. Leave 'background' out.", param: "background")

    /// The list of a conversation keeps every item.
    static let compactsConversation = invalidRequest(
        .unsupportedValue,
        "A conversation is not compacted by a 'compaction_trigger'. Give 'context_management', or continue with 'previous_response_id'.",
        param: "input")
}
