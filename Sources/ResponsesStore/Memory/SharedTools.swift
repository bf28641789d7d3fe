import ResponsesAPI

/// An array of tools as a key by its content, hashed once: tools are tens of kilobytes, and equal from turn to turn.
struct SharedTools: Hashable {
    let json: RawJSON
    private let hash: Int

    /// Takes one of those known with the same content, and hashes only without one.
    init(_ json: RawJSON, known first: SharedTools?, _ second: SharedTools?) {
        if let first, Self.isSame(first.json, json) {
            self = first
            return
        }
        if let second, Self.isSame(second.json, json) {
            self = second
            return
        }
        self.json = json
        var hasher = Hasher()
        json.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        hash = hasher.finalize()
    }

    static func == (first: SharedTools, second: SharedTools) -> Bool {
        first.hash == second.hash && isSame(first.json, second.json)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    private static func isSame(_ first: RawJSON, _ second: RawJSON) -> Bool {
        second.bytes.withUnsafeBufferPointer { other in
            first.bytes.withUnsafeBufferPointer { $0.baseAddress == other.baseAddress && $0.count == other.count }
                || first.isEqual(to: other)
        }
    }
}
