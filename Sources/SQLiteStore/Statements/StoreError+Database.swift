import GRDB
import ResponsesStore

extension StoreError {
    /// What a database's error is to the store's caller. No content is in its texts: SQLite's messages name tables and files.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL: self = .full
        // Larger than any value may be.
        case let error as DatabaseError where error.resultCode == .SQLITE_TOOBIG: self = .full
        case let error as DatabaseError: self = .unavailable(reason: Self.sentence(for: error))
        case let error as DamagedRow: self = .unavailable(reason: error.sentence)
        default: self = .unavailable(reason: "the database failed: \(type(of: error))")
        }
    }

    /// What a person reads of it, without its end.
    var sentence: String {
        switch self {
        case .unavailable(let reason): reason
        case .full: "there is no room"
        case .taken: "the id is taken"
        case .unknownItem: "there is no such item"
        }
    }

    private static func sentence(for error: DatabaseError) -> String {
        let code = "SQLite \(error.extendedResultCode.rawValue), \(error.message ?? "no message")"
        return switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: "another program holds the database (\(code))"
        case .SQLITE_READONLY: "the database cannot be written (\(code))"
        case .SQLITE_IOERR, .SQLITE_CANTOPEN: "the disk failed (\(code))"
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: "the database is damaged (\(code))"
        default: "the database failed (\(code))"
        }
    }
}
