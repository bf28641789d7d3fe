import GRDB
import GRDBSQLite

/// The connections to a store's file, made so that nothing is changed before it is known to be one.
///
/// The settings of a connection and why:
/// - `secure_delete = ON`: what a client deletes is overwritten in the file. Pages that are deleted are written once more for
///   it; they are few beside those that are saved, and go in the background.
/// - No memory-mapped reading: where the disk fails it ends the process instead of failing the call.
/// - `auto_vacuum = INCREMENTAL`: room is given back in small steps, without writing the whole file anew.
struct StoreConnections: Sendable {
    let pool: DatabasePool
    let checkpointer: Checkpointer
    let file: OpenFile
    private let lock: StoreLock

    init(path: String, _ configuration: SQLiteStore.Configuration) throws(SQLiteStoreFailure) {
        let file = StoreFile(path: path)
        try file.requirePlace(creates: configuration.createsFile)
        lock = try StoreLock(path: path)
        try file.make(creates: configuration.createsFile)
        do {
            try StoreVersion.require(path: path, readOnly: true)
            let pool = try DatabasePool(path: path, configuration: Self.configuration(configuration))
            try Schema.migrator.migrate(pool)
            let pageBytes = try pool.writeWithoutTransaction { db in
                try Self.prepareWriter(db, configuration)
                return try FileSize(db).pageBytes
            }
            let queue = try DatabaseQueue(path: path, configuration: Self.configuration(configuration, cacheBytes: 64 << 10))
            let checkpointer = Checkpointer(queue, pageBytes: pageBytes, walBytesMax: configuration.walBytesMax)
            pool.writeWithoutTransaction { db in checkpointer.watch(db) }
            self.file = try OpenFile(path: path)
            self.pool = pool
            self.checkpointer = checkpointer
        } catch {
            throw SQLiteStoreFailure(error, path: path)
        }
    }

    /// Moves the log into the file and lets the lock go. The writer's connection must not be in use.
    func close() {
        _ = pool.writeWithoutTransaction { db in try? db.checkpoint(.truncate) }
        try? pool.close()
        checkpointer.close()
        lock.release()
    }

    private static func configuration(
        _ configuration: SQLiteStore.Configuration, cacheBytes: Int? = nil
    ) -> GRDB.Configuration {
        var result = GRDB.Configuration()
        result.label = "store"
        result.maximumReaderCount = max(configuration.readers, 1)
        result.busyMode = .timeout(seconds(configuration.busyLimit))
        // No columns refer to others by declaration.
        result.foreignKeysEnabled = false
        result.prepareDatabase { db in
            // Half for the writer, the other half for all readers.
            let share = db.configuration.readonly
                ? configuration.cacheBytesMax / 2 / max(configuration.readers, 1) : configuration.cacheBytesMax / 2
            try db.execute(sql: "PRAGMA cache_size = -\((cacheBytes ?? share) / 1024)")
            if !db.configuration.readonly {
                // Of a new file; of another it changes nothing.
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
                try db.execute(sql: "PRAGMA secure_delete = ON")
            }
        }
        return result
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    private static func prepareWriter(_ db: Database, _ configuration: SQLiteStore.Configuration) throws {
        // After opening, as GRDB sets NORMAL then.
        try db.execute(sql: "PRAGMA synchronous = \(configuration.synchronous == .full ? "FULL" : "NORMAL")")
        try db.execute(sql: "PRAGMA journal_size_limit = \(configuration.walBytesMax)")
        try db.execute(sql: "PRAGMA analysis_limit = 400")
        // A file that is larger keeps its size, and grows no more.
        if let pages = try FileSize(db).pagesMax(configuration) { try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }
}
