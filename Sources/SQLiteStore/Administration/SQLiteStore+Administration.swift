import GRDB
public import ResponsesAPI
import ResponsesStore

/// What the person at the machine changes. Whoever calls this has opened the store, and so has it alone.
extension SQLiteStore {
    /// Deletes a response of any owner, as its owner would.
    ///
    /// - Returns: whether there was one.
    public func forget(_ id: ResponseID) async throws(SQLiteStoreFailure) -> Bool {
        try await administer { context in try context.delete(id, of: nil) }
    }

    /// Writes the whole file anew, without the room of what went. Takes as much room on the disk again while it runs; saves wait.
    public func vacuum() async throws(SQLiteStoreFailure) -> SQLiteStoreVacuum {
        try await administer(isAlone: true) { [checkpointer = writer.checkpointer] context in
            // What stands in the log is part of the file's size before.
            try checkpointer.empty(in: context.db)
            let before = try FileSize(context.db)
            try context.db.run("VACUUM")
            try checkpointer.empty(in: context.db)
            let after = try FileSize(context.db)
            return SQLiteStoreVacuum(
                bytesBefore: before.pages * before.pageBytes, bytesAfter: after.pages * after.pageBytes)
        }
    }

    private func administer<Value: Sendable>(
        isAlone: Bool = false, _ body: @escaping @Sendable (inout WriteContext) throws -> Value
    ) async throws(SQLiteStoreFailure) -> Value {
        do throws(StoreError) {
            return try await writer.write(isAlone: isAlone, body)
        } catch {
            switch error {
            case .full: throw SQLiteStoreFailure(.full, path: path, "The disk is full, so the store '\(path)' cannot be written.")
            case .unavailable(let reason): throw SQLiteStoreFailure(.failed, path: path, "The store '\(path)' failed: \(reason).")
            case .taken, .unknownItem: throw SQLiteStoreFailure(.failed, path: path, "The store '\(path)' failed: \(error.sentence).")
            }
        }
    }
}
