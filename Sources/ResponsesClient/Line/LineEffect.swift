import ResponsesAPI

/// What the line's state wants done.
enum LineEffect: Sendable {
    case connect(ConnectionNumber)
    /// Sends one text message.
    case send(ConnectionNumber, [UInt8])
    case close(ConnectionNumber, code: UInt16, reason: String)
    /// `POST /responses`, streamed.
    case post(TurnNumber, [UInt8])
    case abortPost(TurnNumber)
    /// How the turn was sent; comes before its first event.
    case sent(TurnNumber, Delivery)
    case deliver(TurnNumber, ServerEvent)
    /// The turn's end; nothing follows it.
    case finish(TurnNumber, TurnEnd)
}
