import SQLiteStore

extension SQLiteStore {
    /// Opens a file that is there, for a command that changes it.
    ///
    /// - Throws: `Failure` when it is not there or a server has it, and what `body` throws.
    static func withAlone<R>(_ path: String, _ body: (SQLiteStore) async throws -> R) async throws -> R {
        var configuration = Configuration()
        configuration.createsFile = false
        let store: SQLiteStore
        do throws(SQLiteStoreFailure) {
            store = try SQLiteStore(path: path, configuration: configuration)
        } catch {
            throw Failure(error)
        }
        let result: Result<R, any Error>
        do { result = .success(try await body(store)) } catch { result = .failure(error) }
        await store.close()
        return try result.get()
    }
}
