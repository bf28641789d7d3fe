import NIOCore

/// Writes frames into a buffer: RFC 6455 section 5.2, lengths in their shortest form, no extension bits.
///
/// Hot path: a batch of events that lie back to back becomes frames with one reservation and one copy.
package enum FrameWriter {
    /// The bytes of a frame's header for a payload of `length` bytes.
    package static func headerLength(payload length: Int, isMasked: Bool) -> Int {
        (length <= 125 ? 2 : length <= 0xFFFF ? 4 : 10) + (isMasked ? 4 : 0)
    }

    /// Writes one frame. `key` nil leaves it unmasked, as a server must; a client passes a fresh random key each time.
    package static func write(
        _ opcode: FrameOpcode, _ payload: UnsafeRawBufferPointer, isFinal: Bool = true, key: MaskKey? = nil,
        into buffer: inout ByteBuffer
    ) {
        precondition(
            !opcode.isControl || (isFinal && payload.count <= FrameOpcode.controlPayloadMax),
            "A control frame has at most 125 bytes and is never fragmented.")
        let length = headerLength(payload: payload.count, isMasked: key != nil) + payload.count
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            // Never empty: a header has at least two bytes.
            let base = target.baseAddress!
            let start = writeHeader(
                (isFinal ? 0x80 : 0) | opcode.rawValue, payload: payload.count, key: key, to: base)
            if let source = payload.baseAddress {
                if let key {
                    key.copy(from: source, to: base + start, count: payload.count)
                } else {
                    (base + start).copyMemory(from: source, byteCount: payload.count)
                }
            }
            return length
        }
    }

    /// Writes unmasked text frames for messages that lie back to back in `bytes`.
    ///
    /// `ends[i]` is the offset after message `i`. The ends rise and the last is `bytes.count`; anything else traps. The
    /// bytes must be UTF-8, which is not checked here.
    package static func writeTextFrames(_ bytes: UnsafeRawBufferPointer, ends: [Int], into buffer: inout ByteBuffer) {
        guard !ends.isEmpty else {
            precondition(bytes.isEmpty, "The bytes after the last end belong to no message.")
            return
        }
        precondition(ends.last == bytes.count, "The last message must end where the bytes end.")
        // Ten bytes a header is more than most need; the difference is memory of one tick.
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count + 10 * ends.count) { target in
            let base = target.baseAddress!
            var start = 0
            var position = 0
            for end in ends {
                precondition(end >= start, "The ends of messages must rise.")
                let length = end &- start
                position &+= writeHeader(0x80 | FrameOpcode.text.rawValue, payload: length, key: nil, to: base + position)
                if length > 0 {
                    // Within the bytes: the ends rise up to their count.
                    (base + position).copyMemory(from: bytes.baseAddress! + start, byteCount: length)
                }
                position &+= length
                start = end
            }
            return position
        }
    }

    /// Writes a close frame; without a code its payload is empty. A reason above 123 bytes is cut between characters.
    package static func writeClose(
        _ code: CloseCode?, reason: String = "", key: MaskKey? = nil, into buffer: inout ByteBuffer
    ) {
        var payload: [UInt8] = []
        if let code {
            precondition(code.isAllowedInFrame, "Close code \(code) must not be sent.")
            payload = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)]
            for scalar in reason.unicodeScalars {
                let bytes = UTF8.encode(scalar)!  // every scalar has an encoding
                guard payload.count + bytes.count <= FrameOpcode.controlPayloadMax else { break }
                payload.append(contentsOf: bytes)
            }
        }
        payload.withUnsafeBytes { write(.close, $0, key: key, into: &buffer) }
    }

    /// Writes a header to `target`, which has room for it, and returns its length.
    @inline(__always)
    private static func writeHeader(
        _ first: UInt8, payload length: Int, key: MaskKey?, to target: UnsafeMutableRawPointer
    ) -> Int {
        let maskBit: UInt8 = key == nil ? 0 : 0x80
        target.storeBytes(of: first, as: UInt8.self)
        var count: Int
        if length <= 125 {
            target.storeBytes(of: maskBit | UInt8(length), toByteOffset: 1, as: UInt8.self)
            count = 2
        } else if length <= 0xFFFF {
            target.storeBytes(of: maskBit | 126, toByteOffset: 1, as: UInt8.self)
            target.storeBytes(of: UInt16(length).bigEndian, toByteOffset: 2, as: UInt16.self)
            count = 4
        } else {
            target.storeBytes(of: maskBit | 127, toByteOffset: 1, as: UInt8.self)
            target.storeBytes(of: UInt64(length).bigEndian, toByteOffset: 2, as: UInt64.self)
            count = 10
        }
        if let key {
            target.storeBytes(of: key.bits.littleEndian, toByteOffset: count, as: UInt32.self)
            count += 4
        }
        return count
    }
}
