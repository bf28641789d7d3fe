import ResponsesAPI

/// A call's arguments so far as a few numbers: how much was read, what it was, and where in the JSON it stands.
///
/// What is read is the text as it stands between the quotes of a chunk, in canonical spelling. Two of these are equal when what
/// they read means the same characters: white space outside of strings does not count, and neither does how a character of a
/// string is escaped. So arguments that are told once more in another layout are known again, though nothing of them is kept.
struct ArgumentText: Sendable, Equatable {
    /// How many bytes count so far.
    private(set) var count = 0
    private var hash = FNV1a()
    private var depth = 0
    private var inString = false
    /// Inside a string: the byte before was a backslash.
    private var isEscaped = false
    /// Digits of `\u` still to come, and what they say so far.
    private var digitsLeft = 0
    private var unit: UInt32 = 0
    /// The first half of a surrogate pair.
    private var half: UInt32 = 0
    /// The first byte, and the last that is in no string.
    private var first: UInt8 = 0
    private var last: UInt8 = 0
    /// White space at the end, which does not count.
    private var blanks = 0

    init() {}

    static func == (one: ArgumentText, other: ArgumentText) -> Bool {
        one.count == other.count && one.hash == other.hash && one.depth == other.depth && one.inString == other.inString
            && one.isEscaped == other.isEscaped && one.digitsLeft == other.digitsLeft && one.unit == other.unit && one.half == other.half
    }

    init(_ text: UnsafeBufferPointer<UInt8>) { read(text) }

    var isEmpty: Bool { count == 0 }
    /// An object or an array begins here.
    var begins: Bool { first == UInt8(ascii: "{") || first == UInt8(ascii: "[") }
    /// One whole object or array.
    var isWhole: Bool { begins && depth == 0 && !inString }
    /// It ends in the middle of something.
    var isOpen: Bool { depth > 0 || inString }
    var isEmptyObject: Bool { count == 2 && isWhole && first == UInt8(ascii: "{") }
    /// Whether another object or array may begin where it ends.
    var takesValue: Bool {
        !inString && (last == UInt8(ascii: ":") || last == UInt8(ascii: ",") || last == UInt8(ascii: "["))
    }

    mutating func read(_ text: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < text.count { step(Self.next(text, &index)) }
    }

    /// How much of `text` says the same as this; nil when it does not begin so.
    func length(in text: UnsafeBufferPointer<UInt8>) -> Int? {
        var other = ArgumentText()
        var index = 0
        while index < text.count, other.count <= count {
            other.step(Self.next(text, &index))
            if other.count == count, other == self { return Self.skipBlanks(blanks, text, index) }
        }
        return nil
    }

    private static func skipBlanks(_ countMax: Int, _ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var index = start
        var count = 0
        while count < countMax, index < text.count {
            var after = index
            guard next(text, &after) <= 0x20 else { break }
            index = after
            count += 1
        }
        return index
    }

    /// The first byte of `text` that is not white space; 0 without one.
    static func firstByte(of text: UnsafeBufferPointer<UInt8>) -> UInt8 {
        var index = 0
        while index < text.count {
            let byte = next(text, &index)
            if byte > 0x20 { return byte }
        }
        return 0
    }

    /// The byte that stands at `index` of escaped text; one that is not ASCII in several steps.
    private static func next(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> UInt8 {
        let byte = text[index]
        index += 1
        guard byte == UInt8(ascii: "\\"), index < text.count else { return byte }
        let letter = text[index]
        index += 1
        switch letter {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "u"):
            // Canonical: one of the other control characters.
            index = min(index + 4, text.count)
            return JSONEscapes.hexValue(text[index - 1]).map { UInt8($0) } ?? 0
        default: return letter
        }
    }

    private mutating func step(_ byte: UInt8) {
        if inString { return stepInString(byte) }
        switch byte {
        case 0x20, 0x0A, 0x0D, 0x09:
            blanks += 1
            return
        case UInt8(ascii: "\""): inString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        last = byte
        blanks = 0
        if count == 0 { first = byte }
        add(byte)
    }

    private mutating func stepInString(_ byte: UInt8) {
        if digitsLeft > 0 {
            digitsLeft -= 1
            unit = unit << 4 | (JSONEscapes.hexValue(byte) ?? 0)
            if digitsLeft == 0 { addUnit() }
        } else if isEscaped {
            isEscaped = false
            switch byte {
            case UInt8(ascii: "u"): (digitsLeft, unit) = (4, 0)
            case UInt8(ascii: "n"): add(0x0A)
            case UInt8(ascii: "t"): add(0x09)
            case UInt8(ascii: "r"): add(0x0D)
            case UInt8(ascii: "b"): add(0x08)
            case UInt8(ascii: "f"): add(0x0C)
            default: add(byte)
            }
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else {
            if byte == UInt8(ascii: "\"") {
                inString = false
                // Not to be taken for a quote inside the string.
                hash.mark()
            }
            add(byte)
        }
    }

    private mutating func addUnit() {
        defer { unit = 0 }
        if half != 0, (0xDC00..<0xE000).contains(unit) {
            unit = 0x10000 + (half - 0xD800) << 10 + (unit - 0xDC00)
            half = 0
        } else if (0xD800..<0xDC00).contains(unit) {
            half = unit
            return
        }
        for byte in UTF8.encode(Unicode.Scalar(unit) ?? "\u{FFFD}").unsafelyUnwrapped { add(byte) }
    }

    private mutating func add(_ byte: UInt8) {
        hash.add(byte)
        count += 1
    }
}
