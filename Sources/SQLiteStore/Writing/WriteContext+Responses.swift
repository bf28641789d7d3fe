import GRDB
import ResponsesAPI
import ResponsesStore

extension WriteContext {
    /// Keeps a record: as a new row, or in place of the one that its id has.
    ///
    /// - Throws: `StoreError.taken` with nothing changed.
    mutating func save(_ record: ResponseRecord) throws {
        let owner = try key(of: record.owner)
        let parent = try record.parent.flatMap { try key(of: $0, owner: owner) }
        let (frame, object) = try parts(of: record.object, owner: owner)
        let tools = try key(ofTools: record.tools, owner: owner)
        let items = ItemsBlob.encode(record)
        try db.run(
            """
            INSERT INTO responses (owner, id, parent, parentID, createdAt, usedAt, state, inputCount, outputCount, frame, tools,
                checksum, object, items) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """,
            .int(owner), .text(record.id.rawValue), .int(parent), .text(record.parent?.rawValue), .int(record.createdAt), .int(now),
            .int(RowState.of(record).rawValue), .int(record.input.count), .int(record.output.count), .int(frame), .int(tools),
            .int(TextHash.hash(object, items)), .blob(object), .blob(items))
        if db.changes == 1 {
            try add(record.givenIDs, of: Int(db.lastInsertedRowID), owner: owner)
        } else {
            let row = try requireReplaceable(record, owner: owner)
            try removeWhatRefers(to: row)
            // Its parent may have come meanwhile; a later row would be no ancestor, whatever it says.
            let parent = row.parent ?? parent.flatMap { $0 < row.key ? $0 : nil }
            try db.run(
                """
                UPDATE responses SET parent = ?, createdAt = ?, usedAt = ?, state = ?, inputCount = ?, outputCount = ?, frame = ?,
                    tools = ?, checksum = ?, object = ?, items = ? WHERE key = ?
                """,
                .int(parent), .int(record.createdAt), .int(now), .int(RowState.of(record).rawValue), .int(record.input.count),
                .int(record.output.count), .int(frame), .int(tools), .int(TextHash.hash(object, items)), .blob(object),
                .blob(items), .int(row.key))
            try add(record.givenIDs, of: row.key, owner: owner)
        }
        count(frame, tools, by: 1)
    }

    /// The row of an owner's response; nil for another owner's.
    private func key(of id: ResponseID, owner: Int) throws -> Int? {
        try db.first("SELECT key FROM responses WHERE id = ? AND owner = ?", .text(id.rawValue), .int(owner)) { $0.int(0) }
    }

    /// A damaged row is mended with this.
    private func requireReplaceable(_ record: ResponseRecord, owner: Int) throws -> RemovableRow {
        guard let row = try db.removableRow(record.id) else { throw DamagedRow(response: record.id) }
        guard row.owner == owner, row.parentID == record.parent else { throw StoreError.taken }
        return row
    }

    private func add(_ ids: [String], of response: Int, owner: Int) throws {
        for id in ids {
            try db.run("INSERT INTO givenIDs (owner, id, response) VALUES (?, ?, ?)", .int(owner), .text(id), .int(response))
        }
    }

    /// Forgets what leads to a row and what it shares; the row itself stays.
    private mutating func removeWhatRefers(to row: RemovableRow) throws {
        if let ids = row.givenIDs {
            for id in ids {
                try db.run(
                    "DELETE FROM givenIDs WHERE owner = ? AND id = ? AND response = ?", .int(row.owner), .text(id), .int(row.key))
            }
        } else {
            // Through all of the owner's, which takes longer.
            try db.run("DELETE FROM givenIDs WHERE owner = ? AND response = ?", .int(row.owner), .int(row.key))
        }
        count(row.frame, row.tools, by: -1)
    }

    // MARK: Deleting

    /// So many rows go with one delete at most; the rest goes in the store's own time, and cannot be read meanwhile.
    private static var removedAtOnceMax: Int { 256 }

    /// Deletes a response of an owner, or of any.
    ///
    /// - Returns: whether there was one.
    mutating func delete(_ id: ResponseID, of owner: Owner?) throws -> Bool {
        guard let row = try db.removableRow(id), !row.state.contains(.deleted) else { return false }
        if let owner, try knownKey(of: owner) != row.owner { return false }
        if try hasChildren(row.key) || !take(row) {
            // It is older than everything, so that it goes first when its last child is gone.
            try db.run(
                "UPDATE responses SET state = ?, usedAt = 0 WHERE key = ?", .int(RowState.deleted.rawValue), .int(row.key))
        } else {
            var left = Self.removedAtOnceMax
            try remove(row.key, andParentsUsedBefore: 1, left: &left)
        }
        return true
    }

    /// Removes a row without children, and of its ancestors those that nothing else continues and that were last used before
    /// `cutoff`; deleted ones count as never used.
    ///
    /// - Parameters:
    ///   - sparing: a row that must stay.
    ///   - left: how many rows may go; counts down.
    /// - Returns: the row that would have been next.
    @discardableResult
    mutating func remove(_ key: Int, andParentsUsedBefore cutoff: Int, sparing: Int? = nil, left: inout Int) throws -> Int? {
        var next: Int? = key
        while let key = next, left > 0 {
            guard let row = try db.removableRow(key), take(row) else { return nil }
            try removeWhatRefers(to: row)
            try db.run("DELETE FROM responses WHERE key = ?", .int(key))
            left -= 1
            next = nil
            guard let parent = row.parent, parent != sparing, !(try hasChildren(parent)) else { continue }
            next = try db.first(
                "SELECT key FROM responses WHERE key = ? AND usedAt < ? AND NOT state & 1", .int(parent), .int(cutoff)
            ) { $0.int(0) }
        }
        return next
    }

    /// Takes a row out, unless a turn holds it. An owner whose name is lost has nothing of it in memory.
    private func take(_ row: RemovableRow) -> Bool { held.take(row.id, of: (try? db.owner(row.owner)) ?? .anybody) }

    func hasChildren(_ key: Int) throws -> Bool {
        try db.first("SELECT 1 FROM responses WHERE parent = ? LIMIT 1", .int(key)) { _ in true } ?? false
    }

    // MARK: Damage

    /// Damaged responses that were saved while they ran are not found as running again.
    func endDamaged(_ ids: [ResponseID]) throws {
        for id in ids { try db.run("UPDATE responses SET state = state & ~1 WHERE id = ?", .text(id.rawValue)) }
    }

    // MARK: Use

    /// A response was read to be continued.
    func renew(_ id: ResponseID) throws {
        try db.run("UPDATE responses SET usedAt = ? WHERE id = ? AND NOT state & 2", .int(now), .text(id.rawValue))
    }
}
