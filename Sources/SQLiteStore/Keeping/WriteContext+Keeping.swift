import GRDB
import ResponsesAPI

/// What goes by itself.
extension WriteContext {
    /// So many rows are looked at in one step.
    private static var lookedAtMax: Int { 512 }

    /// Lets responses go that were last used before a time, the oldest first, and never one before what continues it.
    ///
    /// One step of a way through all of them.
    ///
    /// - Parameters:
    ///   - way: how far that is.
    ///   - sparing: a response that stays.
    /// - Returns: how many went.
    mutating func letGo(
        usedBefore cutoff: Int, atMost max: Int, on way: WritableKeyPath<WriteContext, Sweep>, sparing: ResponseID? = nil
    ) throws -> Int {
        let spared = try sparing.flatMap { id in
            try db.first("SELECT key FROM responses WHERE id = ?", .text(id.rawValue)) { $0.int(0) }
        }
        var left = max
        var sweep = self[keyPath: way]
        if let key = sweep.continued.take() {
            sweep.continued = try letGo(key, usedBefore: cutoff, sparing: spared, left: &left)
        }
        var rows: [(usedAt: Int, key: Int)] = []
        try db.each(
            """
            SELECT usedAt, key FROM responses WHERE (usedAt, key) > (?, ?) AND usedAt < ? ORDER BY usedAt, key LIMIT ?
            """, .int(sweep.usedAt), .int(sweep.key), .int(cutoff), .int(Self.lookedAtMax)
        ) { row in
            rows.append((row.int(0), row.int(1)))
            return true
        }
        for row in rows where left > 0 {
            (sweep.usedAt, sweep.key) = row
            sweep.continued = try letGo(row.key, usedBefore: cutoff, sparing: spared, left: &left)
        }
        sweep.isAtEnd = rows.count < Self.lookedAtMax && left > 0
        self[keyPath: way] = sweep
        return max - left
    }

    /// Lets a row go, if nothing needs it, and of its ancestors those that are old enough: they are behind in the way through
    /// all, and go with what continued them.
    ///
    /// - Returns: the ancestor with which it goes on.
    private mutating func letGo(_ key: Int, usedBefore cutoff: Int, sparing: Int?, left: inout Int) throws -> Int? {
        guard key != sparing, try canGo(key, usedBefore: cutoff) else { return nil }
        do {
            return try remove(key, andParentsUsedBefore: cutoff, sparing: sparing, left: &left)
        } catch is DamagedRow {
            // It stays, and holds up no other. Nothing of it was changed.
            return nil
        }
    }

    /// Whether nothing continues a row, and it does not run.
    private func canGo(_ key: Int, usedBefore cutoff: Int) throws -> Bool {
        guard try !hasChildren(key) else { return false }
        return try db.first(
            "SELECT 1 FROM responses WHERE key = ? AND usedAt < ? AND NOT state & 1", .int(key), .int(cutoff)) { _ in true } ?? false
    }

    /// Gives pages that hold nothing back to the system.
    func giveBack(pages: Int) throws {
        // Not kept prepared, as every number is another statement.
        try db.execute(sql: "PRAGMA incremental_vacuum(\(pages))")
    }
}
