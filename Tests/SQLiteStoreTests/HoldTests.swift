import ResponsesAPI
import ResponsesStore
import Synchronization
import Testing

@testable import SQLiteStore

/// What turns continue stays in the file; what goes is told to whoever has something of it in memory.
struct HoldTests {
    private let folder = TemporaryFolder()

    private func store(_ configure: (inout SQLiteStore.Configuration) -> Void = { _ in }) throws -> SQLiteStore {
        var configuration = SQLiteStore.Configuration()
        configure(&configuration)
        return try SQLiteStore(path: folder.file(), configuration: configuration)
    }

    /// A file at its limit lets others go, and says which went.
    @Test func aLimitSparesWhatIsHeld() async throws {
        let store = try store { $0.bytesMax = 2 << 20 }
        let gone = Mutex<Set<ResponseID>>([])
        store.whenGone { id, owner in
            #expect(owner == .alice)
            gone.withLock { _ = $0.insert(id) }
        }
        try await store.save(.sample("held", bytes: 4000))
        #expect(store.hold("resp_held", of: .alice))
        for number in 0..<1000 { try await store.save(.sample("\(number)", bytes: 4000)) }
        #expect(try await store.has("held"))
        #expect(try await !store.has("0"))
        #expect(gone.withLock { $0.contains("resp_0") && !$0.contains("resp_held") })
        store.release("resp_held", of: .alice)
        await store.close()
    }

    /// While it is taken out nobody can hold it, and an undone transaction leaves it as it was.
    @Test func aResponseIsHeldOrGoesNeverBoth() {
        let held = HeldResponses()
        #expect(held.hold("resp_1", at: 0, noting: nil) == false)
        #expect(!held.take("resp_1", of: .alice))
        held.release("resp_1")
        #expect(held.take("resp_1", of: .alice))
        #expect(held.hold("resp_1", at: 0, noting: nil) == nil)
        held.undone()
        #expect(held.hold("resp_1", at: 0, noting: nil) == false)
        #expect(!held.take("resp_1", of: .alice))
    }

    /// A use is written down once a while, however often a response is continued from memory.
    @Test func usesAreNotedNowAndThen() {
        let held = HeldResponses()
        #expect(held.hold("resp_1", at: 100, noting: 50) == true)
        #expect(held.hold("resp_1", at: 149, noting: 50) == false)
        #expect(held.hold("resp_1", at: 150, noting: 50) == true)
        held.wasUsed("resp_2", at: 150)
        #expect(held.hold("resp_2", at: 160, noting: 50) == false)
    }
}
