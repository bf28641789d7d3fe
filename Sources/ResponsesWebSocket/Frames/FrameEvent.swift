/// What a peer did, as `FrameReader` understood its bytes.
package enum FrameEvent: Equatable, Sendable {
    case message(WebSocketMessage)
    case ping([UInt8])
    case pong([UInt8])
    /// The peer's close frame; without a code when its payload was empty. Nothing follows.
    case close(CloseCode?, reason: String)
    /// The peer broke a rule: the code to close with and a short reason for it. Nothing follows.
    case violation(CloseCode, reason: String)
}
