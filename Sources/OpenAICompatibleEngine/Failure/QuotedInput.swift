import ResponsesAPI

/// Finds where an engine begins to quote what it was given, or what its model wrote.
///
/// Short texts cannot be found by comparing them with the request: "yes" stands in many sentences. But engines quote in
/// a few ways only: as a value with a name (`input_value=…`, `'input': …`), or as a piece of JSON or of Python.
enum QuotedInput {
    /// Where in `text`, bytes of UTF-8, the quotation begins; nil when there is none.
    ///
    /// - Parameter isJSON: the text is an object of the engine's own. Its braces are not a quotation; those within its
    ///   strings are.
    static func start(in text: [UInt8], isJSON: Bool) -> Int? {
        let plain = Plain(text)
        return plain.marks.indices.first { plain.isQuotation(at: $0, isJSON: isJSON) }.map { plain.marks[$0].offset }
            .map { min($0, plain.phraseEnd ?? $0) } ?? plain.phraseEnd
    }

    /// Names whose values are input.
    private static let names: [[UInt8]] = [
        "input", "input_value", "inputs", "messages", "content", "prompt", "raw", "role", "body", "arguments", "tool_calls",
    ].map { Array($0.utf8) }

    private static let firstLetters = Set(names.map { $0[0] })

    /// What comes behind these is what the model wrote, or a string of the request.
    private static let phrases = ["failed to parse input", "error parsing tool call", "invalid type: string", "invalid value: string"]
        .map { Array($0.utf8) }

    /// The text in lower case, without white space and backslashes, with one kind of quote, and with ASCII in entities and
    /// escapes decoded.
    private struct Plain {
        struct Mark {
            var byte: UInt8
            var offset: Int
            var isEscaped: Bool
        }

        private(set) var marks: [Mark] = []
        private(set) var phraseEnd: Int?

        init(_ text: [UInt8]) {
            marks.reserveCapacity(text.count)
            var (index, isEscaped) = (0, false)
            while index < text.count {
                var (byte, end) = (text[index], index + 1)
                if byte == UInt8(ascii: "&"), let entity = HTMLEntity.read(text, at: index), entity.scalar.isASCII {
                    (byte, end) = (UInt8(entity.scalar.value), entity.end)
                } else if let escape = Self.escape(in: text, at: index) {
                    (byte, end) = escape
                    isEscaped = true
                }
                switch byte {
                case UInt8(ascii: "\\"): isEscaped = true
                case 0...32, 127: isEscaped = false
                default:
                    if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") { byte = UInt8(ascii: "\"") }
                    if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { byte |= 0x20 }
                    marks.append(Mark(byte: byte, offset: index, isEscaped: isEscaped))
                    isEscaped = false
                }
                index = end
            }
            phraseEnd = QuotedInput.phrases.compactMap { Self.end(of: $0, in: text) }.min()
        }

        /// `\u0022` and `%22`.
        private static func escape(in text: [UInt8], at index: Int) -> (byte: UInt8, end: Int)? {
            var digits = index + 1
            if text[index...].starts(with: #"\u00"#.utf8) { digits = index + 4 } else if text[index] != UInt8(ascii: "%") { return nil }
            guard digits + 2 <= text.count, let high = JSONEscapes.hexValue(text[digits]), let low = JSONEscapes.hexValue(text[digits + 1])
            else { return nil }
            let byte = UInt8(high << 4 | low)
            return byte < 0x80 ? (byte, digits + 2) : nil
        }

        private static func end(of phrase: [UInt8], in text: [UInt8]) -> Int? {
            guard text.count > phrase.count else { return nil }
            for start in 0..<text.count - phrase.count where text[start] | 0x20 == phrase[0] {
                if text[start..<start + phrase.count].elementsEqual(phrase, by: { $0 | 0x20 == $1 | 0x20 }) { return start + phrase.count }
            }
            return nil
        }

        func isQuotation(at index: Int, isJSON: Bool) -> Bool {
            switch marks[index].byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): return isOpening(at: index, isJSON: isJSON)
            case UInt8(ascii: "m") where begins(at: index, with: "map["): return !isWord(before: index)
            case UInt8(ascii: "\""): return isName(at: index + 1, endingWith: "\":") || isName(at: index + 1, endingWith: "\"=")
            default:
                guard !isWord(before: index) else { return false }
                return isName(at: index, endingWith: "=") || isName(at: index, endingWith: ":\"")
            }
        }

        /// A list of objects, or an object that begins with a name.
        private func isOpening(at index: Int, isJSON: Bool) -> Bool {
            var index = index
            let isList = marks[index].byte == UInt8(ascii: "[")
            if isList {
                index += 1
                guard index < marks.count, marks[index].byte == UInt8(ascii: "{") else { return false }
            }
            if isName(at: index + 1, endingWith: ":") { return true }
            guard index + 2 < marks.count, marks[index + 1].byte == UInt8(ascii: "\"") else { return isList && !isJSON }
            // A brace between quotes is one that a parser missed.
            guard marks[index + 2].byte.isNamePart else { return false }
            if isJSON, !marks[index + 1].isEscaped { return false }
            return !isRecord(at: index + 1)
        }

        /// Whether what a validator found begins here: `'type': 'missing', 'loc': (…), 'msg': …`, then the input.
        private func isRecord(at index: Int) -> Bool {
            if begins(at: index, with: "\"loc\":") { return true }
            guard begins(at: index, with: "\"type\":\"") else { return false }
            var end = index + 8
            while end < marks.count, marks[end].byte.isNamePart { end += 1 }
            return begins(at: end, with: "\",\"loc\":")
        }

        private func isName(at start: Int, endingWith end: StaticString) -> Bool {
            guard start < marks.count, QuotedInput.firstLetters.contains(marks[start].byte) else { return false }
            return QuotedInput.names.contains { begins(at: start, with: $0) && begins(at: start + $0.count, with: end) }
        }

        private func isWord(before index: Int) -> Bool {
            index > 0 && marks[index - 1].byte.isNamePart && marks[index - 1].offset == marks[index].offset - 1
        }

        private func begins(at start: Int, with text: StaticString) -> Bool {
            begins(at: start, with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }

        private func begins(at start: Int, with text: some Collection<UInt8>) -> Bool {
            guard start + text.count <= marks.count else { return false }
            return zip(marks[start...], text).allSatisfy { $0.byte == $1 }
        }
    }
}

extension UInt8 {
    fileprivate var isNamePart: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}
