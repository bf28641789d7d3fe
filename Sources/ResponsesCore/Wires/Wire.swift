import ResponsesAPI

/// A wire beside Responses, whose clients send the whole conversation with each request: how its requests are read and its errors said.
/// How its turns are written comes with each request, as a `WireFormat`.
package protocol Wire: Sendable {
    /// Reads the body of a request for a turn.
    ///
    /// - Throws: `APIError` with the field's path in the wire's own names.
    func request(reading body: [UInt8], _ reading: WireReading) throws(APIError) -> WireRequest

    /// An error as the answer's status, its headers beyond those of every answer, and its body.
    func answer(to error: APIError, requestID: String) -> WireError

    /// How records of its streams are framed.
    var framing: StreamFraming { get }

    /// The header field, beside `x-request-id`, by which its clients know an answer; nil for none.
    var requestIDField: String? { get }
}

extension Wire {
    package var requestIDField: String? { nil }
}
