import ResponsesStore
import ResponsesTesting
import SQLiteStore
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: SQLiteStore.Configuration.Synchronous.allCases)
    func theStoreKeepsTheContract(_ synchronous: SQLiteStore.Configuration.Synchronous) async throws {
        let folder = TemporaryFolder()
        var configuration = SQLiteStore.Configuration()
        configuration.synchronous = synchronous
        let store = try SQLiteStore(path: folder.file(), configuration: configuration)
        var options = StoreConformance.Options()
        options.chainLength = 1000
        options.outlivesProcess = true
        let conformance = { StoreConformance(store: store, conversations: store, events: store, options: options) }
        #expect(try await conformance().run().skipped == [])
        // On a store that holds things already.
        try await conformance().run()
        await store.close()
        #expect(folder.names == ["store.sqlite", "store.sqlite.lock"])
        let check = try SQLiteStoreInspection(path: folder.file()).check()
        #expect(check.problems == [])
    }
}
