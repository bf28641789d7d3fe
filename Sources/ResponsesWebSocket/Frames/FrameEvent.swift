/// Which end of the connection we are; it decides who masks (RFC 6455 section 5.1).
package enum WebSocketRole: Sendable {
    /// Receives masked frames and sends plain ones.
    case server
    /// Receives plain frames and sends masked ones.
    case client
}

/// One whole message, its fragments joined.
package enum WebSocketMessage: Equatable, Sendable {
    /// Bytes known to be UTF-8.
    case text([UInt8])
    case binary([UInt8])
}

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

/// The opcodes of RFC 6455 section 5.2; every other number is reserved.
package enum FrameOpcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Control frames have the high bit of the opcode set (RFC 6455 section 5.5).
    package var isControl: Bool { rawValue & 0x8 != 0 }

    /// The most payload bytes of a control frame (RFC 6455 section 5.5).
    package static var controlPayloadMax: Int { 125 }
}
