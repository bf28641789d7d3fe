/// Finds what looks like a key, whoever it belongs to.
enum SecretShapes {
    /// Where `text`, bytes of UTF-8, holds what nobody should read. The ranges may overlap.
    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        var scan = Scan(text: text)
        scan.run()
        return scan.found
    }

    /// How keys of common services begin, and the beginning of a JSON Web Token.
    private static let prefixes: [StaticString] = [
        "sk-", "sk_", "pk_", "rk_", "gsk_", "xai-", "hf_", "AIza", "AKIA", "ASIA", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_",
        "glpat-", "xoxb-", "xoxp-", "xoxa-", "r8_", "nvapi-", "pplx-", "tgp_", "csk-", "fw_", "ya29.", "eyJ",
    ]

    /// Names whose value after `=` is a secret, by their ends: `key=`, `api_key=`, `access_token=`, `X-Amz-Signature=`.
    private static let queryNames = [
        "key", "token", "secret", "password", "passwd", "pwd", "signature", "sig", "auth", "authorization", "credential",
    ]
    /// Names whose value after `:` is a secret. Fewer, as a colon also ends a clause: "unexpected token: x".
    private static let fieldNames = [
        "api_key", "api-key", "apikey", "access_token", "auth_token", "secret", "password", "passwd", "authorization", "secret_key",
        "access_key", "private_key",
    ]

    private struct Scan {
        let text: [UInt8]
        var found: [Range<Int>] = []

        mutating func run() {
            for index in text.indices {
                let byte = text[index]
                if byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":") { valueOfName(at: index) }
                guard isStart(index) else { continue }
                prefixed(at: index)
                scheme(at: index)
            }
            runs(of: { $0.isAlphanumeric || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }, lengthMin: 32) { counts in
                counts.letters > 0 && counts.digits > 0
            }
            // Base64, which a path of the same length hardly looks like.
            runs(of: { $0.isAlphanumeric || "+/=_-".utf8.contains($0) }, lengthMin: 40) { counts in
                counts.capitals >= 3 && counts.letters - counts.capitals >= 3 && counts.digits >= 2 && counts.slashes * 12 <= counts.all
            }
        }

        /// Whether a word begins here; a percent-encoded character before it is none of its letters.
        private func isStart(_ index: Int) -> Bool {
            guard text[index].isAlphanumeric else { return false }
            guard index > 0, text[index - 1].isAlphanumeric else { return true }
            return index >= 3 && text[index - 3] == UInt8(ascii: "%") && text[index - 2].isHexDigit && text[index - 1].isHexDigit
        }

        // MARK: Shapes

        private mutating func prefixed(at index: Int) {
            guard let prefix = SecretShapes.prefixes.first(where: { begins(at: index, with: $0) }) else { return }
            let end = self.end(from: index) { $0.isAlphanumeric || "_-.~+/=*".utf8.contains($0) || $0 >= 0x80 }
            // A prefix alone is a word about keys.
            if end > index + prefix.utf8CodeUnitCount { found.append(index..<end) }
        }

        /// `Bearer …` and `Basic …`, the value only.
        private mutating func scheme(at index: Int) {
            let isBearer = begins(at: index, with: "bearer", ignoringCase: true)
            guard isBearer || begins(at: index, with: "basic", ignoringCase: true) else { return }
            let afterWord = index + (isBearer ? 6 : 5)
            var start = afterWord
            while start < text.count {
                if " :=\"'`+".utf8.contains(text[start]) {
                    start += 1
                } else if begins(at: start, with: "%20") {
                    start += 3
                } else {
                    break
                }
            }
            guard start > afterWord else { return }
            let end = valueEnd(from: start)
            let value = text[start..<end]
            // "Basic authentication failed" has no key in it.
            if !isBearer, value.count < 8 || !value.contains(where: { $0.isDigit || $0 == UInt8(ascii: "=") }) { return }
            if end > start { found.append(start..<end) }
        }

        /// `name=value` or `name: value`, and `user:password@` in a URL.
        private mutating func valueOfName(at index: Int) {
            if text[index] == UInt8(ascii: ":"), begins(at: index, with: "://") { userInfo(from: index + 3) }
            var end = index
            while end > 0, " \"'`".utf8.contains(text[end - 1]), index - end < 3 { end -= 1 }
            var start = end
            while start > 0, text[start - 1].isAlphanumeric || text[start - 1] == UInt8(ascii: "_") || text[start - 1] == UInt8(ascii: "-"),
                end - start < 64
            { start -= 1 }
            let name = String(decoding: text[start..<end], as: UTF8.self).lowercased()
            let names = text[index] == UInt8(ascii: "=") ? SecretShapes.queryNames : SecretShapes.fieldNames
            guard names.contains(where: { name.hasSuffix($0) }) else { return }
            var valueStart = index + 1
            while valueStart < text.count, " \"'`".utf8.contains(text[valueStart]) { valueStart += 1 }
            let valueEnd = valueEnd(from: valueStart)
            let value = text[valueStart..<valueEnd]
            // A count is not a key: "max_token=512".
            if value.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") }) && value.count < 12 { return }
            found.append(valueStart..<valueEnd)
        }

        private mutating func userInfo(from start: Int) {
            let end = self.end(from: start) { !"/?# \"'`<>".utf8.contains($0) }
            guard let at = text[start..<end].lastIndex(of: UInt8(ascii: "@")), at > start else { return }
            found.append(start..<at)
        }

        private struct Counts {
            var all = 0
            var letters = 0
            var capitals = 0
            var digits = 0
            var slashes = 0
        }

        private mutating func runs(of isMember: (UInt8) -> Bool, lengthMin: Int, _ isSecret: (Counts) -> Bool) {
            var start = 0
            while start < text.count {
                guard isMember(text[start]) else {
                    start += 1
                    continue
                }
                let end = self.end(from: start, while: isMember)
                if end - start >= lengthMin {
                    var counts = Counts()
                    for byte in text[start..<end] {
                        counts.all += 1
                        if byte.isDigit { counts.digits += 1 } else if byte.isAlphanumeric { counts.letters += 1 }
                        if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { counts.capitals += 1 }
                        if byte == UInt8(ascii: "/") { counts.slashes += 1 }
                    }
                    if isSecret(counts) { found.append(start..<end) }
                }
                start = end
            }
        }

        // MARK: Text

        private func begins(at index: Int, with word: StaticString, ignoringCase: Bool = false) -> Bool {
            let count = word.utf8CodeUnitCount
            guard index + count <= text.count else { return false }
            for offset in 0..<count {
                let byte = text[index + offset]
                guard (ignoringCase && byte.isAlphanumeric ? byte | 0x20 : byte) == word.utf8Start[offset] else { return false }
            }
            return true
        }

        private func end(from start: Int, while isMember: (UInt8) -> Bool) -> Int {
            var end = start
            while end < text.count, isMember(text[end]) { end += 1 }
            return end
        }

        private func valueEnd(from start: Int) -> Int { end(from: start) { !" \"'`,;&)]}<>".utf8.contains($0) } }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isAlphanumeric: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
    fileprivate var isHexDigit: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20) }
}
