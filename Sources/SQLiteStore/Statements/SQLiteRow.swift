import GRDBSQLite
import LibC

/// The row at which a statement stands: read at once, as it is another after the next step.
///
/// Columns are read through SQLite's own calls: bytes come as arrays, without a value of another type in between.
struct SQLiteRow {
    let statement: OpaquePointer

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }
    func int(_ column: Int) -> Int { Int(sqlite3_column_int64(statement, Int32(column))) }
    func intOrNil(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }
    func text(_ column: Int) -> String { String(decoding: buffer(column), as: UTF8.self) }
    func textOrNil(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    func bytes(_ column: Int) -> [UInt8] { Array(buffer(column)) }

    /// The bytes where SQLite has them.
    func buffer(_ column: Int) -> UnsafeRawBufferPointer {
        // In this order: the count is that of the form that was asked for.
        guard let start = sqlite3_column_blob(statement, Int32(column)) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, Int32(column))))
    }
}
