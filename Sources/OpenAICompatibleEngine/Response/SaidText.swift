/// The answer so far as a few numbers, to know it again when an engine tells it once more at its end.
struct SaidText: Sendable {
    /// Of the text as it stood in the chunks, in bytes.
    private var count = 0
    private var pieces = 0
    /// Of its beginning.
    private var hash = FNV1a()

    var isEmpty: Bool { count == 0 }

    /// Shorter texts come twice in ordinary answers.
    private static let echoMin = 16
    /// So many bytes tell one answer from another of the same length.
    private static let hashedMax = 64

    mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        if count < Self.hashedMax { hash.add(text.prefix(Self.hashedMax - count)) }
        count += text.count
        pieces += 1
    }

    /// Whether a text is all that was said, in one piece.
    func isEcho(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.count == count && count >= Self.echoMin && pieces > 1
            && FNV1a(text.prefix(Self.hashedMax)) == hash
    }
}
