import GRDB
import ResponsesAPI

/// A row of `eventLogs`.
struct EventLogRow {
    var key: Int
    var owner: Int
    /// The number of the oldest event, and the one behind the newest.
    var first: Int
    var end: Int
    var bytes: Int

    /// - Parameter row: `key, owner, first, end, bytes`.
    init(_ row: SQLiteRow) {
        self.init(key: row.int(0), owner: row.int(1), first: row.int(2), end: row.int(3), bytes: row.int(4))
    }

    init(key: Int, owner: Int, first: Int, end: Int, bytes: Int) {
        self.key = key
        self.owner = owner
        self.first = first
        self.end = end
        self.bytes = bytes
    }
}

extension Database {
    func eventLog(_ id: ResponseID) throws -> EventLogRow? {
        try first("SELECT key, owner, first, end, bytes FROM eventLogs WHERE id = ?", .text(id.rawValue)) { EventLogRow($0) }
    }
}
