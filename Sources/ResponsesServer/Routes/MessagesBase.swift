import Hummingbird
import ResponsesAPI

/// Clients of the Messages API put `/v1/messages` behind their base URL themselves: one that ends in `/v1` leads to `/v1/v1/messages`.
enum MessagesBase {
    @Sendable
    static func refuse(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        throw APIError.baseHasVersion(adding: "/v1/messages")
    }
}

extension APIError {
    /// Of a client whose base URL ends in `/v1` though it should not.
    static func baseHasVersion(adding path: StaticString) -> APIError {
        APIError(
            status: 404, type: "invalid_request_error", code: "unknown_url",
            message: "This client's base URL ends in /v1, and it adds \(path) itself. Give it the server's address without /v1, "
                + "such as http://127.0.0.1:8484.")
    }
}
