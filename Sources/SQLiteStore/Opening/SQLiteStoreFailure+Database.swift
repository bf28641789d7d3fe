import GRDB
import ResponsesAPI
import ResponsesStore

extension SQLiteStoreFailure {
    /// What an error of the database is to the person at the machine.
    init(_ error: any Error, path: String) {
        if let error = error as? SQLiteStoreFailure {
            self = error
            return
        }
        if let error = error as? DamagedRow {
            let what = error.response.map { "The response '\($0.rawValue)'" } ?? "A row"
            self.init(.damaged, path: path, "\(what) of the store '\(path)' is damaged and cannot be read.")
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.failed, path: path, "The store '\(path)' failed: \(StoreError(error).sentence).")
            return
        }
        let code = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_NOTADB: self.init(.notAStore, path: path, "'\(path)' is not a database; give the store a file of its own.")
        case .SQLITE_CORRUPT:
            self.init(
                .corrupt, path: path,
                "The store '\(path)' is damaged (\(code)); restore it from a copy, or move it away to begin with an empty one.")
        case .SQLITE_FULL: self.init(.full, path: path, "The disk is full, so the store '\(path)' cannot be written.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, path: path, "Another program holds the store '\(path)' (\(code)); end it and try again.")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            self.init(.notAllowed, path: path, "The store '\(path)' cannot be opened (\(code)).")
        default: self.init(.failed, path: path, "The store '\(path)' failed (\(code)).")
        }
    }
}
