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
