import LibC
import ResponsesAPI

/// The bytes around the text of the last chunk that brought text and nothing else.
///
/// The chunks of a stream differ in their text, as a rule, and in nothing else. One that has the same bytes as the last
/// before its text, and the same after it, says the same but for that text: it need not be read again. That is exact, not a
/// guess: reading is a function of the bytes, so equal bytes around two strings mean equal things.
struct ChunkShape: Sendable {
    /// What a chunk's text is, and where it stands: between its quotes.
    struct Text: Sendable {
        enum Kind: Sendable { case answer, reasoning }

        var kind: Kind
        var range: Range<Int>
    }

    /// Longer chunks than an engine's frame around a token are not kept.
    private static let bytesMax = 4096

    private var chunk: [UInt8] = []
    private var text: Text?

    /// Remembers a chunk that brought `text` and nothing else.
    mutating func learn(_ chunk: UnsafeBufferPointer<UInt8>, _ text: Text) {
        guard chunk.count <= Self.bytesMax else {
            self.text = nil
            return
        }
        self.chunk.removeAll(keepingCapacity: true)
        self.chunk.append(contentsOf: chunk)
        self.text = text
    }

    /// The text of a chunk of the same shape, when it has one; its range is of `chunk`.
    func text(of chunk: UnsafeBufferPointer<UInt8>) -> (kind: Text.Kind, span: JSONScanner.StringSpan)? {
        guard let text, let start = chunk.baseAddress else { return nil }
        let (before, after) = (text.range.lowerBound, self.chunk.count - text.range.upperBound)
        let end = chunk.count - after
        guard end > before else { return nil }
        let isSame = self.chunk.withUnsafeBufferPointer { known in
            guard let known = known.baseAddress else { return false }
            return memcmp(start, known, before) == 0 && memcmp(start + end, known + text.range.upperBound, after) == 0
        }
        guard isSame else { return nil }
        // From the quote on, which is the last byte before the text: is this one string, up to where the rest begins?
        var scanner = JSONScanner(UnsafeBufferPointer(rebasing: chunk[(before - 1)...]))
        guard var span = try? scanner.scanString(), span.range.upperBound + before - 1 == end else { return nil }
        span.range = before..<end
        return (text.kind, span)
    }
}
