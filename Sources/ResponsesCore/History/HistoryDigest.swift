import ResponsesAPI

/// A rolling hash over the items of a conversation: equal for conversations that mean the same (chat-completions 9.2).
///
/// 128 bits under a key of this process, so no two conversations of one owner are taken for each other, by chance or by intent.
struct HistoryDigest: Sendable, Hashable {
    private let one: UInt64
    private let other: UInt64

    private init(_ one: UInt64, _ other: UInt64) { (self.one, self.other) = (one, other) }

    /// The beginning of conversations of one owner with one model, under one head.
    init(owner: Owner, model: String?, head: HeadDigest?) {
        let begun = HistoryDigest(0, 1).adding(Array(owner.rawValue.utf8)).adding(Array((model ?? "").utf8))
        self = head.map { head in head.withBytes { begun.adding($0) } } ?? begun
    }

    /// With more behind it. What is added in two steps differs from what is added in one.
    func adding(_ bytes: [UInt8]) -> HistoryDigest { bytes.withUnsafeBytes { adding($0) } }

    private func adding(_ bytes: UnsafeRawBufferPointer) -> HistoryDigest {
        HistoryDigest(Self.hash(one, bytes), Self.hash(other, bytes))
    }

    private static func hash(_ state: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(state)
        hasher.combine(bytes.count)
        hasher.combine(bytes: bytes)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
