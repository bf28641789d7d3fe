/// What of an error may be read once the model has written something: the words before anything that may be a quotation.
///
/// What the model wrote is not kept, so that it cannot be searched for. Engines quote it behind a colon, in quotes or in
/// brackets.
enum FirstWords {
    /// Where in `text`, bytes of UTF-8, the words end, and the well-known end of a sentence that follows.
    static func end(in text: [UInt8]) -> (offset: Int, knownEnding: String?) {
        var offset = 0
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            if isEnd(scalar) {
                let end = min(offset, text.count)
                let isColon = scalar == ":"
                return (isApostrophe(scalar) ? wordStart(before: end, in: text) : end, isColon ? knownEnding(in: text.dropFirst(end + 1)) : nil)
            }
            offset += UTF8.width(scalar)
        }
        return (text.count, nil)
    }

    private static func isEnd(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "'", "`", "{", "}", "[", "]", "(", ")", "<", ">", ":", "=", "\\", "\n", "\r", "&", "|", "…", "\u{FF1A}": return true
        default: break
        }
        if scalar.isASCII { return false }
        switch scalar.properties.generalCategory {
        case .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation, .dashPunctuation, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    /// Half of "can't" says the opposite.
    private static func isApostrophe(_ scalar: Unicode.Scalar) -> Bool { scalar == "'" || scalar == "\u{2019}" }

    private static func wordStart(before end: Int, in text: [UInt8]) -> Int {
        var start = end
        while start > 0, text[start - 1] != UInt8(ascii: " ") { start -= 1 }
        return start
    }

    /// Sentences of drivers and systems that no model's output is needed for.
    private static let knownEndings = [
        "out of memory", "device-side assert triggered", "an illegal memory access was encountered", "connection refused",
        "connection reset by peer", "broken pipe", "no space left on device", "context canceled", "deadline exceeded",
    ]

    /// The sentence of the list that comes next, as whole words; the list's own text.
    private static func knownEnding(in text: ArraySlice<UInt8>) -> String? {
        let next = text.drop { $0 == UInt8(ascii: " ") }
        return knownEndings.first { ending in
            let count = ending.utf8.count
            guard next.prefix(count).elementsEqual(ending.utf8, by: { $0 | 0x20 == $1 | 0x20 }) else { return false }
            guard let after = next.dropFirst(count).first else { return true }
            return " .,;)\r\n".utf8.contains(after)
        }
    }
}
