import GRDB

/// Responses, conversations and events in one file of SQLite's.
public final class SQLiteStore: Sendable {}
