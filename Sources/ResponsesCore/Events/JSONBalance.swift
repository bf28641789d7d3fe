/// Where a JSON object that comes in pieces, escaped once more as text, may have its end: each byte is looked at once.
struct JSONBalance: Sendable {
    private var depth = 0
    private var isInString = false
    /// Whether the next character of the string is escaped within it.
    private var isEscaped = false
    private var begun = false
    /// How many bytes were looked at.
    private(set) var count = 0
    /// Where the object that was opened first closed; what follows is no part of it.
    private(set) var end: Int?

    /// Looks at what came since the last time.
    mutating func advance(over escaped: [UInt8]) {
        var index = count
        while index < escaped.count, end == nil {
            var character = escaped[index]
            var length = 1
            if character == UInt8(ascii: "\\") {
                guard index + 1 < escaped.count else { break }
                character = escaped[index + 1]
                length = 2
                switch character {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): break
                case UInt8(ascii: "u"):
                    // No quote, backslash or bracket is written so in canonical text.
                    character = UInt8(ascii: " ")
                    length = 6
                default: character = UInt8(ascii: " ")
                }
            }
            index += length
            take(character)
            if begun, depth == 0 { end = index }
        }
        count = index
    }

    private mutating func take(_ character: UInt8) {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if character == UInt8(ascii: "\\") {
                isEscaped = true
            } else if character == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        switch character {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            begun = true
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }
}
