import ResponsesAPI

/// How a response finished: what the chain, the store and a JSON answer need.
package struct AssembledResponse: Sendable {
    /// `completed`, `incomplete` or `failed`.
    package var type: EventType
    package var output: [RawJSON]
    package var usage: Usage?
    package var error: APIError?
    /// Where the response object stands in the event buffer.
    package var object: Range<Int>
}

extension AssembledResponse {
    /// The response's status, as the object says it.
    var status: StaticString {
        switch type {
        case .completed: "completed"
        case .incomplete: "incomplete"
        default: "failed"
        }
    }
}
