/// Reads JSON in one pass over bytes and returns spans, so that what is only passed on is never decoded.
///
/// A pull reader: the caller walks objects and arrays and skips what it does not want; everything skipped is
/// fully checked (RFC 8259 grammar, UTF-8, depth), so a value skipped is a value validated. Hot path: it allocates
/// nothing. The bytes must outlive the scanner; use `scanned` to get one.
package struct JSONScanner: ~Copyable {
    /// A string's place between its quotes.
    package struct StringSpan {
        package var range: Range<Int>
        package var hasEscapes: Bool
        /// Whether every escape is in the spelling that `JSONText` keeps, so that the bytes can be copied.
        package var isCanonical = true
    }

    private let base: UnsafePointer<UInt8>
    private let count: Int
    /// The offset of the next byte.
    package private(set) var position = 0
    /// Whether a value was just finished, so that a comma must come before the next.
    private var isAfterValue = false
    private var depth = 0

    /// Deeper nesting than any real request has is refused, as recursive consumers of the value could overflow.
    package static var depthMax: Int { 256 }

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        count = bytes.count
        // An empty buffer may have no base; no byte of this one is read as count is 0.
        base = bytes.baseAddress ?? (" " as StaticString).utf8Start
    }

    /// A second scanner at the same place, to look ahead.
    package func fork() -> JSONScanner {
        var ahead = JSONScanner(UnsafeBufferPointer(start: base, count: count))
        ahead.position = position
        ahead.isAfterValue = isAfterValue
        return ahead
    }

    // MARK: Structure

    /// What kind of value comes next, by its first byte; 0 at the end.
    package mutating func peek() -> UInt8 {
        skipWhitespace()
        return position < count ? base[position] : 0
    }

    package mutating func beginObject() throws(JSONError) {
        try expect(UInt8(ascii: "{"), "expected an object")
        try deepen()
    }

    /// The next member's name, positioned at its value; nil when the object ended.
    package mutating func nextKey() throws(JSONError) -> StringSpan? {
        skipWhitespace()
        guard position < count else { throw fail("the text ends inside an object") }
        if base[position] == UInt8(ascii: "}") {
            position += 1
            rise()
            return nil
        }
        if isAfterValue {
            try expect(UInt8(ascii: ","), "expected ',' or '}'")
            skipWhitespace()
        }
        guard position < count, base[position] == UInt8(ascii: "\"") else { throw fail("expected a member name") }
        let key = try scanString()
        try expect(UInt8(ascii: ":"), "expected ':'")
        isAfterValue = false
        return key
    }

    package mutating func beginArray() throws(JSONError) {
        try expect(UInt8(ascii: "["), "expected an array")
        try deepen()
    }

    /// Whether another element follows; positioned at it.
    package mutating func nextElement() throws(JSONError) -> Bool {
        skipWhitespace()
        guard position < count else { throw fail("the text ends inside an array") }
        if base[position] == UInt8(ascii: "]") {
            position += 1
            rise()
            return false
        }
        if isAfterValue {
            try expect(UInt8(ascii: ","), "expected ',' or ']'")
            skipWhitespace()
            if position < count, base[position] == UInt8(ascii: "]") { throw fail("expected a value after ','") }
            isAfterValue = false
        }
        return true
    }

    /// Nothing but white space may follow.
    package mutating func expectEnd() throws(JSONError) {
        skipWhitespace()
        if position < count { throw fail("unexpected text after the value") }
    }

    // MARK: Values

    /// Skips one value of any kind, checking all of it; returns its place.
    @discardableResult
    package mutating func skipValue() throws(JSONError) -> Range<Int> {
        skipWhitespace()
        let start = position
        let outer = depth
        repeat {
            guard position < count else { throw fail("the text ends where a value should be") }
            switch base[position] {
            case UInt8(ascii: "{"):
                try beginObject()
                _ = try stepIntoObject()
            case UInt8(ascii: "["):
                try beginArray()
                _ = try nextElement()
            case UInt8(ascii: "\""): _ = try scanString()
            case UInt8(ascii: "t"): try literal("true")
            case UInt8(ascii: "f"): try literal("false")
            case UInt8(ascii: "n"): try literal("null")
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
            default: throw fail("expected a value")
            }
            // Climb out of everything that ends here, then stand at the next value.
            while depth > outer, isAfterValue {
                skipWhitespace()
                guard position < count else { throw fail("the text ends inside a value") }
                if isObjectLevel(depth) {
                    if try stepIntoObject() { break }
                } else {
                    if try nextElement() { break }
                }
            }
        } while depth > outer
        return start..<position
    }

    private mutating func stepIntoObject() throws(JSONError) -> Bool {
        guard try nextKey() != nil else { return false }
        skipWhitespace()
        return true
    }

    /// The string that comes next.
    package mutating func scanString() throws(JSONError) -> StringSpan {
        try expect(UInt8(ascii: "\""), "expected a string")
        let start = position
        var span = StringSpan(range: start..<start, hasEscapes: false)
        while true {
            position = plainEnd(from: position)
            guard position < count else { throw fail("the text ends inside a string") }
            switch base[position] {
            case UInt8(ascii: "\""):
                span.range = start..<position
                position += 1
                isAfterValue = true
                return span
            case UInt8(ascii: "\\"):
                span.hasEscapes = true
                if try !escape() { span.isCanonical = false }
            case 0..<0x20: throw fail("a control character inside a string must be escaped")
            case 0x20..<0x80: position += 1
            default:
                // Text in other scripts comes in runs.
                repeat { try multibyte() } while position < count && base[position] >= 0x80
            }
        }
    }

    /// The string that comes next, or nil for null; an error for anything else.
    package mutating func scanStringOrNull() throws(JSONError) -> StringSpan? {
        if peek() == UInt8(ascii: "n") {
            try literal("null")
            return nil
        }
        return try scanString()
    }

    // MARK: Spans

    package func bytes(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// A copy of a value that was skipped.
    package func raw(_ range: Range<Int>) -> RawJSON { RawJSON(validated: Array(bytes(range))) }

    /// A member's name, to `switch` over without making a string of it. Valid as long as the scanner's bytes.
    package func key(_ span: StringSpan) -> JSONKey {
        JSONKey(bytes: bytes(span.range), decoded: span.hasEscapes ? string(span) : nil)
    }

    /// Whether a member's name is `name`, which has no characters that JSON escapes.
    package func matches(_ span: StringSpan, _ name: StaticString) -> Bool { name ~= key(span) }

    /// Whether a member's name is `name`.
    package func matches(_ span: StringSpan, name: String) -> Bool {
        guard !span.hasEscapes else { return string(span).utf8.elementsEqual(name.utf8) }
        return span.range.count == name.utf8.count && bytes(span.range).elementsEqual(name.utf8)
    }

    /// The text of a string; lone surrogates become U+FFFD.
    package func string(_ span: StringSpan) -> String {
        guard span.hasEscapes else { return String(decoding: bytes(span.range), as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(span.range.count)
        JSONEscapes.unescape(bytes(span.range), into: &decoded)
        return String(decoding: decoded, as: UTF8.self)
    }

    /// The text of a string in canonical escaped form.
    package func text(_ span: StringSpan) -> JSONText {
        JSONText(escaped: bytes(span.range), hasEscapes: !span.isCanonical)
    }

    // MARK: Parts

    /// Which levels are objects, a bit each: the scanner must know it when it climbs out of a skipped value.
    private var levels: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    private func isObjectLevel(_ level: Int) -> Bool {
        let bit = UInt64(1) << UInt64(level & 63)
        switch (level - 1) >> 6 {
        case 0: return levels.0 & bit != 0
        case 1: return levels.1 & bit != 0
        case 2: return levels.2 & bit != 0
        default: return levels.3 & bit != 0
        }
    }

    private mutating func deepen() throws(JSONError) {
        depth += 1
        guard depth <= Self.depthMax else { throw fail("nested deeper than \(Self.depthMax) levels") }
        let bit = UInt64(1) << UInt64(depth & 63)
        let isObject = base[position - 1] == UInt8(ascii: "{")
        switch (depth - 1) >> 6 {
        case 0: levels.0 = isObject ? levels.0 | bit : levels.0 & ~bit
        case 1: levels.1 = isObject ? levels.1 | bit : levels.1 & ~bit
        case 2: levels.2 = isObject ? levels.2 | bit : levels.2 & ~bit
        default: levels.3 = isObject ? levels.3 | bit : levels.3 & ~bit
        }
        isAfterValue = false
    }

    private mutating func rise() {
        depth -= 1
        isAfterValue = true
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < count {
            let byte = base[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    @inline(__always)
    private mutating func expect(_ byte: UInt8, _ reason: StaticString) throws(JSONError) {
        skipWhitespace()
        guard position < count, base[position] == byte else { throw fail("\(reason)") }
        position += 1
    }

    private mutating func literal(_ word: StaticString) throws(JSONError) {
        guard position + word.utf8CodeUnitCount <= count else { throw fail("expected a value") }
        for index in 0..<word.utf8CodeUnitCount where base[position + index] != word.utf8Start[index] {
            throw fail("expected a value")
        }
        position += word.utf8CodeUnitCount
        isAfterValue = true
    }

    private mutating func number() throws(JSONError) {
        if base[position] == UInt8(ascii: "-") { position += 1 }
        guard position < count else { throw fail("the text ends inside a number") }
        if base[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if position < count, base[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < count, base[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < count, base[position] == UInt8(ascii: "+") || base[position] == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        isAfterValue = true
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while position < count, base[position] &- 0x30 < 10 { position += 1 }
        if position == start { throw fail("expected a digit") }
    }

    /// One escape; returns whether it is in canonical spelling, which `\/` and `\uXXXX` need not be.
    private mutating func escape() throws(JSONError) -> Bool {
        guard position + 1 < count else { throw fail("the text ends inside a string") }
        switch base[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
            return true
        case UInt8(ascii: "/"):
            position += 2
            return false
        case UInt8(ascii: "u"):
            guard position + 6 <= count else { throw fail("the text ends inside a string") }
            for index in 2..<6 where JSONEscapes.hexValue(base[position + index]) == nil {
                throw fail("expected four hexadecimal digits")
            }
            position += 6
            return false
        default: throw fail("unknown escape in a string")
        }
    }

    /// One well-formed UTF-8 sequence (Unicode, table 3-7).
    private mutating func multibyte() throws(JSONError) {
        let first = base[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: throw fail("not UTF-8")
        }
        guard position + length <= count, second.contains(base[position + 1]) else { throw fail("not UTF-8") }
        var index = 2
        while index < length {
            guard base[position + index] & 0xC0 == 0x80 else { throw fail("not UTF-8") }
            index += 1
        }
        position += length
    }

    /// The offset after the plain ASCII that begins at `start`, or less than eight bytes before it at the end.
    private func plainEnd(from start: Int) -> Int {
        // A cursor of its own, which the compiler keeps in a register.
        var at = start
        while at + 8 <= count {
            let special = Self.specials(UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
            if special != 0 { return at + special.trailingZeroBitCount >> 3 }
            at += 8
        }
        return at
    }

    /// The highest bit of the first of eight bytes that is a quote, a backslash, a control character or not ASCII;
    /// 0 without one. Bits of later bytes mean nothing, as a subtraction may borrow from them.
    private static func specials(_ word: UInt64) -> UInt64 {
        let word = UInt64(littleEndian: word)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* 0x22)
        let slashes = word ^ (ones &* 0x5C)
        let found = ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | (word &- (ones &* 0x20)) | word
        return found & highs
    }

    @inline(never)
    private func fail(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }
}
