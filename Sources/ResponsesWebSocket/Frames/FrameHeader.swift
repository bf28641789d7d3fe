/// The head of one frame, as RFC 6455 section 5.2 lays it out: what every frame says before its payload.
package struct FrameHeader: Equatable, Sendable {
    package var isFinal: Bool
    package var opcode: FrameOpcode
    package var key: MaskKey
    package var payloadLength: Int

    /// The longest header: two bytes, eight of length, four of key.
    package static var bytesMax: Int { 14 }

    enum Reading: Equatable {
        /// Not all bytes of the header are there.
        case incomplete
        case header(FrameHeader, length: Int)
        /// A rule that the header alone breaks, whatever came before it; always 1002.
        case violation(String)
    }

    /// Reads a header from the start of `bytes`, for an endpoint of the given role.
    ///
    /// The rules are checked in the order of the bytes, so the verdict does not depend on how many arrived at once.
    @inline(__always)
    static func read(_ bytes: UnsafeRawBufferPointer, role: WebSocketRole) -> Reading {
        guard bytes.count >= 2 else { return .incomplete }
        let first = bytes[0], second = bytes[1]
        // Only an extension could give these bits a meaning, and none is ever agreed on.
        guard first & 0x70 == 0 else { return .violation("reserved bits are set") }
        guard let opcode = FrameOpcode(rawValue: first & 0x0F) else { return .violation("reserved opcode") }
        let isFinal = first & 0x80 != 0
        let isMasked = second & 0x80 != 0
        guard isMasked == (role == .server) else {
            return .violation(isMasked ? "frames of a server must not be masked" : "frames of a client must be masked")
        }
        var length = Int(second & 0x7F)
        if opcode.isControl {
            guard isFinal else { return .violation("fragmented control frame") }
            guard length <= FrameOpcode.controlPayloadMax else { return .violation("control frame above 125 bytes") }
            guard opcode != .close || length != 1 else { return .violation("close frame with half a code") }
        }
        var headerLength = 2
        if length == 126 {
            guard bytes.count >= 4 else { return .incomplete }
            length = Int(bytes[2]) << 8 | Int(bytes[3])
            guard length > 125 else { return .violation("length not in its shortest form") }
            headerLength = 4
        } else if length == 127 {
            guard bytes.count >= 10 else { return .incomplete }
            let wide = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            guard wide >> 63 == 0 else { return .violation("length with its top bit set") }
            guard wide > 0xFFFF else { return .violation("length not in its shortest form") }
            // 64-bit platforms only (Package.swift), where 63 bits fit.
            length = Int(wide)
            headerLength = 10
        }
        var key = MaskKey.none
        if isMasked {
            guard bytes.count >= headerLength + 4 else { return .incomplete }
            key.bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: headerLength, as: UInt32.self))
            headerLength += 4
        }
        return .header(
            FrameHeader(isFinal: isFinal, opcode: opcode, key: key, payloadLength: length), length: headerLength)
    }
}
