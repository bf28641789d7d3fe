import ResponsesAPI
import ResponsesStore

/// A change that waits for its commit.
struct WriteJob: Sendable {
    /// What it needs in the queue, and about in the file.
    var bytes: Int
    /// The response that it continues, which must not go to make room for it.
    var continued: ResponseID?
    /// The response whose events it adds: they give way to everything else.
    var events: ResponseID?
    /// Changes the file in the open transaction, and returns what answers its caller when that is committed.
    ///
    /// Done again when the transaction was undone for another's sake. A `StoreError` says that nothing was changed and that
    /// the others of the transaction may go on; any other error undoes all of it.
    var perform: @Sendable (inout WriteContext) throws -> @Sendable () -> Void
    /// Whether it is done outside of a transaction, as SQLite wants it of some statements, and so by itself.
    var isAlone = false
    /// Answers its caller that nothing was done.
    var fail: @Sendable (StoreError) -> Void
}
