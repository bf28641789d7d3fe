/// The texts that stored records of an owner have alike, each kept and counted once, with the number of its records.
///
/// Owners share nothing: each pays for its own, and none learns what others have.
struct SharedTexts {
    private struct Key: Hashable {
        var row: Int
        var text: SharedText
    }

    private var uses: [Key: Int] = [:]
    /// By row, the last one that came in: a new chain has no parent whose tools to compare with, and mostly an agent's usual
    /// ones.
    private var latest: [SharedText?] = []

    var count: Int { uses.count }

    /// What a text takes with its place in the table.
    static func bytes(of text: SharedText) -> Int { HeapSize.array(text.bytes) + 80 }

    func latest(of row: Int) -> SharedText? { latest.indices.contains(row) ? latest[row] : nil }

    /// One more record of an owner has this text.
    ///
    /// - Returns: the text to be kept, which is the one kept already when there is one, and the bytes that this takes.
    mutating func retain(_ text: SharedText, of row: Int) -> (kept: SharedText, bytes: Int) {
        while latest.count <= row { latest.append(nil) }
        let key = Key(row: row, text: text)
        if let known = uses.index(forKey: key) {
            uses.values[known] += 1
            let kept = uses.keys[known].text
            latest[row] = kept
            return (kept, 0)
        }
        uses[key] = 1
        latest[row] = text
        return (text, Self.bytes(of: text))
    }

    /// One record less has it.
    ///
    /// - Returns: the bytes that are free by this.
    mutating func release(_ text: SharedText, of row: Int) -> Int {
        guard let known = uses.index(forKey: Key(row: row, text: text)) else { return 0 }
        uses.values[known] -= 1
        guard uses.values[known] == 0 else { return 0 }
        uses.remove(at: known)
        if latest[row] == text { latest[row] = nil }
        return Self.bytes(of: text)
    }
}
