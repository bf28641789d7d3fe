import LibC

/// Bytes that many records have alike, as a key by their content, hashed once: tools and instructions are tens of kilobytes,
/// and equal from turn to turn.
struct SharedText: Hashable {
    let bytes: [UInt8]
    private let hash: Int

    /// Takes the one known with the same content, and hashes only without one.
    init(_ bytes: [UInt8], known: SharedText?...) {
        for case let known? in known where Self.isSame(known.bytes, bytes) {
            self = known
            return
        }
        self.bytes = bytes
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        hash = hasher.finalize()
    }

    static func == (first: SharedText, second: SharedText) -> Bool {
        first.hash == second.hash && isSame(first.bytes, second.bytes)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    private static func isSame(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        guard first.count == second.count else { return false }
        return first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                guard let mine = first.baseAddress, let other = second.baseAddress, mine != other else { return true }
                return memcmp(mine, other, first.count) == 0
            }
        }
    }
}
