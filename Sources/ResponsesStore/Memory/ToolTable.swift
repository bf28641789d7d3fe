import ResponsesAPI

/// The arrays of tools that stored records have, each kept and counted once, with the number of its records.
struct ToolTable {
    private var uses: [SharedTools: Int] = [:]
    /// The last one that came in: a new chain has no parent whose tools to compare with, and mostly an agent's usual tools.
    private(set) var latest: SharedTools?
    private(set) var bytes = 0

    var count: Int { uses.count }

    /// A dictionary's entry with the array's header.
    private static var overheadBytes: Int { 96 }

    /// One more record has these tools.
    ///
    /// - Returns: the array to be kept, which is the one kept already when there is one.
    mutating func retain(_ tools: SharedTools) -> SharedTools {
        if let known = uses.index(forKey: tools) {
            uses.values[known] += 1
            let kept = uses.keys[known]
            latest = kept
            return kept
        }
        uses[tools] = 1
        latest = tools
        bytes += tools.json.bytes.count + Self.overheadBytes
        return tools
    }

    /// One record less has them.
    mutating func release(_ tools: SharedTools) {
        guard let known = uses.index(forKey: tools) else { return }
        uses.values[known] -= 1
        guard uses.values[known] == 0 else { return }
        uses.remove(at: known)
        bytes -= tools.json.bytes.count + Self.overheadBytes
        if latest == tools { latest = nil }
    }
}
