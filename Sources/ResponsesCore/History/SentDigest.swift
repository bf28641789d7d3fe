import ResponsesAPI

/// A rolling hash over messages as they were sent, byte for byte: what is equal to what was read before need not be read again.
///
/// 64 bits under a key of this process, with the length; per owner.
struct SentDigest: Sendable, Hashable {
    private let hash: UInt64
    private let length: Int

    private init(_ hash: UInt64, _ length: Int) { (self.hash, self.length) = (hash, length) }

    /// The beginning of a wire's messages of one owner, for one model, under one head.
    init(owner: Owner, wire: String, model: String?, head: HeadDigest? = nil) {
        var hasher = Hasher()
        hasher.combine(owner)
        hasher.combine(wire)
        hasher.combine(model)
        hasher.combine(head)
        self.init(UInt64(bitPattern: Int64(hasher.finalize())), 0)
    }

    /// With one more message, or another whole part of a request, behind it.
    func adding(_ bytes: UnsafeBufferPointer<UInt8>) -> SentDigest {
        var hasher = Hasher()
        hasher.combine(hash)
        hasher.combine(bytes.count)
        hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        return SentDigest(UInt64(bitPattern: Int64(hasher.finalize())), length + bytes.count)
    }
}
