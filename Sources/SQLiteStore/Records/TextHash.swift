/// A number by which equal texts are found, and damaged ones known; whoever finds one compares the texts.
///
/// The same in every process, as it stands in the file. Texts are found within one owner's only, so who makes others collide
/// slows down nobody else.
enum TextHash {
    static func hash(_ bytes: [UInt8]) -> Int { bytes.withUnsafeBytes { hash($0) } }

    /// The same of two texts, in this order.
    static func hash(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        hash(first) &* 31 &+ hash(second)
    }

    static func hash(_ first: [UInt8], _ second: [UInt8]) -> Int { hash(first) &* 31 &+ hash(second) }

    static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(bytes.count)
        func add(_ word: UInt64) {
            hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        var at = 0
        while at + 8 <= bytes.count {
            add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            at += 8
        }
        var rest: UInt64 = 0
        while at < bytes.count {
            rest = rest << 8 | UInt64(bytes[at])
            at += 1
        }
        add(rest)
        return Int(truncatingIfNeeded: hash)
    }
}
