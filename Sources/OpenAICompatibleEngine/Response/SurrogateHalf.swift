import ResponsesAPI

/// The first half of a character whose second half comes with the next piece.
///
/// Engines that cut a text into tokens and escape every character beyond ASCII write `\ud83d` into one chunk and `\ude42`
/// into the next. Alone, neither is a character.
struct SurrogateHalf: Sendable {
    /// The digits of the half that waits, as they were written.
    private var digits: (UInt8, UInt8, UInt8, UInt8)?

    var isEmpty: Bool { digits == nil }

    /// What can be read now: the half that waited, and the piece without the half that it may end in; nil when that is the piece
    /// as it is. Hot path: most pieces have no escape at their end.
    mutating func joined(_ text: UnsafeBufferPointer<UInt8>, isCanonical: Bool) -> [UInt8]? {
        if digits == nil, isCanonical || !Self.endsInHalf(text) { return nil }
        var joined: [UInt8] = []
        if let digits {
            joined.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "u"), digits.0, digits.1, digits.2, digits.3])
            self.digits = nil
        }
        joined.append(contentsOf: text)
        let isHalf = joined.withUnsafeBufferPointer { Self.endsInHalf($0) }
        guard isHalf else { return joined }
        let last = joined.suffix(4)
        digits = (last[last.startIndex], last[last.startIndex + 1], last[last.startIndex + 2], last[last.startIndex + 3])
        joined.removeLast(6)
        return joined
    }

    /// The other half never came.
    ///
    /// - Returns: whether there was one, for which U+FFFD stands.
    mutating func end() -> Bool { digits.take() != nil }

    private static func endsInHalf(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = text.count - 6
        guard start >= 0, text[start] == UInt8(ascii: "\\"), text[start + 1] == UInt8(ascii: "u"),
            text[start + 2] | 0x20 == UInt8(ascii: "d"), let digit = JSONEscapes.hexValue(text[start + 3]), (8...11).contains(digit)
        else { return false }
        // A backslash that is itself escaped begins nothing.
        var backslashes = 0
        while start - backslashes > 0, text[start - backslashes - 1] == UInt8(ascii: "\\") { backslashes += 1 }
        return backslashes.isMultiple(of: 2)
    }
}
