import GRDB
import ResponsesAPI
import ResponsesStore

/// Rows of `responses`, whoever owns them.
extension Database {
    func storedRow(_ id: ResponseID) throws -> StoredRow? {
        try first("SELECT \(StoredRow.columns) FROM responses r WHERE r.id = ?", .text(id.rawValue)) { try StoredRow($0) }
    }

    func storedRow(_ key: Int) throws -> StoredRow? {
        try first("SELECT \(StoredRow.columns) FROM responses r WHERE r.key = ?", .int(key)) { try StoredRow($0) }
    }
}
