import GRDB
import ResponsesAPI
import ResponsesStore

/// The input of a chain as a list: how many items each of its rows has, which are read only as far as a page needs them.
struct InputList {
    private struct Part {
        var key: Int
        var count: Int
    }

    /// Where an item stands: the row by its place in the chain, and the item by its place in the row.
    private struct Place: Comparable {
        var row: Int
        var item: Int

        static func < (left: Place, right: Place) -> Bool { (left.row, left.item) < (right.row, right.item) }
    }

    private let db: Database
    private let owner: Int
    /// Oldest first.
    private var parts: [Part] = []

    /// - Returns: nil when something of the chain is not there.
    init?(of id: ResponseID, owner: Owner, in db: Database) throws {
        guard let owner = try db.key(of: owner) else { return nil }
        self.db = db
        self.owner = owner
        var isWhole = false
        var parts: [Part] = []
        try db.each(
            """
            WITH RECURSIVE chain (key, parent, count, begins) AS (
                SELECT key, parent, inputCount, parentID IS NULL FROM responses WHERE id = ? AND owner = ? AND NOT state & 2
                UNION ALL SELECT p.key, p.parent, p.inputCount, p.parentID IS NULL
                    FROM chain c CROSS JOIN responses p ON p.key = c.parent WHERE c.parent < c.key
            ) SELECT key, count, begins FROM chain
            """, .text(id.rawValue), .int(owner)
        ) { row in
            parts.append(Part(key: row.int(0), count: row.int(1)))
            isWhole = row.int(2) == 1
            return true
        }
        guard isWhole else { return nil }
        self.parts = parts.reversed()
    }

    /// - Throws: `StoreError.unknownItem` when the page begins behind, or ends before, an item that is not in the list.
    func select(_ page: Page) throws -> ItemPage {
        let isAscending = page.order == .ascending
        // An id that the list has twice: `after` is its last place in the page's order and `before` its first, so that paging comes to
        // an end.
        let after = try page.after.map { try place(of: $0, newest: isAscending) }
        let before = try page.before.map { try place(of: $0, newest: !isAscending) }
        let (low, high) = isAscending ? (after, before) : (before, after)
        // From the end of the page that it is looked for from.
        let goesUp = isAscending != page.goesBack
        var found: [(id: String, item: RawJSON)] = []
        for row in goesUp ? Array(parts.indices) : parts.indices.reversed() where parts[row].count > 0 {
            if let low, row < low.row { continue }
            if let high, row > high.row { continue }
            let record = try record(row)
            for item in goesUp ? Array(record.input.indices) : record.input.indices.reversed() {
                let place = Place(row: row, item: item)
                if let low, place <= low { continue }
                if let high, place >= high { continue }
                // One more than the page has says that there is more.
                guard found.count <= page.limit else { break }
                found.append((record.inputItemID(at: item), record.inputItem(at: item)))
            }
            if found.count > page.limit { break }
        }
        return ItemPage(found: found, of: page)
    }

    /// Where an item stands; of several places the newest or the oldest.
    private func place(of id: String, newest: Bool) throws -> Place {
        let places = try places(of: id)
        guard let place = newest ? places.max() : places.min() else { throw StoreError.unknownItem }
        return place
    }

    private func record(_ row: Int) throws -> ResponseRecord {
        guard let record = try db.storedRow(parts[row].key)?.record else { throw DamagedRow() }
        return record
    }

    /// Where items with an id stand: in the response that the id leads to, and where a client gave it.
    private func places(of id: String) throws -> [Place] {
        var keys: Set<Int> = []
        if let (stem, _) = ItemIDs.parse(id) {
            for response in ItemIDs.responses(withStem: stem) {
                if let row = try db.storedRow(response) { keys.insert(row.key) }
            }
        }
        try db.each("SELECT response FROM givenIDs WHERE owner = ? AND id = ?", .int(owner), .text(id)) { row in
            keys.insert(row.int(0))
            return true
        }
        var places: [Place] = []
        for row in parts.indices where keys.contains(parts[row].key) {
            let record = try record(row)
            for item in record.input.indices where record.inputItemID(at: item) == id {
                places.append(Place(row: row, item: item))
            }
        }
        return places
    }
}
