import ResponsesAPI

/// How a response ended, as a voice is told of it.
package struct VoicedEnd: Sendable {
    package enum Reason: Sendable {
        /// The model came to its end, with or without calls.
        case stop
        /// The answer held this stop string of the request, which is not part of it.
        case stopString(String)
        /// At the request's limit, the context's, or one of this server.
        case length
        case contentFilter
        /// By its client, who is told so where the wire can.
        case cancelled
        case failed(APIError)
    }

    package var reason: Reason
    /// The items as Responses has them.
    package var output: [RawJSON]
    /// Nil where the engine told none before it failed.
    package var usage: Usage?
}
