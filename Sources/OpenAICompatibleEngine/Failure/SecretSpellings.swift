/// Says whether an id or a name holds a secret of this server, or a part of one, without making anything of it.
///
/// For texts that are used as they are: nothing can be cut out of an id. What is read by people goes through `FailureWords`.
struct SecretSpellings: Sendable {
    /// As skeletons in lower case.
    private var forms: [[UInt8]] = []

    /// What must never be read: none.
    init() {}

    init(_ secrets: [String]) {
        forms = secrets.filter { !$0.isEmpty }.flatMap(SecretForms.all).map { Self.skeleton(of: $0.text) }.filter { !$0.isEmpty }
        forms = forms.indices.filter { forms[..<$0].firstIndex(of: forms[$0]) == nil }.map { forms[$0] }
    }

    /// Whether a secret stands in `text`; a long one also in part, a short one as a word of its own.
    func occur(in text: String) -> Bool {
        if forms.isEmpty { return false }
        // Decoded, without blanks; and as it came, as blanks part words.
        return occur(in: Self.skeleton(of: text)) || occur(in: text.utf8.map(Self.lower))
    }

    private func occur(in text: [UInt8]) -> Bool {
        forms.contains { form in
            let partMin = min(form.count, FailureWords.secretPartMin)
            guard text.count >= partMin else { return false }
            for start in 0...text.count - partMin {
                for offset in 0...form.count - partMin
                where text[start..<start + partMin].elementsEqual(form[offset..<offset + partMin]) {
                    if form.count >= 6 || isWord(text, start..<start + partMin) { return true }
                }
            }
            return false
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
