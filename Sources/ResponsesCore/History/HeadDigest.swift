import ResponsesAPI

/// A hash over a conversation's head: tens of kilobytes with every request, so they are read once for all that depends on them.
///
/// 64 bits under a key of this process, with the length.
struct HeadDigest: Sendable, Hashable {
    private let hash: UInt64
    private let length: Int

    init(_ head: JSONText?) {
        var hasher = Hasher()
        head?.escaped.withUnsafeBytes { hasher.combine(bytes: $0) }
        hash = UInt64(bitPattern: Int64(hasher.finalize()))
        length = head?.escaped.count ?? -1
    }

    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R { withUnsafeBytes(of: (hash, length), body) }
}
