import GRDB
import GRDBSQLite
import LibC

/// Statements, prepared once for each connection and bound through SQLite's own calls.
///
/// A text must not be used again while its rows are read.
extension Database {
    /// Runs a statement that answers nothing.
    func run(_ sql: String, _ values: SQLiteValue...) throws {
        _ = try withStatement(sql, values) { statement throws in
            while try Self.step(statement, in: self) {}
        }
    }

    /// The first row of what a statement answers; nil when there is none.
    func first<Value>(_ sql: String, _ values: SQLiteValue..., read: (SQLiteRow) throws -> Value) throws -> Value? {
        try withStatement(sql, values) { statement throws in
            try Self.step(statement, in: self) ? try read(SQLiteRow(statement: statement)) : nil
        }
    }

    /// Goes through what a statement answers, row by row as they are found.
    ///
    /// - Parameter body: returns whether to go on.
    func each(_ sql: String, _ values: SQLiteValue..., body: (SQLiteRow) throws -> Bool) throws {
        try withStatement(sql, values) { statement throws in
            while try Self.step(statement, in: self), try body(SQLiteRow(statement: statement)) {}
        }
    }

    /// How many rows the last statement changed.
    var changes: Int { Int(sqlite3_changes64(sqliteConnection)) }

    /// Whether a transaction is open: some errors end it.
    var isInTransaction: Bool { sqlite3_get_autocommit(sqliteConnection) == 0 }

    private func withStatement<Value>(
        _ sql: String, _ values: [SQLiteValue], _ body: (OpaquePointer) throws -> Value
    ) throws -> Value {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1), of: statement) }
        return try body(statement)
    }

    private func bind(_ value: SQLiteValue, at index: Int32, of statement: OpaquePointer) throws {
        // SQLite takes a copy: what is bound outlives this call.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code: Int32
        switch value {
        case .int(let value): code = sqlite3_bind_int64(statement, index, Int64(value))
        case .text(var text):
            code = text.withUTF8 { text in
                text.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text64(statement, index, $0.baseAddress ?? Self.nothing, UInt64($0.count), copies, UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            code = bytes.withUnsafeBytes {
                sqlite3_bind_blob64(statement, index, $0.baseAddress ?? Self.nothingRaw, UInt64($0.count), copies)
            }
        case .null: code = sqlite3_bind_null(statement, index)
        }
        guard code == SQLITE_OK else { throw Self.error(code, in: self) }
    }

    // What an empty text or blob is bound as: without an address it would be NULL.
    private static var nothing: UnsafePointer<CChar> { UnsafePointer(bitPattern: 1)! }
    private static var nothingRaw: UnsafeRawPointer { UnsafeRawPointer(bitPattern: 1)! }

    private static func step(_ statement: OpaquePointer, in database: Database) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        case let code: throw error(code, in: database)
        }
    }

    private static func error(_ code: Int32, in database: Database) -> DatabaseError {
        let message = database.sqliteConnection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}
