/// An end of the connection; it decides who masks (RFC 6455 section 5.1).
package enum WebSocketRole: Sendable {
    /// Receives masked frames and sends plain ones.
    case server
    /// Receives plain frames and sends masked ones.
    case client
}
