import ResponsesAPI

/// How a response finished: what the chain and the store need, before its last event is written.
package struct AssembledResponse: Sendable {
    /// `completed`, `incomplete` or `failed`.
    package var type: EventName
    package var output: [RawJSON]
    package var usage: Usage?
    package var error: APIError?
    /// The limit of this server that ended it; nil when none did.
    package var limit: ResponseLimit?
    /// Whether its status is `cancelled`, which only a response in the background has.
    package var isCancelled = false
}

extension AssembledResponse {
    /// The response's status, as the object says it.
    var status: StaticString {
        if isCancelled { return "cancelled" }
        return switch type {
        case .completed: "completed"
        case .incomplete: "incomplete"
        default: "failed"
        }
    }
}
