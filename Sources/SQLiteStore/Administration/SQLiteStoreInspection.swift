public import ResponsesAPI
public import ResponsesStore

/// A store as the person at the machine looks at it: every owner's responses, read beside a server that has it open.
///
/// Nothing is changed, and no lock is taken but those that every reader takes. What changes something is `SQLiteStore`'s, which
/// has the store alone: `forget(_:)` and `vacuum()`.
///
/// Its methods wait for the disk: call them from a thread that may.
public final class SQLiteStoreInspection: Sendable {
    public let path: String

    /// - Throws: a sentence for what is no store, cannot be read, or is of a newer version.
    public init(path: String) throws(SQLiteStoreFailure) {
        self.path = path
    }

    /// Goes through the responses, the newest first, and reads no further than `body` wants.
    ///
    /// - Parameters:
    ///   - after: begins behind this response; from the newest on when it is nil.
    ///   - body: gets each response that the filter lets through; returns whether to go on.
    /// - Returns: false when there is no response `after`.
    @discardableResult
    public func forEachResponse(
        _ filter: SQLiteStoreFilter = SQLiteStoreFilter(), after: ResponseID? = nil, _ body: (SQLiteStoreListing) -> Bool
    ) throws(SQLiteStoreFailure) -> Bool {
        true
    }

    /// A page of the responses, the newest first.
    ///
    /// - Returns: at most `limit`, and whether more follow; nil when there is no response `after`.
    public func list(
        _ filter: SQLiteStoreFilter = SQLiteStoreFilter(), limit: Int = 20, after: ResponseID? = nil
    ) throws(SQLiteStoreFailure) -> (responses: [SQLiteStoreListing], hasMore: Bool)? {
        nil
    }

    /// A response of any owner; nil when there is none.
    public func response(_ id: ResponseID) throws(SQLiteStoreFailure) -> ResponseRecord? { nil }

    /// A response with the chain before it, the oldest first; nil when there is none, or the chain is not whole.
    public func chain(to id: ResponseID) throws(SQLiteStoreFailure) -> [ResponseRecord]? { nil }

    /// What the store holds. Reads every response's first page, so it takes a while where there are many.
    public func statistics() throws(SQLiteStoreFailure) -> SQLiteStoreStatistics { SQLiteStoreStatistics() }

    /// Looks through the whole file: its pages and indexes, and whether what refers to something finds it.
    ///
    /// - Parameter problemsMax: so many problems are listed at most.
    public func check(problemsMax: Int = 100) throws(SQLiteStoreFailure) -> SQLiteStoreCheck { SQLiteStoreCheck() }
}
