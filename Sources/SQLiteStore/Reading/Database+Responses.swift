import GRDB
import ResponsesAPI
import ResponsesStore

/// What an owner reads. A response that was deleted is not there; in the chains of others it is.
extension Database {
    func row(_ id: ResponseID, of owner: Owner) throws -> StoredRow? {
        guard let row = try storedRow(id), !row.state.contains(.deleted), row.owner == (try key(of: owner)) else { return nil }
        return row
    }

    /// The rows of a chain, oldest first, from behind the newest ancestor that is held.
    ///
    /// One statement, which is stepped only as far as somebody asks: a row's parent is not looked for before.
    ///
    /// - Returns: nil when something of it is not there.
    func chain(to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool) throws -> [StoredRow]? {
        guard let owner = try key(of: owner) else { return nil }
        var rows: [StoredRow] = []
        var isWhole = false
        try each(
            """
            WITH RECURSIVE chain (key, parent) AS (
                SELECT key, parent FROM responses WHERE id = ? AND owner = ? AND NOT state & 2
                UNION ALL SELECT p.key, p.parent FROM chain c CROSS JOIN responses p ON p.key = c.parent WHERE c.parent < c.key
            ) SELECT \(StoredRow.columns) FROM chain c CROSS JOIN responses r ON r.key = c.key
            """, .text(id.rawValue), .int(owner)
        ) { row in
            let row = try StoredRow(row)
            rows.append(row)
            guard let parent = row.parentID, !isHeld(parent) else {
                isWhole = true
                return false
            }
            return row.parent != nil
        }
        guard isWhole else { return nil }
        rows.reverse()
        return rows
    }

    /// The item with this id: in the response that the id leads to, else where a client's id is known to be.
    func item(_ id: String, of owner: Owner) throws -> RawJSON? {
        guard let ownerKey = try key(of: owner) else { return nil }
        if let (stem, place) = ItemIDs.parse(id) {
            for response in ItemIDs.responses(withStem: stem) {
                if let item = try row(response, of: owner)?.record.item(id, at: place) { return item }
            }
        }
        let row = try first(
            """
            SELECT \(StoredRow.columns) FROM givenIDs g JOIN responses r ON r.key = g.response
            WHERE g.owner = ? AND g.id = ? AND NOT r.state & 2 ORDER BY g.response DESC LIMIT 1
            """, .int(ownerKey), .text(id)
        ) { try StoredRow($0) }
        return row?.record.item(id)
    }
}
