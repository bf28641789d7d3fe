import ResponsesAPI

/// What a writer has to know of its turn beside the request.
package struct BeginningTurn: Sendable {
    package var id: ResponseID
    /// The lane; nil is the default one.
    package var streamID: StreamID?
    /// The model's name as the client said it.
    package var model: String
    /// Unix time in whole seconds.
    package var createdAt: Int
}
