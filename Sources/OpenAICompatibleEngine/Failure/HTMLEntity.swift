/// The character that an entity of HTML stands for: `&lt;`, `&#39;`, `&#x27;`.
enum HTMLEntity {
    /// What stands between the ampersand and the semicolon, at most; longer ones stand for nothing here.
    static let nameMax = 8

    /// What may stand in a name.
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "#"):
            true
        default: false
        }
    }

    /// - Parameter name: the bytes, the last one lowest.
    static func scalar(named name: UInt64) -> UInt32? {
        let bytes = (0..<nameMax).reversed().map { UInt8(truncatingIfNeeded: name >> UInt64(8 * $0)) }.drop { $0 == 0 }
        guard bytes.first == UInt8(ascii: "#") else { return names[name] }
        let digits = bytes.dropFirst()
        let isHex = digits.first.map { $0 | 0x20 } == UInt8(ascii: "x")
        guard let value = UInt32(String(decoding: isHex ? digits.dropFirst() : digits, as: UTF8.self), radix: isHex ? 16 : 10) else {
            return nil
        }
        // A blank that does not break is a blank.
        return value == 0xA0 ? 0x20 : value
    }

    private static let names: [UInt64: UInt32] = Dictionary(
        uniqueKeysWithValues: [
            ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("amp", "&"), ("nbsp", " "), ("lbrace", "{"), ("lcub", "{"),
            ("rcub", "}"), ("lbrack", "["), ("lsqb", "["), ("rsqb", "]"), ("colon", ":"), ("comma", ","), ("period", "."), ("NewLine", "\n"),
            ("Tab", "\t"), ("grave", "`"), ("bsol", "\\"), ("equals", "="), ("num", "#"), ("percnt", "%"), ("lowbar", "_"),
        ].map { (name: String, scalar: Unicode.Scalar) in (name.utf8.reduce(0) { $0 << 8 | UInt64($1) }, scalar.value) })

    /// The entity that begins at `start`, which is an ampersand, and where it ends.
    static func read(_ text: [UInt8], at start: Int) -> (scalar: Unicode.Scalar, end: Int)? {
        var name: UInt64 = 0
        var index = start + 1
        while index < text.count, isNameByte(text[index]), index - start <= nameMax {
            name = name << 8 | UInt64(text[index])
            index += 1
        }
        guard index < text.count, text[index] == UInt8(ascii: ";"), let scalar = scalar(named: name).flatMap(Unicode.Scalar.init) else {
            return nil
        }
        return (scalar, index + 1)
    }
}
