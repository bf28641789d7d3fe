/// Checks text that arrives in pieces for well-formed UTF-8 (Unicode table 3-7), failing at the first wrong byte.
///
/// Hot path: runs of ASCII are skipped eight bytes at a time.
package struct UTF8Check: Sendable {
    /// How many bytes the character in progress still needs.
    private var left = 0
    /// The range of the next continuation byte; narrower after some lead bytes, so that overlong forms,
    /// surrogates and numbers above U+10FFFF fail early.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    package init() {}

    /// Whether the text may end here.
    package var isComplete: Bool { left == 0 }

    /// Takes the next piece; false when the text cannot be UTF-8 whatever follows.
    package mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        let count = bytes.count
        // Locals, as the optimiser keeps these in registers.
        var left = left, lowest = lowest, highest = highest
        var index = 0
        while index < count {
            if left == 0 {
                while index &+ 8 <= count,
                    base.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index &+= 8
                }
                guard index < count else { break }
                switch base.load(fromByteOffset: index, as: UInt8.self) {
                case 0x00...0x7F: break
                case 0xC2...0xDF: left = 1
                case 0xE0: (left, lowest) = (2, 0xA0)
                case 0xED: (left, highest) = (2, 0x9F)
                case 0xE1...0xEF: left = 2
                case 0xF0: (left, lowest) = (3, 0x90)
                case 0xF1...0xF3: left = 3
                case 0xF4: (left, highest) = (3, 0x8F)
                default: return false
                }
            } else {
                let byte = base.load(fromByteOffset: index, as: UInt8.self)
                guard byte >= lowest, byte <= highest else { return false }
                (lowest, highest) = (0x80, 0xBF)
                left &-= 1
            }
            index &+= 1
        }
        (self.left, self.lowest, self.highest) = (left, lowest, highest)
        return true
    }
}
