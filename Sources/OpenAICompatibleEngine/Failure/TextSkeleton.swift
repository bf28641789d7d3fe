import ResponsesAPI

/// Reduces text to what stays the same however it is quoted, byte by byte.
///
/// An engine quotes a request as it came (JSON within its own JSON), decoded, as Python prints it, or percent-encoded.
/// All of these have one skeleton: escapes and entities are undone, at any depth; quotes, backslashes, control characters
/// and white space are left out, as engines write JSON with blanks behind commas and colons, or without.
struct TextSkeleton {
    private enum Mode {
        case plain
        /// After one or more backslashes.
        case backslash
        /// In `\uXXXX`, `\xXX` or `%XX`, with so many digits read.
        case digits(of: UInt8, wanted: Int, read: Int, value: UInt32)
        /// After an ampersand, with so many bytes of the entity's name, the last one lowest.
        case entity(name: UInt64, count: Int)
    }

    private var mode = Mode.plain
    /// What an entity interrupted: a page writes the backslash of an escape, and its letter, as entities of their own.
    private var interrupted = Mode.plain
    /// The first half of a surrogate pair.
    private var high: UInt32 = 0

    /// Whether the next byte begins something of its own, not the rest of an escape.
    var isBetweenEscapes: Bool { if case .plain = mode { true } else { false } }

    @inline(__always)
    mutating func read(_ byte: UInt8, _ emit: (UInt8) -> Void) {
        if case .plain = mode { readPlain(byte, emit) } else { readEscape(byte, emit) }
    }

    /// The text is over: half an escape is what it looks like.
    mutating func end(_ emit: (UInt8) -> Void) {
        switch mode {
        case .digits(let letter, _, let read, let value): giveUp(letter, read, value, emit)
        case .entity(let name, let count): giveUp(entity: name, count, emit)
        case .plain, .backslash: break
        }
        self = TextSkeleton()
    }

    @inline(__always)
    private mutating func readPlain(_ byte: UInt8, _ emit: (UInt8) -> Void) {
        switch byte {
        case UInt8(ascii: "\\"): mode = .backslash
        case UInt8(ascii: "%"): mode = .digits(of: byte, wanted: 2, read: 0, value: 0)
        default: add(byte, emit)
        }
    }

    @inline(__always)
    private mutating func add(_ byte: UInt8, _ emit: (UInt8) -> Void) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "\\"), 0...32, 127: break
        // An escape may stand for it: `\u0026lt;` is how Go writes `&lt;`.
        case UInt8(ascii: "&"): mode = .entity(name: 0, count: 0)
        default: emit(byte)
        }
    }

    private mutating func readEscape(_ byte: UInt8, _ emit: (UInt8) -> Void) {
        switch mode {
        case .plain: readPlain(byte, emit)
        case .backslash where byte == UInt8(ascii: "&"), .digits where byte == UInt8(ascii: "&"):
            interrupted = mode
            mode = .entity(name: 0, count: 0)
        case .backslash:
            mode = .plain
            switch byte {
            case UInt8(ascii: "\\"): mode = .backslash
            case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "v"), UInt8(ascii: "b"): break
            case UInt8(ascii: "u"): mode = .digits(of: byte, wanted: 4, read: 0, value: 0)
            case UInt8(ascii: "x"): mode = .digits(of: byte, wanted: 2, read: 0, value: 0)
            default: readPlain(byte, emit)
            }
        case .digits(let letter, let wanted, let read, let value):
            mode = .plain
            guard let digit = JSONEscapes.hexValue(byte) else {
                giveUp(letter, read, value, emit)
                return self.read(byte, emit)
            }
            let value = value << 4 | digit
            guard read + 1 == wanted else {
                mode = .digits(of: letter, wanted: wanted, read: read + 1, value: value)
                return
            }
            if letter == UInt8(ascii: "u") { add(unit: value, emit) } else { add(UInt8(truncatingIfNeeded: value), emit) }
        case .entity(let name, let count):
            if byte == UInt8(ascii: ";"), let value = HTMLEntity.scalar(named: name) {
                mode = interrupted
                interrupted = .plain
                if let ascii = UInt8(exactly: value), ascii < 0x80 { return read(ascii, emit) }
                if case .digits(let letter, _, let read, let value) = mode { giveUp(letter, read, value, emit) }
                mode = .plain
                return add(scalar: value, emit)
            }
            guard HTMLEntity.isNameByte(byte), count < HTMLEntity.nameMax else {
                giveUp(entity: name, count, emit)
                return self.read(byte, emit)
            }
            mode = .entity(name: name << 8 | UInt64(byte), count: count + 1)
        }
    }

    /// An ampersand that begins no entity.
    private mutating func giveUp(entity name: UInt64, _ count: Int, _ emit: (UInt8) -> Void) {
        if case .digits(let letter, _, let read, let value) = interrupted { giveUp(letter, read, value, emit) }
        mode = .plain
        interrupted = .plain
        emit(UInt8(ascii: "&"))
        for index in (0..<count).reversed() { emit(UInt8(truncatingIfNeeded: name >> UInt64(8 * index))) }
    }

    /// An escape that was none: its letter and digits, in lower case.
    private mutating func giveUp(_ letter: UInt8, _ read: Int, _ value: UInt32, _ emit: (UInt8) -> Void) {
        mode = .plain
        add(letter, emit)
        let digits: StaticString = "0123456789abcdef"
        for index in (0..<read).reversed() { add(digits.utf8Start[Int(value >> UInt32(4 * index)) & 15], emit) }
    }

    /// A unit of UTF-16.
    private mutating func add(unit: UInt32, _ emit: (UInt8) -> Void) {
        switch unit {
        case 0xD800..<0xDC00: high = unit
        case 0xDC00..<0xE000:
            if high != 0 { add(scalar: 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00), emit) }
            high = 0
        default: add(scalar: unit, emit)
        }
    }

    private mutating func add(scalar value: UInt32, _ emit: (UInt8) -> Void) {
        guard let scalar = Unicode.Scalar(value) else { return }
        for byte in UTF8.encode(scalar).unsafelyUnwrapped { add(byte, emit) }
    }
}
