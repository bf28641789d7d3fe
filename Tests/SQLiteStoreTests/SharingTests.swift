import GRDB
import ResponsesAPI
import ResponsesStore
import Testing

@testable import SQLiteStore

/// What is equal from turn to turn is stored once for each owner, and goes with its last use.
@Suite struct SharingTests {
    private let folder = TemporaryFolder()

    private func tools(_ name: String, bytes: Int = 20_000) -> RawJSON {
        RawJSON(validated: Array(#"[{"type":"function","name":"\#(name)","description":"\#(String(repeating: "d", count: bytes))"}]"#.utf8))
    }

    /// Shared texts as (uses, bytes), the largest first.
    private func texts(_ store: SQLiteStore) async throws -> [[Int]] {
        try await store.read { db in
            var found: [[Int]] = []
            try db.each("SELECT uses, length(bytes) FROM sharedTexts JOIN sharedBytes USING (key) ORDER BY 2 DESC, 1 DESC") { row in
                found.append([row.int(0), row.int(1)])
                return true
            }
            return found
        }
    }

    @Test func aTurnCostsWhatItAdds() async throws {
        let store = try SQLiteStore(path: folder.file())
        let tools = tools("f")
        var parent: String?
        for index in 0..<100 {
            try await store.save(.sample("\(index)", parent: parent, bytes: 400, tools: tools))
            parent = "\(index)"
        }
        let found = try await texts(store)
        #expect(found.map { $0[0] } == [100, 100], "One array of tools and one frame, of a hundred turns.")
        let bytes = try await store.read { db in
            try db.first("SELECT sum(length(object) + length(items)) FROM responses") { $0.int(0) } ?? 0
        }
        #expect(bytes < 100 * 800, "Rows hold neither tools nor instructions.")
        let chain = try await store.chain(to: "resp_99", of: .alice) { _ in false } ?? []
        #expect(chain.count == 100)
        for (index, record) in chain.enumerated() {
            #expect(record.isSame(as: .sample("\(index)", parent: index == 0 ? nil : "\(index - 1)", bytes: 400, tools: tools)))
        }
        // One array in memory as well.
        let addresses = Set(chain.map { $0.tools.bytes.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) } })
        #expect(addresses.count == 1)
        await store.close()
    }

    @Test func ownersShareNothing() async throws {
        let store = try SQLiteStore(path: folder.file())
        for owner in [Owner.alice, .bob] { try await store.save(.sample("of-\(owner.rawValue)", owner: owner, tools: tools("f"))) }
        #expect(try await texts(store).map { $0[0] } == [1, 1, 1, 1])
        await store.close()
    }

    @Test func aTextGoesWithItsLastUse() async throws {
        let store = try SQLiteStore(path: folder.file())
        try await store.save(.sample("a", tools: tools("f")))
        try await store.save(.sample("b", tools: tools("f")))
        try await store.save(.sample("c", tools: tools("g", bytes: 10_000)))
        #expect(try await texts(store).map { $0[0] } == [2, 1, 3])
        // Another one in its place.
        try await store.save(.sample("a", tools: tools("g", bytes: 10_000)))
        #expect(try await texts(store).map { $0[0] } == [1, 2, 3])
        #expect(try await store.delete("resp_b", of: .alice))
        #expect(try await texts(store).map { $0[0] } == [2, 2])
        for id in ["resp_a", "resp_c"] as [ResponseID] { #expect(try await store.delete(id, of: .alice)) }
        #expect(try await texts(store) == [])
        // What was known of it is forgotten with it.
        try await store.save(.sample("d", tools: tools("f")))
        #expect(try await store.response("resp_d", of: .alice)?.tools == tools("f"))
        #expect(try await texts(store).map { $0[0] } == [1, 1])
        await store.close()
        #expect(try SQLiteStoreInspection(path: folder.file()).check().problems == [])
    }

    @Test func aTextIsFoundAgainByAnotherProcess() async throws {
        for name in ["a", "b"] {
            let store = try SQLiteStore(path: folder.file())
            try await store.save(.sample(name, tools: tools("f")))
            await store.close()
        }
        let store = try SQLiteStore(path: folder.file())
        #expect(try await texts(store).map { $0[0] } == [2, 2])
        await store.close()
    }

    @Test func manyKindsOfTurnsOfOneOwnerComeBack() async throws {
        let store = try SQLiteStore(path: folder.file())
        for round in 0..<3 {
            for kind in 0..<12 {
                try await store.save(.sample("\(round)-\(kind)", tools: tools("f\(kind)", bytes: 1000), model: "m\(kind)"))
            }
        }
        #expect(try await texts(store).allSatisfy { $0[0] == 3 })
        for round in 0..<3 {
            for kind in 0..<12 {
                let saved = ResponseRecord.sample("\(round)-\(kind)", tools: tools("f\(kind)", bytes: 1000), model: "m\(kind)")
                #expect(saved.isSame(as: try await store.response(saved.id, of: .alice)))
            }
        }
        await store.close()
    }

    @Test func onlyIDsThatDoNotLeadToTheirResponseAreIndexed() async throws {
        let store = try SQLiteStore(path: folder.file())
        var record = ResponseRecord.sample("a")
        record.input.append(#"{"type":"message","id":"mine","content":"x"}"#)
        record.input.append(#"{"type":"message","id":"mine","content":"x"}"#)
        record.output.append(#"{"id":"msg_a_1"}"#)
        record.output.append(#"{"id":"other"}"#)
        try await store.save(record)
        func ids() async throws -> [String] {
            try await store.read { db in try String.fetchAll(db, sql: "SELECT id FROM givenIDs ORDER BY id") }
        }
        #expect(try await ids() == ["mine", "other"])
        #expect(try await store.delete(record.id, of: .alice))
        #expect(try await ids() == [])
        await store.close()
    }
}
