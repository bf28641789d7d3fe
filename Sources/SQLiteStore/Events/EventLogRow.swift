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
}

extension Database {
    func eventLog(_ id: ResponseID) throws -> EventLogRow? {
        try first("SELECT key, owner, first, end, bytes FROM eventLogs WHERE id = ?", .text(id.rawValue)) { row in
            EventLogRow(key: row.int(0), owner: row.int(1), first: row.int(2), end: row.int(3), bytes: row.int(4))
        }
    }
}
