import ResponsesAPI
import ResponsesTesting
import Testing

@testable import ResponsesStore

/// Whose responses go: an owner's flood pushes out its own.
@Suite struct OwnersOfMemoryStoreTests {
    private let sampleBytes = ResponseRecord.sample("resp_0").bytes

    private func store(room: Int, share: Double = 0.5) -> MemoryStore {
        MemoryStore(bytesMax: room * sampleBytes, ownerShare: share)
    }

    /// Saves some responses of an owner, one after the other, each by itself.
    private func save(_ count: Int, _ name: String, _ owner: Owner, in store: MemoryStore) throws {
        for number in 0..<count { try store.save(.sample("resp_\(name)\(number)", owner: owner)) }
    }

    @Test func aFloodPushesOutItsOwn() throws {
        let store = store(room: 40)
        try save(3, "bob", .bob, in: store)
        try save(1000, "alice", .alice, in: store)
        #expect((0..<3).allSatisfy { store.has("resp_bob\($0)", .bob) })
        #expect(store.bytes(of: .alice) <= 20 * sampleBytes)
        #expect(store.bytes(of: .alice) > 18 * sampleBytes, "It has its share.")
        #expect(store.has("resp_alice999"))
        #expect(store.bytes(of: .alice) + store.bytes(of: .bob) <= store.bytes)
        #expect(store.bytes(of: "carol") == 0)
    }

    @Test func anOwnerAloneHasEverythingAndGivesWay() throws {
        let store = store(room: 200)
        try save(1000, "alice", .alice, in: store)
        #expect(store.bytes(of: .alice) > 190 * sampleBytes)
        try save(1, "bob", .bob, in: store)
        #expect(store.bytes <= 200 * sampleBytes)
        for number in 0..<50 { try store.save(.sample("resp_more\(number)")) }
        #expect(store.bytes(of: .alice) <= 100 * sampleBytes, "Little by little, with each response that is saved.")
        #expect(store.has("resp_bob0", .bob))
        _ = store.delete("resp_bob0", of: .bob)
        try save(1000, "again", .alice, in: store)
        #expect(store.bytes(of: .alice) > 190 * sampleBytes)
    }

    @Test func theLargestGivesWayFirst() throws {
        let store = store(room: 100, share: 1)
        try save(50, "alice", .alice, in: store)
        try save(30, "bob", .bob, in: store)
        for number in 0..<60 { try store.save(.sample("resp_\(number)", owner: Owner(rawValue: "owner \(number)"))) }
        #expect(store.bytes <= 100 * sampleBytes)
        #expect((0..<60).allSatisfy { store.has("resp_\($0)", Owner(rawValue: "owner \($0)")) })
        let difference = store.bytes(of: .alice) - store.bytes(of: .bob)
        #expect(abs(difference) <= sampleBytes, "Both gave way down to the same.")
    }

    /// When everybody has one chain, each still gets on with it.
    @Test func chainsOfManyOwnersGoOnInAFullStore() throws {
        let store = store(room: 100)
        for round in 0..<4 {
            for number in 0..<40 {
                let parent = round == 0 ? nil : "resp_\(round - 1)_\(number)"
                try store.save(.sample("resp_\(round)_\(number)", parent: parent, owner: Owner(rawValue: "owner \(number)")))
            }
        }
        #expect(store.bytes <= 100 * sampleBytes)
        #expect(store.has("resp_3_39", "owner 39"))
    }

    /// While a chain is walked everybody waits, so whoever has a long one that is full must not make that happen again and again.
    @Test func aFullChainIsWalkedOnce() throws {
        let store = store(room: 100, share: 1)
        var newest: String?
        var refused = 0
        for number in 0..<200 {
            do throws(StoreError) {
                try store.save(.sample("resp_\(number)", parent: newest))
                newest = "resp_\(number)"
            } catch {
                #expect(error == .full)
                refused += 1
            }
        }
        #expect(refused > 90)
        #expect(store.withRecords { $0.walks } <= 2)
        // A record that became smaller makes room.
        try store.save(.sample("resp_0", bytes: 2))
        try store.save(.sample("resp_last", parent: newest, bytes: 500))
    }

    @Test func aChainLargerThanItsShareIsRefusedWhereOthersHaveTheRest() throws {
        let store = store(room: 20)
        try save(9, "bob", .bob, in: store)
        var parent: String?
        var refused = 0
        for number in 0..<30 {
            do throws(StoreError) {
                try store.save(.sample("resp_\(number)", parent: parent))
                parent = "resp_\(number)"
            } catch {
                #expect(error == .full)
                refused += 1
            }
        }
        #expect(refused > 15)
        #expect((0..<9).allSatisfy { store.has("resp_bob\($0)", .bob) })
        #expect(store.ids(to: parent ?? "")?.count == 30 - refused, "What it had stays whole.")
    }

    /// Many different tools are their owner's, and no way around its share.
    @Test func sharedTextsAreTheirOwners() throws {
        let store = store(room: 40)
        try save(3, "bob", .bob, in: store)
        let tools = { (number: Int) in
            RawJSON(validated: Array(#"["\#(number)\#(String(repeating: "t", count: 2 * self.sampleBytes))"]"#.utf8))
        }
        for number in 0..<100 { try store.save(.sample("resp_\(number)", tools: tools(number))) }
        #expect((0..<3).allSatisfy { store.has("resp_bob\($0)", .bob) })
        #expect(store.bytes(of: .alice) <= 20 * sampleBytes)
        // The same tools of two owners are two.
        let before = store.bytes(of: .bob)
        try store.save(.sample("resp_same", owner: .bob, tools: tools(99)))
        #expect(store.bytes(of: .bob) > before + 2 * sampleBytes)
        #expect(store.response("resp_same", of: .bob)?.tools == tools(99))
    }

    @Test func settingsAreKeptOnce() throws {
        let store = MemoryStore(bytesMax: 10_000_000)
        let instructions = String(repeating: "i", count: 20_000)
        func object(_ number: Int) -> RawJSON {
            RawJSON(
                validated: Array(
                    #"{"id":"resp_\#(number)","usage":{"n":\#(number)},"instructions":"\#(instructions)","output":[],"tools":[]}"#
                        .utf8))
        }
        for number in 0..<100 {
            var record = ResponseRecord.sample("resp_\(number)", parent: number % 10 == 0 ? nil : "resp_\(number - 1)")
            record.object = object(number)
            try store.save(record)
        }
        #expect(store.withRecords { $0.framesCount } == 1)
        #expect(store.bytes < 20_000 + 100 * 2 * sampleBytes)
        for number in 0..<100 {
            #expect(store.response(ResponseID("resp_\(number)"), of: .alice)?.object == object(number))
        }
        #expect(store.chain(to: "resp_9", of: .alice, holding: { _ in false })?.map(\.object) == (0..<10).map(object))
    }

    @Test func conversationsHaveASharedLimitAndEachOwnerItsPart() throws {
        let store = MemoryStore(bytesMax: 400_000)
        let item = RawJSON(validated: Array(#""\#(String(repeating: "x", count: 1000))""#.utf8))
        func fill(_ owner: Owner) throws -> Int {
            let id = ConversationID("conv_\(owner.rawValue)")
            try store.create(Conversation(id: id, owner: owner, createdAt: 0), items: [])
            for count in 0... {
                do throws(StoreError) { try store.append([item], to: id, of: owner) } catch { return count }
            }
            return 0
        }
        let count = try fill(.alice)
        #expect((40..<50).contains(count), "Half of a quarter.")
        #expect(store.bytes(of: .alice) > 40_000)
        #expect(try fill(.bob) == count)
        #expect(try store.delete(ConversationID("conv_alice"), of: .alice))
        #expect(store.bytes(of: .alice) == 0)
        #expect(try store.delete(ConversationID("conv_bob"), of: .bob))
        #expect(try fill(.anybody) > 80, "A server without keys has one owner.")
    }

    @Test func conversationsCountInTheirOwnersShare() throws {
        let store = store(room: 100)
        let item = RawJSON(validated: Array(#""\#(String(repeating: "x", count: 10 * sampleBytes))""#.utf8))
        try save(1, "bob", .bob, in: store)
        try store.create(Conversation(id: ConversationID("conv_1"), owner: .alice, createdAt: 0), items: [item])
        try save(200, "alice", .alice, in: store)
        #expect(store.bytes(of: .alice) <= 50 * sampleBytes)
        #expect(store.has("resp_bob0", .bob))
    }

    @Test func renewingIsAUse() throws {
        let store = MemoryStore(bytesMax: 3 * sampleBytes + sampleBytes / 2)
        try save(3, "", .alice, in: store)
        #expect(store.renew("resp_0", of: .alice))
        #expect(!store.renew("resp_1", of: .bob) && !store.renew("resp_9", of: .alice))
        try store.save(.sample("resp_3"))
        #expect(["resp_0", "resp_1", "resp_2", "resp_3"].map { store.has($0) } == [true, false, true, true])
        _ = store.delete("resp_2", of: .alice)
        #expect(!store.renew("resp_2", of: .alice))
    }

    @Test func givingWayTakesFromTheLargestAndSaysHowMuch() throws {
        let store = store(room: 100)
        try save(30, "alice", .alice, in: store)
        try save(5, "bob", .bob, in: store)
        let before = store.bytes
        let freed = store.giveWay(10 * sampleBytes)
        #expect(freed >= 10 * sampleBytes && freed <= 11 * sampleBytes && store.bytes == before - freed)
        #expect((0..<5).allSatisfy { store.has("resp_bob\($0)", .bob) })
        #expect(store.memoryBytes == store.bytes && store.memoryBytes(of: .bob) == store.bytes(of: .bob))
        #expect(store.giveWay(0) == 0)
        #expect(store.giveWay(1_000_000_000) > 0)
        #expect(store.bytes == 0 && store.count == 0)
    }

    /// Each call takes away a bounded number; who needs more asks again.
    @Test func givingWayIsBounded() throws {
        let store = MemoryStore(bytesMax: 100_000_000)
        try save(10_000, "", .alice, in: store)
        #expect(store.giveWay(100_000_000) > 0)
        #expect(store.count == 10_000 - 4096)
    }

    /// Goal: an owner that holds less than an equal part of what the largest share leaves never loses a response.
    /// Method: random owners save, read and delete; who is below that line before a save has everything after it.
    @Test(arguments: UInt64(0)..<10)
    func theSmallLoseNothing(seed: UInt64) throws {
        let room = 60
        let owners = (0..<8).map { Owner(rawValue: "owner \($0)") }
        var random = SplitMix64(seed: seed)
        let store = store(room: room)
        var saved: [Owner: [String]] = [:]
        for step in 0..<1500 {
            // The first are the busiest.
            let owner = owners[min(Int.random(in: 0..<8, using: &random), Int.random(in: 0..<8, using: &random))]
            let line = room * sampleBytes / 2 / (owners.count - 1)
            let small = owners.filter { $0 != owner && store.bytes(of: $0) < line - sampleBytes }
            let before = small.map { store.bytes(of: $0) }
            let own = saved[owner] ?? []
            let parent = Bool.random(using: &random) ? own.suffix(3).randomElement(using: &random) : nil
            let name = "resp_\(step)"
            do throws(StoreError) {
                try store.save(
                    .sample(
                        name, parent: parent, owner: owner, bytes: Int.random(in: 100...4000, using: &random),
                        tools: Bool.random(using: &random) ? "[1]" : "[]"))
                saved[owner, default: []].append(name)
            } catch { #expect(error == .full) }
            #expect(small.map { store.bytes(of: $0) } == before, "step \(step)")
            if step % 7 == 0, let name = own.randomElement(using: &random) { _ = store.delete(ResponseID(name), of: owner) }
            #expect(store.bytes <= room * sampleBytes)
            let problems = store.withRecords { $0.problems() }
            #expect(problems == [], "step \(step)")
        }
        while store.giveWay(.max / 2) > 0 {}
        #expect(store.bytes == 0 && store.withRecords { $0.toolsCount + $0.indexedIDs + $0.shares.usesCount } == 0)
    }
}
