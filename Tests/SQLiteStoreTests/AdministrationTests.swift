import GRDB
import ResponsesAPI
import ResponsesStore
import Testing

@testable import SQLiteStore

/// What the person at the machine asks.
@Suite struct AdministrationTests {
    private let folder = TemporaryFolder()

    private func names(_ listings: [SQLiteStoreListing]?) -> [String]? { listings?.map { String($0.id.rawValue.dropFirst(5)) } }

    @Test func responsesAreListedTheNewestFirst() async throws {
        let store = try SQLiteStore(path: folder.file())
        for number in 0..<500 {
            try await store.save(
                .sample(
                    "\(number)", owner: number % 2 == 0 ? .alice : .bob, bytes: 40, model: number % 3 == 0 ? "fizz" : "other",
                    metadata: number % 5 == 0 ? #"{"kind":"buzz","\u00e9":"1"}"# : "{}", status: number % 7 == 0 ? "failed" : "completed",
                    createdAt: 1000 + number))
        }
        // Beside the store that is open.
        let inspection = try SQLiteStoreInspection(path: folder.file())
        #expect(try names(inspection.list(limit: 3)?.responses) == ["499", "498", "497"])
        #expect(try inspection.list(limit: 3)?.hasMore == true)
        #expect(try names(inspection.list(limit: 3, after: "resp_2")?.responses) == ["1", "0"])
        #expect(try inspection.list(limit: 3, after: "resp_2")?.hasMore == false)
        #expect(try inspection.list(after: "resp_nothing") == nil)
        func all(_ change: (inout SQLiteStoreFilter) -> Void) throws -> Set<Int> {
            var filter = SQLiteStoreFilter()
            change(&filter)
            var found: Set<Int> = []
            try inspection.forEachResponse(filter) { listing in
                found.insert(Int(listing.id.rawValue.dropFirst(5)) ?? -1)
                return true
            }
            return found
        }
        let numbers = Set(0..<500)
        #expect(try all { _ in } == numbers)
        #expect(try all { $0.model = "fizz" } == numbers.filter { $0 % 3 == 0 })
        #expect(try all { $0.metadata = ["kind": "buzz", "é": "1"] } == numbers.filter { $0 % 5 == 0 })
        #expect(try all { $0.metadata = ["kind": "buzz", "é": "2"] } == [])
        #expect(try all { $0.status = "failed" } == numbers.filter { $0 % 7 == 0 })
        #expect(try all { $0.createdSince = 1100; $0.createdBefore = 1200 } == Set(100..<200))
        #expect(try all { $0.createdSince = 1100; $0.model = "fizz" } == numbers.filter { $0 >= 100 && $0 % 3 == 0 })
        let listing = try #require(try inspection.list(limit: 1)?.responses.first)
        #expect(listing.owner == .bob && listing.model == "other" && listing.status == "completed" && listing.createdAt == 1499)
        #expect(listing.inputCount == 1 && listing.outputCount == 1 && listing.bytes > 100 && listing.metadata == "{}")
        // It stops where its caller does.
        var seen = 0
        try inspection.forEachResponse { _ in
            seen += 1
            return seen < 5
        }
        #expect(seen == 5)
        await store.close()
    }

    @Test func oneResponseAndItsChainAreRead() async throws {
        let store = try SQLiteStore(path: folder.file())
        try await store.saveChain(["a", "b"], owner: .bob)
        try await store.save(.sample("orphan", parent: "gone"))
        let inspection = try SQLiteStoreInspection(path: folder.file())
        #expect(ResponseRecord.sample("a", owner: .bob).isSame(as: try inspection.response("resp_a")))
        #expect(try inspection.response("resp_nothing") == nil)
        #expect(try inspection.chain(to: "resp_b")?.map(\.id) == ["resp_a", "resp_b"])
        #expect(try inspection.chain(to: "resp_orphan") == nil)
        #expect(try inspection.check().responsesWithoutParent == 1)
        #expect(try await store.delete("resp_a", of: .bob))
        #expect(try inspection.response("resp_a") == nil)
        #expect(try names(inspection.list()?.responses) == ["orphan", "b"])
        #expect(try await store.forget("resp_b"))
        #expect(try await !store.forget("resp_b"))
        #expect(try names(inspection.list()?.responses) == ["orphan"])
        await store.close()
    }

    @Test func whatIsThereIsCounted() async throws {
        let store = try SQLiteStore(path: folder.file())
        try await store.saveChain(["a", "b", "c"])
        try await store.save(.sample("d", owner: .bob, model: "other", createdAt: 1_800_000_000, isRunning: true))
        try await store.save(ResponseRecord(id: "resp_e", owner: .bob, createdAt: 5, object: "{}"))
        #expect(try await store.delete("resp_a", of: .alice))
        try await store.create(
            Conversation(id: ConversationID("conv_a"), owner: Owner(rawValue: "carol"), createdAt: 0), items: ["{}", "{}"])
        try await store.append(EventSlice(first: 0, events: ["{}"]), of: "resp_d", owner: .bob)
        var found = try SQLiteStoreInspection(path: folder.file()).statistics()
        #expect(found.fileBytes % found.pageBytes == 0 && found.fileBytes > 0 && found.walBytes > 0)
        found.fileBytes = 0
        found.walBytes = 0
        found.freePages = 0
        var expected = SQLiteStoreStatistics()
        expected.responses = 4
        expected.deletedResponses = 1
        expected.runningResponses = 1
        expected.owners = 3
        expected.conversations = 1
        expected.conversationItems = 2
        expected.eventLogs = 1
        expected.sharedTexts = 2
        expected.pageBytes = 4096
        expected.oldest = 5
        expected.newest = 1_800_000_000
        expected.models = ["test-model": 2, "other": 1, "": 1]
        #expect(found == expected)
        await store.close()
    }

    @Test func aVacuumMakesTheFileSmall() async throws {
        let store = try SQLiteStore(path: folder.file())
        for number in 0..<200 { try await store.save(.sample("\(number)", bytes: 8000)) }
        for number in 0..<190 { _ = try await store.forget(ResponseID("resp_\(number)")) }
        let vacuum = try await store.vacuum()
        #expect(vacuum.bytesAfter < vacuum.bytesBefore / 4 && vacuum.bytesAfter == StoreFile(path: folder.file()).bytes)
        try await store.save(.sample("new"))
        #expect(try await store.hasAll("199", "new"))
        await store.close()
        let inspection = try SQLiteStoreInspection(path: folder.file())
        #expect(try inspection.check().problems == [])
        #expect(try inspection.statistics().responses == 11)
    }

    @Test func whatIsNoStoreIsToldApart() async throws {
        func failure() -> SQLiteStoreFailure? {
            do {
                _ = try SQLiteStoreInspection(path: folder.file())
                return nil
            } catch {
                return error
            }
        }
        #expect(failure()?.description == "There is no store at '\(folder.file())'.")
        let queue = try DatabaseQueue(path: folder.file())
        try await queue.write { db in try db.execute(sql: "CREATE TABLE a (b)") }
        try queue.close()
        #expect(failure()?.reason == .notAStore)
    }

    /// Each damage, and the sentence that names it.
    @Test(arguments: [
        ("UPDATE responses SET parent = 100 WHERE id = 'resp_b'", "The response 'resp_b' continues one that is not there."),
        ("UPDATE responses SET parent = 3 WHERE id = 'resp_b'", "The response 'resp_b' continues one that is not there."),
        ("UPDATE responses SET parentID = 'resp_x' WHERE id = 'resp_b'", "The response 'resp_b' continues one that is not there."),
        ("UPDATE responses SET owner = 7 WHERE id = 'resp_d'", "The response 'resp_d' has no owner."),
        ("DELETE FROM sharedBytes", "A text of the response 'resp_a' is not there."),
        ("UPDATE sharedTexts SET uses = 7", "The shared text 1 is counted wrongly."),
        ("INSERT INTO sharedBytes VALUES (9, x'')", "The shared text 9 is nobody's."),
        ("UPDATE givenIDs SET response = 77", "An item's id leads to row 77, which is not there."),
        ("UPDATE conversationItems SET conversation = 5", "Items of conversation 5 are there, and it is not."),
        ("UPDATE conversations SET headPlace = 10", "The conversation 'conv_a' is not as it was written."),
        ("UPDATE eventLogs SET end = 5", "Events of the response 'resp_d' are missing."),
        ("UPDATE eventSlices SET log = 5", "Events of log 5 are nobody's."),
        ("UPDATE responses SET object = x'5A' WHERE id = 'resp_c'", "The response 'resp_c' cannot be read."),
        ("UPDATE sharedBytes SET bytes = substr(bytes, 1, 300)", "The response 'resp_a' cannot be read."),
    ])
    func checksFindWhatIsWrong(_ damage: String, _ sentence: String) async throws {
        let store = try SQLiteStore(path: folder.file())
        try await store.saveChain(["a", "b", "c"])
        var record = ResponseRecord.sample("d")
        record.input.append(#"{"id":"mine"}"#)
        try await store.save(record)
        try await store.create(Conversation(id: ConversationID("conv_a"), owner: .alice, createdAt: 0), items: ["{}"])
        try await store.append(EventSlice(first: 0, events: ["{}"]), of: "resp_d", owner: .alice)
        await store.close()
        let inspection = try SQLiteStoreInspection(path: folder.file())
        #expect(try inspection.check() == SQLiteStoreCheck(responses: 4, conversations: 1))
        let queue = try DatabaseQueue(path: folder.file())
        try await queue.write { db in try db.execute(sql: damage) }
        let check = try inspection.check()
        #expect(check.problems.contains(sentence), "\(check.problems)")
        #expect(try inspection.check(problemsMax: 1).problems.count == 1)
        try queue.close()
    }
}

extension SQLiteStoreCheck {
    init(responses: Int, conversations: Int) {
        self.init()
        self.responses = responses
        self.conversations = conversations
    }
}
