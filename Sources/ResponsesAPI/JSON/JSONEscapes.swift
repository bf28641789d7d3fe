/// Escaping and unescaping of JSON strings (RFC 8259 section 7).
package enum JSONEscapes {
    package static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte &- 0x30)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte &- 0x57)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte &- 0x37)
        default: nil
        }
    }

    /// How many bytes a character takes in escaped text of the canonical spelling, where only control characters are written as `\u`: none
    /// is half of a pair.
    package static func length(ofCharacterAt place: Int, in escaped: [UInt8]) -> Int {
        switch escaped[place] {
        case UInt8(ascii: "\\"): place + 1 < escaped.count && escaped[place + 1] == UInt8(ascii: "u") ? 6 : 2
        case 0xF0...: 4
        case 0xE0...: 3
        case 0xC0...: 2
        default: 1
        }
    }

    /// Appends `string` escaped.
    package static func escape(_ string: String, into bytes: inout [UInt8]) {
        var string = string
        string.withUTF8 { escape($0, into: &bytes) }
    }

    /// Appends UTF-8 text escaped. Runs without anything to escape are copied whole.
    package static func escape(_ text: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8]) {
        guard let base = text.baseAddress else { return }
        var start = 0
        var index = 0
        while index < text.count {
            while index + 8 <= text.count, !mayNeedEscape(UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)) {
                index += 8
            }
            guard index < text.count else { break }
            let byte = text[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
                appendEscape(of: byte, into: &bytes)
                start = index + 1
            }
            index += 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    /// Whether a quote, a backslash or a control character may be among eight bytes. Never wrong when it says no.
    private static func mayNeedEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* 0x22)
        let slashes = word ^ (ones &* 0x5C)
        let found = ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | ((word &- (ones &* 0x20)) & ~word)
        return found & 0x8080_8080_8080_8080 != 0
    }

    /// Whether a control character is among these bytes.
    static func haveControl(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if (word &- (ones &* 0x20)) & ~word & (ones &* 0x80) != 0 { return true }
            index += 8
        }
        return bytes[index...].contains { $0 < 0x20 }
    }

    private static func appendEscape(of byte: UInt8, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0..<0x20:
            let digits: StaticString = "0123456789abcdef"
            bytes.append(contentsOf: [0x75, 0x30, 0x30, digits.utf8Start[Int(byte >> 4)], digits.utf8Start[Int(byte & 15)]])
        default: bytes.append(byte)
        }
    }

    /// Walks validly escaped text as runs to copy and characters that escapes stood for.
    private static func walk(
        _ text: UnsafeBufferPointer<UInt8>, run: (UnsafeBufferPointer<UInt8>) -> Void, scalar: (UInt32) -> Void
    ) {
        var start = 0
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\"), index + 1 < text.count else {
                index += 1
                continue
            }
            run(UnsafeBufferPointer(rebasing: text[start..<index]))
            let letter = text[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "b"): scalar(0x08)
            case UInt8(ascii: "t"): scalar(0x09)
            case UInt8(ascii: "n"): scalar(0x0A)
            case UInt8(ascii: "f"): scalar(0x0C)
            case UInt8(ascii: "r"): scalar(0x0D)
            case UInt8(ascii: "u"): scalar(unicodeEscape(text, &index))
            default: scalar(UInt32(letter))
            }
            start = index
        }
        run(UnsafeBufferPointer(rebasing: text[start...]))
    }

    /// The scalar of `\uXXXX` whose digits begin at `index`, taking a second half of a pair with it.
    private static func unicodeEscape(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> UInt32 {
        let replacement: UInt32 = 0xFFFD
        guard let first = hex4(text, at: index) else {
            index = text.count
            return replacement
        }
        index += 4
        switch first {
        case 0xD800..<0xDC00:
            guard index + 6 <= text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u"),
                let second = hex4(text, at: index + 2), (0xDC00..<0xE000).contains(second)
            else { return replacement }
            index += 6
            return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        case 0xDC00..<0xE000: return replacement
        default: return first
        }
    }

    private static func hex4(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32? {
        guard index + 4 <= text.count else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            guard let digit = hexValue(text[index + offset]) else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    /// Appends the text that validly escaped bytes stand for.
    package static func unescape(_ text: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8]) {
        walk(text) { run in
            bytes.append(contentsOf: run)
        } scalar: { value in
            appendUTF8(value, into: &bytes)
        }
    }

    /// Appends validly escaped bytes in canonical spelling.
    package static func canonicalize(_ text: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8]) {
        walk(text) { run in
            bytes.append(contentsOf: run)
        } scalar: { value in
            if value < 0x20 || value == 0x22 || value == 0x5C {
                appendEscape(of: UInt8(value), into: &bytes)
            } else {
                appendUTF8(value, into: &bytes)
            }
        }
    }

    private static func appendUTF8(_ value: UInt32, into bytes: inout [UInt8]) {
        // Surrogates were replaced on the way here, so the value is a scalar.
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        bytes.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
    }
}
