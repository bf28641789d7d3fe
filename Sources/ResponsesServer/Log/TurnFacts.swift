import ResponsesAPI

/// What the log says of a finished turn. Numbers and names, nothing of what was said in it.
struct TurnFacts: Sendable, Hashable {
    /// How it ended: the response's status, such as `completed`, `incomplete` (cancelled turns, too) or `failed`; `refused` without a response, `abandoned` by a client that went away.
    var status: String
    /// The error's code, for a turn that failed or was refused; the limit that ended it early.
    var code: String?
    /// The HTTP request's id, which its client has in `x-request-id`; nil on a socket.
    var request: String?
    /// The connection's id, for a turn on a socket.
    var connection: String?
    /// The client's `stream_id`; nil for the lane without a name.
    var lane: String?
    /// The response's id, when one was made.
    var response: String?
    /// `Owner.digest`, nil on a server without keys.
    var owner: String?
    /// The engine's name for people.
    var engine: String?
    /// The model as the client named it.
    var model: String?
    /// From the request to the last event.
    var duration: Duration = .zero
    var inputTokens: Int?
    var cachedTokens: Int?
    var outputTokens: Int?
    /// Bytes of the response's items; 0 when none was made.
    var bytes: Int?

    init(status: String) { self.status = status }
}
