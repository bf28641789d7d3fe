import GRDB
public import Logging

/// Responses, conversations and events in one file of SQLite's.
///
///     let store = try SQLiteStore(path: "/var/lib/hotline/store.sqlite")
///
/// The file is its user's only (mode 0600); two more stand beside it while it is open (`-wal`, `-shm`), and one that says which
/// process has it (`.lock`). Its folder must be there.
public final class SQLiteStore: Sendable {
    public let path: String
    public let configuration: Configuration

    /// Opens a store, and makes the file when there is none. Waits for the disk.
    ///
    /// - Parameter log: gets what goes wrong where nobody asked for something.
    /// - Throws: a sentence for the person who starts the program.
    public init(
        path: String, configuration: Configuration = Configuration(), log: Logger? = nil
    ) throws(SQLiteStoreFailure) {
        self.path = path
        self.configuration = configuration
    }

    /// Ends the store: what waits is written, the log moved into the database file, and the lock let go. What is asked
    /// afterwards fails with `.unavailable`.
    public func close() async {}
}
