import ResponsesAPI
import ResponsesStore
import SQLiteStore

/// The stored responses of a file as the commands read them, beside a server that may have it open.
struct StoredResponses {
    private let file: SQLiteStoreInspection

    init(path: String) throws(Failure) {
        do throws(SQLiteStoreFailure) { file = try SQLiteStoreInspection(path: path) } catch { throw Failure(error) }
    }

    /// So many are read at a time; between two of them the file may change.
    private static let pageMax = 100

    /// Goes through the responses, the newest first.
    ///
    /// - Parameter body: returns whether to go on.
    func forEach(
        _ filter: SQLiteStoreFilter, _ body: (SQLiteStoreListing) throws(Failure) -> Bool
    ) throws(Failure) {
        var last: ResponseID?
        while true {
            let page: (responses: [SQLiteStoreListing], hasMore: Bool)?
            do throws(SQLiteStoreFailure) {
                page = try file.list(filter, limit: Self.pageMax, after: last)
            } catch { throw Failure(error) }
            guard let page else { throw Self.changed }
            for response in page.responses where try !body(response) { return }
            guard page.hasMore, let end = page.responses.last else { return }
            last = end.id
        }
    }

    /// A server deleted the very response at which a page ended.
    private static let changed = Failure(
        message: "the responses changed while they were read", wayOut: "Start the command again.", code: 75)

    /// Nil when there is none.
    func record(_ id: ResponseID) throws(Failure) -> ResponseRecord? {
        do throws(SQLiteStoreFailure) { return try file.response(id) } catch { throw Failure(error) }
    }

    /// The same, for a command that goes on without what is damaged.
    func reading(_ id: ResponseID) throws(Failure) -> Reading {
        do throws(SQLiteStoreFailure) {
            return try file.response(id).map { .record($0) } ?? .missing
        } catch {
            guard error.reason == .damaged else { throw Failure(error) }
            return .damaged
        }
    }

    enum Reading {
        case record(ResponseRecord)
        /// Deleted since it was listed.
        case missing
        case damaged
    }

    /// Whether there is one, damaged or not.
    func has(_ id: ResponseID) throws(Failure) -> Bool {
        do throws(SQLiteStoreFailure) { return try file.has(id) } catch { throw Failure(error) }
    }

    /// Says how many were left out as they are damaged.
    static func sayDamaged(_ count: Int) {
        guard let sentence = damagedSentence(count) else { return }
        Standard.error(sentence + "\n")
    }

    /// Nil where none is.
    static func damagedSentence(_ count: Int) -> String? {
        guard count > 0 else { return nil }
        let what = count == 1 ? "A stored response is damaged and was" : "\(count) stored responses are damaged and were"
        return "\(what) left out; 'hotline store check' says which."
    }

    func statistics() throws(Failure) -> SQLiteStoreStatistics {
        do throws(SQLiteStoreFailure) { return try file.statistics() } catch { throw Failure(error) }
    }

    /// - Throws: what keeps the file from being looked through, for whoever asks to say.
    func check() throws(SQLiteStoreFailure) -> SQLiteStoreCheck { try file.check() }
}
