import GRDB
import GRDBSQLite
public import Logging
import ResponsesStore

/// Responses, conversations and events in one file of SQLite's.
///
///     let store = try SQLiteStore(path: "/var/lib/hotline/store.sqlite")
///
/// The file is its user's only (mode 0600); two more stand beside it while it is open (`-wal`, `-shm`), and one that says which
/// process has it (`.lock`). Its folder must be there.
///
/// What a call wrote is committed when it returns, and survives the end of the process, however it ends; see
/// `Configuration.Synchronous` for the loss of power. Writes wait in one bounded queue for one thread, reads for several. When
/// the disk fails a call throws `.unavailable`, when it is full `.full`; the next call tries again.
public final class SQLiteStore: Sendable {
    public let path: String
    public let configuration: Configuration

    let writer: Writer
    let readers: ReaderThreads
    let turns = ConversationTurns()
    let hooks: SQLiteStoreHooks
    let log: Logger?
    private let pool: DatabasePool

    /// Opens a store, and makes the file when there is none. Waits for the disk.
    ///
    /// - Parameter log: gets what goes wrong where nobody asked for something.
    /// - Throws: a sentence for the person who starts the program.
    public convenience init(
        path: String, configuration: Configuration = Configuration(), log: Logger? = nil
    ) throws(SQLiteStoreFailure) {
        try self.init(path: path, configuration: configuration, log: log, hooks: SQLiteStoreHooks())
    }

    package init(
        path: String, configuration: Configuration, log: Logger? = nil, hooks: SQLiteStoreHooks
    ) throws(SQLiteStoreFailure) {
        self.path = path
        self.configuration = configuration
        self.log = log
        self.hooks = hooks
        let connections = try StoreConnections(path: path, configuration)
        pool = connections.pool
        let checkpointer = connections.checkpointer
        writer = Writer(configuration, hooks: hooks, checkpointer: checkpointer, file: connections.file)
        readers = ReaderThreads(count: configuration.readers, waitingMax: configuration.waitingReadsMax)
        guard checkpointer.start() else {
            connections.close()
            throw Self.noThreads(path)
        }
        let end: @Sendable () -> Void = {
            checkpointer.end()
            connections.close()
        }
        guard readers.start(), writer.start(connections.pool, end: end) else {
            readers.end()
            end()
            throw Self.noThreads(path)
        }
    }

    private static func noThreads(_ path: String) -> SQLiteStoreFailure {
        SQLiteStoreFailure(.failed, path: path, "The system has no threads to spare for the store '\(path)'.")
    }

    deinit {
        writer.end()
        readers.end()
    }

    /// Ends the store: what waits is written, the log moved into the database file, and the lock let go. What is asked
    /// afterwards fails with `.unavailable`.
    public func close() async {
        writer.end()
        await writer.ended()
        readers.end()
    }

    /// Reads on a thread that may wait, in one snapshot.
    func read<Value>(_ body: (Database) throws -> Value) async throws(StoreError) -> Value {
        try await readers.run { () throws(StoreError) in
            do {
                return try pool.read(body)
            } catch {
                throw StoreError(error)
            }
        }
    }

    /// What SQLite has allocated, for all stores of the process: mostly pages of the file, which `Configuration.cacheBytesMax`
    /// bounds. What waits to be written counts for whoever waits.
    public var memoryBytes: Int { Int(sqlite3_memory_used()) }
}
