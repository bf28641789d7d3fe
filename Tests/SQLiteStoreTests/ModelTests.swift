import ResponsesAPI
import ResponsesStore
import ResponsesTesting
import Testing

@testable import SQLiteStore

/// Goal: whatever is done in whatever order, the store answers as the one in memory does, also after it was opened again.
/// Method: draw calls from a seed, do each on both, and compare.
@Suite struct ModelTests {
    @Test(arguments: UInt64(0)..<24)
    func theStoreAnswersAsTheOneInMemory(seed: UInt64) async throws {
        let folder = TemporaryFolder()
        var random = SplitMix64(seed: seed)
        let model = MemoryStore(bytesMax: 256 << 20)
        var configuration = SQLiteStore.Configuration()
        configuration.synchronous = .normal
        var store = try SQLiteStore(path: folder.file(), configuration: configuration)
        for _ in 0..<150 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<7: try await save(&random, store, model)
            case 7: try await delete(&random, store, model)
            case 8..<10: try await readChain(&random, store, model)
            case 10..<13: try await readItems(&random, store, model)
            case 13..<18: try await converse(&random, store, model)
            case 18: try await readRecord(&random, store, model)
            default:
                guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
                await store.close()
                store = try SQLiteStore(path: folder.file(), configuration: configuration)
            }
        }
        await store.close()
        #expect(try SQLiteStoreInspection(path: folder.file()).check().problems == [])
    }

    private func owner(_ random: inout SplitMix64) -> Owner { Int.random(in: 0..<5, using: &random) == 0 ? .bob : .alice }
    private func name(_ random: inout SplitMix64) -> String { "r\(Int.random(in: 0..<24, using: &random))" }
    private func id(_ random: inout SplitMix64) -> ResponseID { ResponseID("resp_\(name(&random))") }

    private func itemID(_ random: inout SplitMix64) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: "given\(Int.random(in: 0..<6, using: &random))"
        case 1: "msg_\(name(&random))_i\(Int.random(in: 0..<4, using: &random))"
        case 2: "msg_\(name(&random))_0"
        default: "msg_a_c\(Int.random(in: 0..<8, using: &random))"
        }
    }

    private func page(_ random: inout SplitMix64) -> Page {
        Page(
            order: Bool.random(using: &random) ? .ascending : .descending,
            after: Bool.random(using: &random) ? itemID(&random) : nil,
            before: Int.random(in: 0..<3, using: &random) == 0 ? itemID(&random) : nil, limit: Int.random(in: 1...6, using: &random))
    }

    private func items(_ random: inout SplitMix64) -> [RawJSON] {
        (0..<Int.random(in: 0..<4, using: &random)).map { index in
            let id = Bool.random(using: &random) ? #""id":"given\#(Int.random(in: 0..<6, using: &random))","# : ""
            return RawJSON(validated: Array(#"{\#(id)"type":"message","content":"\#(index)"}"#.utf8))
        }
    }

    /// Requires that a call ends on both stores alike: with the same value, or the same error.
    private func compare<Value: Equatable>(
        _ what: String, _ first: () async throws(StoreError) -> Value, _ second: () async throws(StoreError) -> Value
    ) async {
        let (first, second) = (await Self.outcome(first), await Self.outcome(second))
        #expect(first == second, "\(what)")
    }

    private static func outcome<Value>(_ body: () async throws(StoreError) -> Value) async -> Result<Value, StoreError> {
        do throws(StoreError) { return .success(try await body()) } catch { return .failure(error) }
    }

    /// A record's parts as a text, as records are not compared otherwise.
    private static func text(_ record: ResponseRecord) -> String {
        "\(record.id) \(record.owner) \(String(describing: record.parent)) \(record.object.text) \(record.tools.text) "
            + "\(record.input.map(\.text)) \(record.output.map(\.text)) \(record.isRunning)"
    }

    private func save(_ random: inout SplitMix64, _ store: SQLiteStore, _ model: MemoryStore) async throws {
        let owner = owner(&random)
        let number = Int.random(in: 0..<24, using: &random)
        // A parent is saved before what continues it, or never.
        var parent = number % 3 == 0 ? nil : "r\(number / 2)"
        if let id = parent, model.response(ResponseID("resp_\(id)"), of: owner) == nil { parent = nil }
        if Int.random(in: 0..<12, using: &random) == 0 { parent = "r99" }
        var record = ResponseRecord.sample(
            "r\(number)", parent: parent, owner: owner, bytes: Int.random(in: 10..<6000, using: &random),
            tools: Bool.random(using: &random) ? #"[{"type":"function","name":"f"}]"# : "[]",
            model: "m\(Int.random(in: 0..<3, using: &random))", isRunning: Int.random(in: 0..<8, using: &random) == 0)
        record.input += items(&random)
        await compare("save") { () async throws(StoreError) in
            try await store.save(record)
            return true
        } _: { () async throws(StoreError) in
            try model.save(record)
            return true
        }
    }

    private func delete(_ random: inout SplitMix64, _ store: SQLiteStore, _ model: MemoryStore) async throws {
        let (id, owner) = (id(&random), owner(&random))
        await compare("delete") { () async throws(StoreError) in try await store.delete(id, of: owner) } _: {
            () async throws(StoreError) in model.delete(id, of: owner)
        }
    }

    private func readRecord(_ random: inout SplitMix64, _ store: SQLiteStore, _ model: MemoryStore) async throws {
        let (id, owner) = (id(&random), owner(&random))
        await compare("response") { () async throws(StoreError) in
            try await store.response(id, of: owner).map { Self.text($0) }
        } _: { () async throws(StoreError) in model.response(id, of: owner).map { Self.text($0) } }
    }

    private func readChain(_ random: inout SplitMix64, _ store: SQLiteStore, _ model: MemoryStore) async throws {
        let (id, owner, held) = (id(&random), owner(&random), id(&random))
        await compare("chain") { () async throws(StoreError) in
            try await store.chain(to: id, of: owner) { $0 == held }?.map { Self.text($0) }
        } _: { () async throws(StoreError) in
            model.chain(to: id, of: owner) { $0 == held }?.map { Self.text($0) }
        }
    }

    private func readItems(_ random: inout SplitMix64, _ store: SQLiteStore, _ model: MemoryStore) async throws {
        let (id, owner, page, itemID) = (id(&random), owner(&random), page(&random), itemID(&random))
        await compare("input items") { () async throws(StoreError) in
            try await store.inputItems(of: id, page, owner: owner)
        } _: { () async throws(StoreError) in try model.inputItems(of: id, page, owner: owner) }
        // Of several with one id any may be answered.
        await compare("item") { () async throws(StoreError) in try await store.item(itemID, of: owner) != nil } _: {
            () async throws(StoreError) in model.item(itemID, of: owner) != nil
        }
    }

    private func converse(_ random: inout SplitMix64, _ store: SQLiteStore, _ model: MemoryStore) async throws {
        let id = ConversationID("conv_\(Bool.random(using: &random) ? "a" : "b")")
        let (owner, items, itemID, page) = (owner(&random), items(&random), itemID(&random), page(&random))
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            let conversation = Conversation(id: id, owner: owner, createdAt: 5, metadata: #"{"a":"b"}"#)
            await compare("create") { () async throws(StoreError) in try await store.create(conversation, items: items) } _: {
                () async throws(StoreError) in try model.create(conversation, items: items)
            }
        case 1:
            await compare("append") { () async throws(StoreError) in try await store.append(items, to: id, of: owner) } _: {
                () async throws(StoreError) in try model.append(items, to: id, of: owner)
            }
        case 2:
            await compare("remove") { () async throws(StoreError) in try await store.remove(itemID, from: id, of: owner) } _: {
                () async throws(StoreError) in try model.remove(itemID, from: id, of: owner)
            }
        case 3:
            await compare("page") { () async throws(StoreError) in try await store.items(of: id, page, owner: owner) } _: {
                () async throws(StoreError) in try model.items(of: id, page, owner: owner)
            }
        case 4 where Int.random(in: 0..<4, using: &random) == 0:
            await compare("delete") { () async throws(StoreError) in try await store.delete(id, of: owner) } _: {
                () async throws(StoreError) in try model.delete(id, of: owner)
            }
        case 4:
            await compare("all items") { () async throws(StoreError) in try await store.allItems(of: id, owner: owner) } _: {
                () async throws(StoreError) in model.allItems(of: id, owner: owner)
            }
        default:
            // A whole turn, as one that runs ends with the process.
            let turn = self.id(&random)
            let head = Bool.random(using: &random) ? turn : nil
            await compare("begin") { () async throws(StoreError) in try await store.begin(turn, in: id, of: owner) } _: {
                () async throws(StoreError) in try model.begin(turn, in: id, of: owner)
            }
            await compare("begin again") { () async throws(StoreError) in try await store.begin("x", in: id, of: owner) } _: {
                () async throws(StoreError) in try model.begin("x", in: id, of: owner)
            }
            await compare("end") { () async throws(StoreError) in
                try await store.end(turn, in: id, of: owner, adding: items, head: head)
                return true
            } _: { () async throws(StoreError) in
                try model.end(turn, in: id, of: owner, adding: items, head: head)
                return true
            }
        }
    }
}
