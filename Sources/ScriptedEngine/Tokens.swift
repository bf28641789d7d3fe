import ResponsesAPI

/// What the scripted model calls a token: up to four bytes of UTF-8, never a part of a character.
///
/// Four bytes is about what a token of a real model has in English. Text in is counted by dividing, text out is cut
/// into such pieces, so that an answer that comes back as input weighs what it weighed on its way out (exactly so in
/// ASCII; text in other scripts is cut a little finer than it is counted).
enum Tokens {
    static var bytesPerToken: Int { 4 }
    /// An image or file, whatever its size, as its text is not read.
    static var perAttachment: Int { 256 }

    static func count(utf8Bytes: Int) -> Int { (utf8Bytes + bytesPerToken - 1) / bytesPerToken }

    /// The tokens of a text or of raw JSON; 0 for nothing.
    static func count(_ text: JSONText?) -> Int { text.map { count(utf8Bytes: utf8Bytes(of: $0)) } ?? 0 }

    /// How many bytes of UTF-8 a text has without its escapes.
    static func utf8Bytes(of text: JSONText) -> Int {
        text.escaped.withUnsafeBufferPointer { escaped in
            var saved = 0
            var index = 0
            while index < escaped.count {
                guard escaped[index] == UInt8(ascii: "\\"), index + 1 < escaped.count else {
                    index += 1
                    continue
                }
                let length = escapeLength(escaped[index + 1])
                saved += length - 1
                index += length
            }
            return escaped.count - saved
        }
    }

    /// Where the token that begins at `start` ends.
    ///
    /// - Parameter escaped: text in canonical escapes, each of which stands for one byte.
    static func end(of start: Int, in escaped: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start
        var bytes = 0
        while index < escaped.count {
            let first = escaped[index]
            let length: Int
            let weight: Int
            if first == UInt8(ascii: "\\"), index + 1 < escaped.count {
                length = escapeLength(escaped[index + 1])
                weight = 1
            } else {
                length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
                weight = length
            }
            if bytes + weight > bytesPerToken { break }
            bytes += weight
            index = min(index + length, escaped.count)
        }
        return index
    }

    /// Canonical text has `\u00XX` for rare control characters and two bytes for all else (RFC 8259 section 7).
    private static func escapeLength(_ letter: UInt8) -> Int { letter == UInt8(ascii: "u") ? 6 : 2 }

    /// A text of exactly this many tokens.
    static func filler(tokens: Int) -> JSONText {
        let words = ["The ", "sea ", "was ", "far ", "out ", "and ", "the ", "sky ", "lay ", "low ", "all ", "day "]
        let bytes = words.map { Array($0.utf8) }
        var text: [UInt8] = []
        text.reserveCapacity(tokens * bytesPerToken)
        for index in 0..<tokens { text.append(contentsOf: bytes[index % bytes.count]) }
        // The last word ends in a full stop and not in a space, which some clients would trim.
        if !text.isEmpty { text[text.count - 1] = UInt8(ascii: ".") }
        return JSONText(escapedSlice: text[...])
    }
}
