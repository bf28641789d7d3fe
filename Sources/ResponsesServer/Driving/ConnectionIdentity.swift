import ResponsesAPI

/// Whose a connection is, and by which id its client can ask about it.
struct ConnectionIdentity: Sendable {
    var owner: Owner
    /// The `x-request-id` of the request, or of the handshake that opened the socket.
    var requestID: String
}
