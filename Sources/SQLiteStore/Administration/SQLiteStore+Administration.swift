public import ResponsesAPI

/// What the person at the machine changes. Whoever calls this has opened the store, and so has it alone.
extension SQLiteStore {
    /// Deletes a response of any owner, as its owner would.
    ///
    /// - Returns: whether there was one.
    public func forget(_ id: ResponseID) async throws(SQLiteStoreFailure) -> Bool { false }

    /// Writes the whole file anew, without the room of what went. Takes as much room on the disk again while it runs; saves wait.
    public func vacuum() async throws(SQLiteStoreFailure) -> SQLiteStoreVacuum { SQLiteStoreVacuum(bytesBefore: 0, bytesAfter: 0) }
}
