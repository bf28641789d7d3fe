import ResponsesAPI

extension Owner {
    /// Whoever has the key with this SHA-256.
    init(keyDigest: [UInt8]) {
        self.init(
            rawValue: keyDigest.map { byte in
                let digits = String(byte, radix: 16)
                return byte < 16 ? "0" + digits : digits
            }.joined())
    }

    /// A short name for the log: the same for the same key, and no way back to it. Nil for anybody.
    ///
    /// The first 4 of the 32 bytes of the key's SHA-256, in hexadecimal: enough to tell the keys of one server apart, and
    /// what `printf %s KEY | sha256sum` begins with, so that a person can find the key that a line is about.
    var digest: String? { self == .anybody ? nil : String(rawValue.prefix(8)) }
}
