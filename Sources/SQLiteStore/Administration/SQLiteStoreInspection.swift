import GRDB
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
    private let database: DatabaseQueue

    /// - Throws: a sentence for what is no store, cannot be read, or is of a newer version.
    public init(path: String) throws(SQLiteStoreFailure) {
        self.path = path
        try StoreFile(path: path).requireReadable()
        do {
            var configuration = GRDB.Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(2)
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.inDatabase { db in
                try StoreVersion.require(db, path: path)
                guard try db.tableExists("responses") else {
                    throw SQLiteStoreFailure(.missing, path: path, "'\(path)' is empty: no store was made in it yet.")
                }
            }
        } catch {
            throw SQLiteStoreFailure(error, path: path)
        }
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws(SQLiteStoreFailure) -> Value {
        do {
            return try database.read(body)
        } catch {
            throw SQLiteStoreFailure(error, path: path)
        }
    }

    /// Goes through the responses, the newest first, and reads no further than `body` wants.
    ///
    /// - Parameters:
    ///   - after: begins behind this response; from the newest on when it is nil.
    ///   - body: gets each response that the filter lets through, damaged ones among them (`SQLiteStoreListing.isDamaged`);
    ///     returns whether to go on.
    /// - Returns: false when there is no response `after`.
    @discardableResult
    public func forEachResponse(
        _ filter: SQLiteStoreFilter = SQLiteStoreFilter(), after: ResponseID? = nil, _ body: (SQLiteStoreListing) -> Bool
    ) throws(SQLiteStoreFailure) -> Bool {
        var key = Int.max
        if let after {
            let found = try read { db in
                try db.first("SELECT key FROM responses WHERE id = ?", .text(after.rawValue)) { $0.int(0) }
            }
            guard let found else { return false }
            key = found
        }
        while true {
            // A batch at a time: the server's log cannot begin anew while somebody reads it.
            let batch = try read { db in try ListingBatch(before: key, filter, in: db) }
            for listing in batch.listings { guard body(listing) else { return true } }
            guard let next = batch.next else { return true }
            key = next
        }
    }

    /// A page of the responses, the newest first.
    ///
    /// - Returns: at most `limit`, and whether more follow; nil when there is no response `after`.
    public func list(
        _ filter: SQLiteStoreFilter = SQLiteStoreFilter(), limit: Int = 20, after: ResponseID? = nil
    ) throws(SQLiteStoreFailure) -> (responses: [SQLiteStoreListing], hasMore: Bool)? {
        var found: [SQLiteStoreListing] = []
        let isThere = try forEachResponse(filter, after: after) { listing in
            found.append(listing)
            return found.count <= limit
        }
        return isThere ? (Array(found.prefix(limit)), found.count > limit) : nil
    }

    /// Whether there is a response, of any owner, damaged or not.
    public func has(_ id: ResponseID) throws(SQLiteStoreFailure) -> Bool { try read { db in try db.key(ofResponse: id) != nil } }

    /// A response of any owner; nil when there is none.
    ///
    /// - Throws: `.damaged` for one that cannot be read.
    public func response(_ id: ResponseID) throws(SQLiteStoreFailure) -> ResponseRecord? {
        try read { db in
            guard let row = try db.storedRow(id), !row.state.contains(.deleted) else { return nil }
            var records = RecordReader(db)
            return try records.record(of: row)
        }
    }

    /// A response with the chain before it, the oldest first; nil when there is none, or the chain is not whole.
    public func chain(to id: ResponseID) throws(SQLiteStoreFailure) -> [ResponseRecord]? {
        try read { db in
            guard let row = try db.storedRow(id) else { return nil }
            var records = RecordReader(db)
            return try db.chain(to: id, of: try records.owner(row.owner)) { _ in false }?.map { try records.record(of: $0) }
        }
    }

    /// What the store holds. Reads every response's first page, so it takes a while where there are many.
    public func statistics() throws(SQLiteStoreFailure) -> SQLiteStoreStatistics {
        var statistics = try read { db in try SQLiteStoreStatistics(db) }
        statistics.walBytes = StoreFile(path: path + "-wal").bytes
        return statistics
    }

    /// Looks through the whole file: its pages and indexes, and whether what refers to something finds it. A server's log
    /// grows while this reads.
    ///
    /// - Parameter problemsMax: so many problems are listed at most.
    public func check(problemsMax: Int = 100) throws(SQLiteStoreFailure) -> SQLiteStoreCheck {
        do {
            return try database.read { db in
                var checking = Checking(db, problemsMax: problemsMax)
                try checking.run()
                return checking.result
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            // So damaged that even the look at its pages ends.
            var result = SQLiteStoreCheck()
            result.problems = [SQLiteStoreFailure(error, path: path).description]
            return result
        } catch {
            throw SQLiteStoreFailure(error, path: path)
        }
    }
}
