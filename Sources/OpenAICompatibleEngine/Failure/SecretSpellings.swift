/// Says whether an id or a name holds a secret of this server, or a part of one, without making anything of it.
///
/// For texts that are used as they are: nothing can be cut out of an id. What is read by people goes through `FailureWords`.
struct SecretSpellings: Sendable {
    /// As skeletons in lower case.
    private var forms: [[UInt8]] = []
    /// The bits of all beginnings of parts that are looked for: nearly every place of a text is ruled out by one look, as an
    /// engine may send names of megabytes. Empty when a secret is too short for that.
    private var beginnings: [UInt64] = []
    private static let beginningBytes = 4

    /// What must never be read: none.
    init() {}

    init(_ secrets: [String]) {
        forms = secrets.filter { !$0.isEmpty }.flatMap(SecretForms.all).map { Self.skeleton(of: $0.text) }.filter { !$0.isEmpty }
        forms = forms.indices.filter { forms[..<$0].firstIndex(of: forms[$0]) == nil }.map { forms[$0] }
        guard forms.allSatisfy({ $0.count >= Self.beginningBytes }) else { return }
        beginnings = [UInt64](repeating: 0, count: 1 << 10)
        for form in forms {
            for offset in 0...form.count - Self.partLength(of: form) {
                let bit = Self.bit(of: form, at: offset)
                beginnings[bit >> 6] |= 1 << UInt64(bit & 63)
            }
        }
    }

    private static func partLength(of form: [UInt8]) -> Int { min(form.count, FailureWords.secretPartMin) }

    private static func bit(of text: [UInt8], at start: Int) -> Int {
        let bytes = UInt32(text[start]) << 24 | UInt32(text[start + 1]) << 16 | UInt32(text[start + 2]) << 8 | UInt32(text[start + 3])
        return Int((bytes &* 0x9E37_79B1) >> 16)
    }

    /// Whether a secret stands in `text`; a long one also in part, a short one as a word of its own.
    func occur(in text: String) -> Bool {
        if forms.isEmpty { return false }
        // Decoded, without blanks; and as it came, as blanks part words.
        return occur(in: Self.skeleton(of: text)) || occur(in: text.utf8.map(Self.lower))
    }

    private func occur(in text: [UInt8]) -> Bool {
        text.indices.contains { start in mayBegin(text, start) && forms.contains { occurs($0, in: text, at: start) } }
    }

    /// Whether a part of a form may begin at a place.
    private func mayBegin(_ text: [UInt8], _ start: Int) -> Bool {
        if beginnings.isEmpty { return true }
        guard text.count - start >= Self.beginningBytes else { return false }
        let bit = Self.bit(of: text, at: start)
        return beginnings[bit >> 6] & 1 << UInt64(bit & 63) != 0
    }

    private func occurs(_ form: [UInt8], in text: [UInt8], at start: Int) -> Bool {
        let length = Self.partLength(of: form)
        guard text.count - start >= length else { return false }
        let place = start..<start + length
        return (0...form.count - length).contains { offset in
            text[place].elementsEqual(form[offset..<offset + length]) && (form.count >= 6 || isWord(text, place))
        }
    }

    private func isWord(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        let before = range.lowerBound > 0 && Self.isLetterOrDigit(text[range.lowerBound - 1])
        let after = range.upperBound < text.count && Self.isLetterOrDigit(text[range.upperBound])
        return !before && !after
    }

    private static func skeleton(of text: String) -> [UInt8] {
        var (skeleton, bytes) = (TextSkeleton(), [UInt8]())
        for byte in text.utf8 { skeleton.read(byte) { bytes.append(lower($0)) } }
        skeleton.end { bytes.append(lower($0)) }
        return bytes
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
        default: false
        }
    }
}
