/// A short name of an owner for the log: the same for the same key, and no way back to it.
///
/// The first 4 of the 32 bytes of the key's SHA-256, in hexadecimal: enough to tell the keys of one server apart, and
/// what `printf %s KEY | sha256sum` begins with, so that a person can find the key that a line is about.
enum OwnerDigest {
    /// - Parameter digest: the SHA-256 of the key, of which 4 bytes are read.
    static func short(_ digest: some Sequence<UInt8>) -> String {
        digest.prefix(4).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
