/// The answer so far as a few numbers, to know it again when an engine tells it once more at its end.
struct SaidText: Sendable {
    /// Of the text as it stood in the chunks, in bytes.
    private var count = 0
    private var pieces = 0
    /// Of its beginning.
    private var hash = Self.basis

    var isEmpty: Bool { count == 0 }

    /// Shorter texts come twice in ordinary answers.
    private static let echoMin = 16
    /// So many bytes tell one answer from another of the same length.
    private static let hashedMax = 64
    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        if count < Self.hashedMax { hash = Self.hash(text.prefix(Self.hashedMax - count), from: hash) }
        count += text.count
        pieces += 1
    }

    /// Whether a text is all that was said, in one piece.
    func isEcho(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.count == count && count >= Self.echoMin && pieces > 1
            && Self.hash(text.prefix(Self.hashedMax), from: Self.basis) == hash
    }

    /// FNV-1a.
    private static func hash(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, from basis: UInt64) -> UInt64 {
        var hash = basis
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
    }
}
