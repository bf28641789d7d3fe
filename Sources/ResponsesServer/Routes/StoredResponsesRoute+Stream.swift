import Hummingbird
import ResponsesAPI

extension StoredResponsesRoute {
    /// The events of a response behind the last one that its client has.
    func stream(
        _ id: ResponseID, _ query: RetrieveQuery, _ context: HotlineRequestContext, _ memory: HeldMemory
    ) async throws -> Response {
        throw APIError.invalidRequest(
            .unsupportedValue, "Events of stored responses cannot be streamed. Leave 'stream' out.", param: "stream")
    }
}
