import GRDB
import ResponsesAPI
import ResponsesStore

/// Rows of `responses`, whoever owns them.
extension Database {
    func storedRow(_ id: ResponseID) throws -> StoredRow? {
        try first("SELECT \(StoredRow.columns) FROM responses r WHERE r.id = ?", .text(id.rawValue)) { try StoredRow($0) }
    }

    func removableRow(_ id: ResponseID) throws -> RemovableRow? {
        try first("SELECT \(StoredRow.columns) FROM responses r WHERE r.id = ?", .text(id.rawValue)) { RemovableRow($0) }
    }

    func removableRow(_ key: Int) throws -> RemovableRow? {
        try first("SELECT \(StoredRow.columns) FROM responses r WHERE r.key = ?", .int(key)) { RemovableRow($0) }
    }

    /// The number of a row, damaged or not, unless it was deleted.
    func key(ofResponse id: ResponseID) throws -> Int? {
        try first("SELECT key FROM responses WHERE id = ? AND NOT state & 2", .text(id.rawValue)) { $0.int(0) }
    }

    func storedRow(_ key: Int) throws -> StoredRow? {
        try first("SELECT \(StoredRow.columns) FROM responses r WHERE r.key = ?", .int(key)) { try StoredRow($0) }
    }
}
