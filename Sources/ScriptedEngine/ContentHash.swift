/// A running 64-bit hash over what a conversation says, the same on every machine and in every run.
///
/// Swift's own hashes have another seed in each process; answers and call ids made of this one can be written into
/// tests. Not cryptographic: two conversations that collide get a wrong count of cached tokens, nothing else.
struct ContentHash: Hashable, Sendable {
    private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func combine(_ word: UInt64) { value = Self.mix(value, word) }

    private static func mix(_ value: UInt64, _ word: UInt64) -> UInt64 {
        let product = (value ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return (product.high ^ product.low) &+ 0xA076_1D64_78BD_642F
    }

    /// The length goes first, so that "ab" + "c" and "a" + "bc" differ.
    mutating func combine(_ bytes: UnsafeRawBufferPointer) {
        combine(UInt64(bytes.count))
        func word(at offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        var index = 0
        // Tools and prompts are long: four words at a time, as one multiplication need not wait for the one before.
        if bytes.count >= 64 {
            var lanes = (value, value &+ 1, value &+ 2, value &+ 3)
            while index + 32 <= bytes.count {
                lanes.0 = Self.mix(lanes.0, word(at: index))
                lanes.1 = Self.mix(lanes.1, word(at: index + 8))
                lanes.2 = Self.mix(lanes.2, word(at: index + 16))
                lanes.3 = Self.mix(lanes.3, word(at: index + 24))
                index += 32
            }
            value = Self.mix(Self.mix(lanes.0, lanes.1), Self.mix(lanes.2, lanes.3))
        }
        while index + 8 <= bytes.count {
            combine(word(at: index))
            index += 8
        }
        guard index < bytes.count else { return }
        var last: UInt64 = 0
        for offset in index..<bytes.count { last = last << 8 | UInt64(bytes[offset]) }
        combine(last)
    }

    mutating func combine(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { combine($0) }
    }

    mutating func combine(_ string: String) {
        var string = string
        string.withUTF8 { combine(UnsafeRawBufferPointer($0)) }
    }

    func combined(with word: UInt64) -> ContentHash {
        var hash = self
        hash.combine(word)
        return hash
    }

    /// The low half in eight hexadecimal digits, for people.
    var short: String { Self.hex(value & 0xFFFF_FFFF, digits: 8) }
    /// All of it in sixteen hexadecimal digits.
    var hex: String { Self.hex(value, digits: 16) }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
