import GRDB

/// Whether a file is a store of a version that is known here.
enum StoreVersion {
    /// - Throws: `SQLiteStoreFailure` for another program's database and for a newer store.
    static func require(path: String, readOnly: Bool) throws {
        var configuration = GRDB.Configuration()
        configuration.readonly = readOnly
        let database = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? database.close() }
        try database.inDatabase { db in try require(db, path: path) }
    }

    static func require(_ db: Database, path: String) throws {
        let tables = try db.first("SELECT count(*) FROM sqlite_master") { $0.int(0) } ?? 0
        guard tables > 0 else { return }
        guard try db.first("PRAGMA application_id", read: { $0.int(0) }) == Schema.applicationID else {
            throw SQLiteStoreFailure(
                .notAStore, path: path, "'\(path)' is another program's database; give the store a file of its own.")
        }
        guard try !Schema.migrator.hasBeenSuperseded(db) else {
            throw SQLiteStoreFailure(
                .newer, path: path,
                "'\(path)' was written by a newer version of this program, which this one does not know; use that version, or "
                    + "another file.")
        }
    }
}
