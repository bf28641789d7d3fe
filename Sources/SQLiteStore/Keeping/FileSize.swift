import GRDB

/// What the database file takes, in pages.
struct FileSize {
    var pageBytes: Int
    var pages: Int
    /// Pages of the file that hold nothing.
    var freePages: Int

    init(_ db: Database) throws {
        func number(_ sql: String) throws -> Int { try db.first(sql) { $0.int(0) } ?? 0 }
        pageBytes = try number("PRAGMA page_size")
        pages = try number("PRAGMA page_count")
        freePages = try number("PRAGMA freelist_count")
    }

    /// The limit of the file; nil without one.
    func pagesMax(_ configuration: SQLiteStore.Configuration) -> Int? {
        configuration.bytesMax.map { max($0 / pageBytes, 1) }
    }
}
