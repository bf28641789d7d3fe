/// One whole message, its fragments joined.
package enum WebSocketMessage: Equatable, Sendable {
    /// Bytes known to be UTF-8.
    case text([UInt8])
    case binary([UInt8])
}
