/// A masking key of RFC 6455 section 5.3, held so that the payload's byte `i` is combined with bits `8 * (i % 4)`.
///
/// The same operation masks and unmasks. The zero key changes nothing: it stands for frames without a mask.
package struct MaskKey: Equatable, Sendable {
    /// The four bytes of the wire, first byte lowest.
    package var bits: UInt32

    package init(bits: UInt32) { self.bits = bits }

    package static let none = MaskKey(bits: 0)

    /// A key that nobody can predict, as RFC 6455 section 5.3 demands of clients.
    package static func random() -> MaskKey {
        MaskKey(bits: UInt32.random(in: 1...UInt32.max))
    }

    /// The key for a piece of payload that begins `offset` bytes after the frame's start.
    package func advanced(by offset: Int) -> MaskKey {
        let shift = UInt32(truncatingIfNeeded: offset & 3) &* 8
        return MaskKey(bits: bits &>> shift | bits &<< (32 &- shift))
    }

    /// Copies `count` bytes and applies the key on the way. True when all results are ASCII, which saves text a second
    /// check. Hot path: 32 bytes at a time. `target` may be `source`.
    @discardableResult
    package func copy(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) -> Bool {
        let word = UInt64(bits).littleEndian | (UInt64(bits) << 32).littleEndian
        let wide = SIMD4<UInt64>(repeating: word)
        var seenWide = SIMD4<UInt64>.zero
        var index = 0
        while index &+ 32 <= count {
            let clear = source.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self) ^ wide
            target.storeBytes(of: clear, toByteOffset: index, as: SIMD4<UInt64>.self)
            seenWide |= clear
            index &+= 32
        }
        var seen = seenWide[0] | seenWide[1] | seenWide[2] | seenWide[3]
        while index &+ 8 <= count {
            let clear = source.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ word
            target.storeBytes(of: clear, toByteOffset: index, as: UInt64.self)
            seen |= clear
            index &+= 8
        }
        while index < count {
            let keyByte = UInt8(truncatingIfNeeded: bits &>> UInt32(truncatingIfNeeded: (index & 3) &* 8))
            let clear = source.load(fromByteOffset: index, as: UInt8.self) ^ keyByte
            target.storeBytes(of: clear, toByteOffset: index, as: UInt8.self)
            seen |= UInt64(clear)
            index &+= 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }
}
