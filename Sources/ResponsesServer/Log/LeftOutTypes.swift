/// Which types of items and tools a connection was already logged for: one line each.
struct LeftOutTypes: Sendable {
    /// Types come from the client, so they are bounded: after these no more are logged.
    static let countMax = 32

    private struct Entry: Hashable {
        var kind: ServerLog.Kind
        var type: String
    }

    private var known: Set<Entry> = []

    /// Whether this is the first of its type, which is then known.
    mutating func isNew(_ kind: ServerLog.Kind, _ type: String) -> Bool {
        guard known.count < Self.countMax, type.utf8.count <= 256 else { return false }
        return known.insert(Entry(kind: kind, type: type)).inserted
    }
}
