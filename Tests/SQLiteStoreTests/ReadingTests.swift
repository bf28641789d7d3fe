import GRDB
import ResponsesAPI
import ResponsesStore
import Synchronization
import Testing

@testable import SQLiteStore

/// How much is read for what.
@Suite struct ReadingTests {
    private let folder = TemporaryFolder()

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isUp: Bool { value.load(ordering: .acquiring) }
        func raise() { value.store(true, ordering: .releasing) }
    }

    /// A store with a chain of a thousand responses.
    private func storeWithChain() async throws -> SQLiteStore {
        var configuration = SQLiteStore.Configuration()
        configuration.synchronous = .normal
        let store = try SQLiteStore(path: folder.file(), configuration: configuration)
        try await store.saveChain((0..<1000).map { "\($0)" }, bytes: 40)
        return store
    }

    /// The statements that reading runs.
    private func statements(_ store: SQLiteStore, _ read: (Database) throws -> Void) async throws -> [String] {
        try await store.read { db in
            let seen = Mutex<[String]>([])
            db.trace { event in seen.withLock { $0.append("\(event)") } }
            defer { db.trace(options: []) }
            try read(db)
            return seen.withLock { $0 }
        }
    }

    @Test func aChainIsOneStatement() async throws {
        let store = try await storeWithChain()
        let whole = try await statements(store) { db in
            let chain = try db.chain(to: "resp_999", of: .alice) { _ in false }
            #expect(chain?.count == 1000)
        }
        // The owner's number, and the chain.
        #expect(whole.count == 2, "\(whole)")
        #expect(whole.last?.contains("WITH RECURSIVE") == true)
        await store.close()
    }

    @Test func aPartOfAChainCostsWhatItHas() async throws {
        let store = try await storeWithChain()
        let asked = Mutex(0)
        #expect(try await store.chain(to: "resp_999", of: .alice) { id in
            asked.withLock { $0 += 1 }
            return id == "resp_989"
        }?.count == 10)
        #expect(asked.withLock { $0 } == 10)
        await store.close()
    }

    @Test func aPageReadsNoMoreThanItsResponses() async throws {
        let store = try await storeWithChain()
        let page = try await statements(store) { db in
            let page = try InputList(of: "resp_999", owner: .alice, in: db)?.select(Page(limit: 3))
            #expect(page?.items.count == 3)
        }
        // The owner's number, the chain's numbers, and of each item its row: one more says that more follows.
        #expect(page.count == 6, "\(page)")
        await store.close()
    }

    @Test func readsBeyondTheLimitAreRefused() async throws {
        var configuration = SQLiteStore.Configuration()
        configuration.readers = 1
        configuration.waitingReadsMax = 0
        let store = try SQLiteStore(path: folder.file(), configuration: configuration)
        try await store.save(.sample("a"))
        let isRefused = try await store.chain(to: "resp_a", of: .alice) { _ in true }
        #expect(isRefused != nil)
        // One that reads another while it reads: the second finds no room.
        let entered = Flag()
        let release = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await store.save(.sample("b", parent: "a"))
            group.addTask {
                _ = try await store.chain(to: "resp_b", of: .alice) { _ in
                    entered.raise()
                    while !release.isUp {}
                    return true
                }
            }
            while !entered.isUp { await Task.yield() }
            await #expect(throws: StoreError.unavailable(reason: "more than 1 reads of the database at a time")) {
                try await store.response("resp_a", of: .alice)
            }
            release.raise()
            try await group.waitForAll()
        }
        #expect(try await store.has("a"))
        await store.close()
    }
}
