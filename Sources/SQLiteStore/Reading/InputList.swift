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
        // A page that goes back is read in the other order, from its end.
        let isAscending = (page.order == .ascending) != page.goesBack
        // Of an id that the list has twice, the place counts that is the last in the order of reading for where it begins, and the
        // first for where it ends: so paging comes to an end.
        func place(of id: String?, isLast: Bool) throws -> Place? {
            guard let id else { return nil }
            let places = try places(of: id)
            guard let place = isLast == isAscending ? places.max() : places.min() else { throw StoreError.unknownItem }
            return place
        }
        let behind = try place(of: page.goesBack ? page.before : page.after, isLast: true)
        let end = try place(of: page.goesBack ? nil : page.before, isLast: false)
        var found: [(id: String, item: RawJSON)] = []
        let order = isAscending ? Array(parts.indices) : parts.indices.reversed()
        for row in order where parts[row].count > 0 {
            if let behind, isAscending ? row < behind.row : row > behind.row { continue }
            if let end, isAscending ? row > end.row : row < end.row { break }
            let record = try record(row)
            for item in isAscending ? Array(record.input.indices) : record.input.indices.reversed() {
                let place = Place(row: row, item: item)
                if let behind, isAscending ? place <= behind : place >= behind { continue }
                if let end, isAscending ? place >= end : place <= end { break }
                // One more than the page has says that more follows.
                guard found.count <= page.limit else { break }
                found.append((record.inputItemID(at: item), record.inputItem(at: item)))
            }
            if found.count > page.limit { break }
        }
        let read = found.prefix(page.limit)
        let items = page.goesBack ? read.reversed() : Array(read)
        return ItemPage(
            items: items.map(\.item), firstID: items.first?.id, lastID: items.last?.id, hasMore: found.count > page.limit)
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
