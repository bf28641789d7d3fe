/// How a secret may be spelled, beyond what a skeleton makes equal.
enum SecretForms {
    static func all(of secret: String) -> [(text: String, isEncoded: Bool)] {
        let bytes = Array(secret.utf8)
        // Shorter, its base64 is a few letters that stand in many words.
        guard bytes.count >= 6 else { return [(secret, false)] }
        var forms = [(text: secret, isEncoded: false)]
        // Whoever prints it in one case.
        for text in [secret.lowercased(), secret.uppercased()] where text != secret { forms.append((text, false)) }
        let digits = bytes.map { String(UInt($0) + 0x100, radix: 16).dropFirst() }.joined()
        forms += [(digits, true), (digits.uppercased(), true)]
        for (last, other) in [("+", "/"), ("-", "_")] as [(Character, Character)] {
            for shift in 0..<3 { forms.append((base64(bytes, after: shift, last, other), true)) }
        }
        return forms
    }

    /// The part of the base64 of something with `bytes` after `shift` (modulo 3) other bytes that depends on `bytes` alone.
    private static func base64(_ bytes: [UInt8], after shift: Int, _ sixtyTwo: Character, _ sixtyThree: Character) -> String {
        let all = [UInt8](repeating: 0, count: shift) + bytes
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") + [sixtyTwo, sixtyThree]
        let wholeCount = all.count * 8 / 6
        var text = ""
        for digit in (shift * 8 + 5) / 6..<wholeCount {
            let bit = digit * 6
            let pair = UInt(all[bit / 8]) << 8 | (bit / 8 + 1 < all.count ? UInt(all[bit / 8 + 1]) : 0)
            text.append(alphabet[Int(pair >> UInt(10 - bit % 8)) & 63])
        }
        return text
    }
}
