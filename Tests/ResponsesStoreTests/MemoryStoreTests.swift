import ResponsesAPI
import ResponsesTesting
import Synchronization
import Testing

@testable import ResponsesStore

/// Budget, eviction and sharing of the store in memory; what every store promises is in `StoreConformance`.
@Suite struct MemoryStoreTests {
    /// What a record of `.sample` takes.
    private let sampleBytes = ResponseRecord.sample("resp_0").bytes

    /// A store with room for so many samples.
    private func store(room: Int) -> MemoryStore { MemoryStore(bytesMax: room * sampleBytes + sampleBytes / 2) }

    @Test func theLeastRecentlyUsedGoesFirst() throws {
        let store = store(room: 3)
        for number in 0..<3 { try store.save(.sample("resp_\(number)")) }
        _ = store.response("resp_0", of: .alice)
        _ = store.response("resp_1", of: .bob)
        try store.save(.sample("resp_3"))
        #expect(["resp_0", "resp_1", "resp_2", "resp_3"].map { store.has($0) } == [true, false, true, true])
        _ = store.ids(to: "resp_2")
        try store.save(.sample("resp_4"))
        #expect(["resp_0", "resp_2", "resp_3", "resp_4"].map { store.has($0) } == [false, true, true, true])
    }

    @Test func aChainGoesFromItsNewestEnd() throws {
        let store = store(room: 4)
        try store.save(.sample("resp_a"))
        try store.save(.sample("resp_b", parent: "resp_a"))
        try store.save(.sample("resp_c", parent: "resp_b"))
        try store.save(.sample("resp_0"))
        for number in 1..<4 {
            try store.save(.sample("resp_\(number)"))
            // The chain was used before the others, and loses one after the other.
            #expect(["resp_a", "resp_b", "resp_c"].filter { store.has($0) } == ["resp_a", "resp_b", "resp_c"].dropLast(number))
        }
        #expect(["resp_0", "resp_1", "resp_2", "resp_3"].allSatisfy { store.has($0) })
    }

    @Test func anAncestorThatIsReadOutlivesItsUnreadChild() throws {
        let store = store(room: 3)
        try store.save(.sample("resp_a"))
        try store.save(.sample("resp_b", parent: "resp_a"))
        try store.save(.sample("resp_0"))
        _ = store.response("resp_a", of: .alice)
        try store.save(.sample("resp_1"))
        #expect(["resp_a", "resp_b", "resp_0", "resp_1"].map { store.has($0) } == [true, false, true, true])
        try store.save(.sample("resp_2"))
        #expect(["resp_a", "resp_0", "resp_1", "resp_2"].map { store.has($0) } == [true, false, true, true])
    }

    @Test func aForkKeepsWhatItsBranchesShare() throws {
        let store = store(room: 4)
        try store.save(.sample("resp_a"))
        try store.save(.sample("resp_b", parent: "resp_a"))
        try store.save(.sample("resp_c", parent: "resp_a"))
        try store.save(.sample("resp_0"))
        _ = store.response("resp_c", of: .alice)
        try store.save(.sample("resp_1"))
        #expect(!store.has("resp_b"))
        #expect(store.ids(to: "resp_c") == ["resp_a", "resp_c"])
    }

    @Test func theRecordJustSavedStaysWhenItFits() throws {
        let store = store(room: 3)
        for number in 0..<3 { try store.save(.sample("resp_\(number)")) }
        try store.save(.sample("resp_large", bytes: 2 * sampleBytes))
        #expect(store.has("resp_large"))
        #expect(store.bytes <= 3 * sampleBytes + sampleBytes / 2)
    }

    @Test func aChainLargerThanTheBudgetIsRefused() throws {
        let store = store(room: 3)
        try store.save(.sample("resp_0"))
        #expect(throws: StoreError.full) { try store.save(.sample("resp_large", bytes: 4 * sampleBytes)) }
        #expect(store.has("resp_0") && !store.has("resp_large"), "Nothing goes for what cannot stay.")
        try store.save(.sample("resp_1", parent: "resp_0"))
        try store.save(.sample("resp_2", parent: "resp_1"))
        #expect(throws: StoreError.full) { try store.save(.sample("resp_3", parent: "resp_2")) }
        #expect(store.ids(to: "resp_2") == ["resp_0", "resp_1", "resp_2"])
        #expect(!store.has("resp_3"))
    }

    @Test func aChainThatIsTooLargeWithItsToolsIsRefused() throws {
        let store = store(room: 3)
        let tools = RawJSON(validated: Array(#"["\#(String(repeating: "t", count: 3 * sampleBytes))"]"#.utf8))
        try store.save(.sample("resp_0"))
        try store.save(.sample("resp_1", parent: "resp_0"))
        #expect(throws: StoreError.full) { try store.save(.sample("resp_2", parent: "resp_1", tools: tools)) }
        #expect(store.ids(to: "resp_1") == ["resp_0", "resp_1"])
        #expect(!store.has("resp_2"))
        #expect(store.withRecords { $0.toolsCount } == 0)
        try store.save(.sample("resp_2", parent: "resp_1"))
    }

    @Test func aReplacedRecordIsCountedOnce() throws {
        let store = MemoryStore(bytesMax: 1_000_000)
        try store.save(.sample("resp_0", bytes: 5000, tools: "[1]"))
        let large = store.bytes
        try store.save(.sample("resp_0", bytes: 1000, tools: "[2]"))
        // Give or take what the allocator rounds up.
        #expect(abs(store.bytes - (large - 4000)) <= 64)
        #expect(store.count == 1)
        #expect(store.response("resp_0", of: .alice)?.tools == "[2]")
        _ = store.delete(ResponseID("resp_0"), of: .alice)
        #expect(store.bytes == 0)
    }

    @Test func equalToolsAreKeptOnce() throws {
        let store = MemoryStore(bytesMax: 1_000_000)
        let text = #"[{"type":"function","name":"\#(String(repeating: "n", count: 20_000))"}]"#
        for number in 0..<10 {
            // Each its own array, as each was read from a request of its own.
            let parent = number % 2 == 1 ? "resp_\(number - 1)" : nil
            try store.save(.sample("resp_\(number)", parent: parent, tools: RawJSON(validated: Array(text.utf8))))
        }
        #expect(store.withRecords { $0.toolsCount } == 1)
        #expect((20_000 + 10 * 1000..<20_000 + 10 * 2600).contains(store.bytes))
        let addresses = (0..<10).compactMap { number in
            store.response(ResponseID("resp_\(number)"), of: .alice)?.tools.bytes.withUnsafeBufferPointer(\.baseAddress)
        }
        #expect(addresses.count == 10 && Set(addresses).count == 1)
        try store.save(.sample("resp_other", tools: "[1]"))
        #expect(store.withRecords { $0.toolsCount } == 2)
        for number in (0..<10).reversed() {
            #expect(store.withRecords { $0.toolsCount } == 2)
            _ = store.delete(ResponseID("resp_\(number)"), of: .alice)
        }
        #expect(store.withRecords { $0.toolsCount } == 1)
        _ = store.delete(ResponseID("resp_other"), of: .alice)
        #expect(store.bytes == 0)
    }

    /// Tools that differ where a comparison by samples, or by words of eight bytes, could miss it.
    @Test func differentToolsAreKeptApart() throws {
        let store = MemoryStore(bytesMax: 10_000_000)
        let text = Array(#"["\#(String(repeating: "n", count: 1001))"]"#.utf8)
        for index in 2..<(text.count - 2) {
            var changed = text
            changed[index] = UInt8(ascii: "m")
            let parent = index == 2 ? nil : "resp_\(index - 1)"
            try store.save(.sample("resp_\(index)", parent: parent, tools: RawJSON(validated: changed)))
            #expect(store.response(ResponseID("resp_\(index)"), of: .alice)?.tools.bytes == changed)
        }
        #expect(store.withRecords { $0.toolsCount } == 1001)
    }

    @Test func onlyIDsThatLeadNowhereAreIndexed() throws {
        let store = MemoryStore(bytesMax: 1_000_000)
        var record = ResponseRecord.sample("resp_a_b")
        record.input = [#"{"role":"user"}"#, #"{"role":"user","id":"mine"}"#, #"{"role":"user","id":null}"#]
        record.output = [
            #"{"id":"msg_a_b_0"}"#, #"{"type":"x","id":"fc_a_b_1"}"#, #"{"id":"fc_a_b_1"}"#, #"{"id":"foreign"}"#, "{}",
            #"{"id":"fc_a_b_05"}"#, #"{"id":"a_b_6"}"#, #"{"id":"x_a_b_6"}"#,
        ]
        try store.save(record)
        #expect(store.withRecords { $0.indexedIDs } == 6)
        for (id, expected) in [
            "msg_a_b_i0": #"{"id":"msg_a_b_i0","role":"user"}"#, "mine": #"{"role":"user","id":"mine"}"#,
            "msg_a_b_i2": #"{"id":"msg_a_b_i2","role":"user"}"#, "msg_a_b_0": #"{"id":"msg_a_b_0"}"#,
            "foreign": #"{"id":"foreign"}"#, "fc_a_b_05": #"{"id":"fc_a_b_05"}"#, "a_b_6": #"{"id":"a_b_6"}"#,
            "x_a_b_6": #"{"id":"x_a_b_6"}"#, "msg_a_b_i1": nil, "rs_a_b_0": nil, "msg_a_b_9": nil,
        ] {
            #expect(store.item(id, of: .alice)?.text == expected, "\(id)")
            #expect(store.item(id, of: .bob) == nil)
        }
        _ = store.delete(ResponseID("resp_a_b"), of: .alice)
        #expect(store.withRecords { $0.indexedIDs } == 0)
        #expect(store.item("mine", of: .alice) == nil)
    }

    @Test func anItemIsFoundAsLongAsOneOfItsCopiesIsThere() throws {
        let store = MemoryStore(bytesMax: 1_000_000)
        let numbers = 0..<5
        for number in numbers {
            var record = ResponseRecord.sample("resp_\(number)")
            record.input = [#"{"role":"user","id":"mine"}"#]
            try store.save(record)
        }
        var random = SplitMix64(seed: 7)
        for number in numbers.shuffled(using: &random) {
            #expect(store.item("mine", of: .alice) != nil)
            _ = store.delete(ResponseID("resp_\(number)"), of: .alice)
        }
        #expect(store.item("mine", of: .alice) == nil)
        #expect(store.bytes == 0)
    }

    @Test func manyCopiesOfAnItemDoNotFillTheIndex() throws {
        let store = MemoryStore(bytesMax: 10_000_000)
        for number in 0..<1000 {
            var record = ResponseRecord.sample("resp_\(number)")
            record.input = [#"{"role":"user","id":"mine"}"#]
            try store.save(record)
        }
        let found = store.withRecords { $0.given("mine", of: .alice) }
        #expect(found != nil)
        for number in 0..<1000 { _ = store.delete(ResponseID("resp_\(number)"), of: .alice) }
        #expect(store.withRecords { $0.indexedIDs } == 0)
    }

    @Test func aDeletedResponseGoesWithTheLastThatContinuesIt() throws {
        let store = MemoryStore(bytesMax: 1_000_000)
        try store.save(.sample("resp_a"))
        try store.save(.sample("resp_b", parent: "resp_a"))
        try store.save(.sample("resp_c", parent: "resp_b"))
        #expect(store.delete(ResponseID("resp_a"), of: .alice) && store.delete(ResponseID("resp_b"), of: .alice))
        #expect(store.count == 3)
        #expect(store.ids(to: "resp_c") == ["resp_a", "resp_b", "resp_c"])
        #expect(store.delete(ResponseID("resp_c"), of: .alice))
        #expect(store.count == 0 && store.bytes == 0)
    }

    @Test func twoThatNameEachOtherAsParentMakeNoCircle() throws {
        let store = store(room: 3)
        try store.save(.sample("resp_a", parent: "resp_b"))
        try store.save(.sample("resp_b", parent: "resp_a"))
        try store.save(.sample("resp_a", parent: "resp_b"))
        #expect(store.ids(to: "resp_a") == nil && store.ids(to: "resp_b") == nil)
        for number in 0..<3 { try store.save(.sample("resp_\(number)")) }
        #expect(store.count == 3)
    }

    @Test func looksDoNotMakeTheListOfUsesLonger() throws {
        let store = store(room: 8)
        for number in 0..<7 { try store.save(.sample("resp_\(number)")) }
        // Against a plain array as the model.
        var model = (0..<7).map { "resp_\($0)" }
        var random = SplitMix64(seed: 42)
        for _ in 0..<5000 {
            let id = model.randomElement(using: &random) ?? ""
            #expect(store.response(ResponseID(id), of: .alice) != nil)
            model.removeAll { $0 == id }
            model.append(id)
        }
        #expect(store.withRecords { $0.shares.usesCount } == 7)
        for number in 7..<13 {
            try store.save(.sample("resp_\(number)"))
            model.append("resp_\(number)")
            let kept = Set(model.suffix(8))
            for id in model { #expect(store.has(id) == kept.contains(id)) }
        }
    }

    @Test func aLongChainIsKeptReadAndFreedWithoutRecursion() throws {
        let length = 100_000
        let store = MemoryStore(bytesMax: 2 * length * ResponseRecord.sample("resp_100000", bytes: 20).bytes)
        for number in 0..<length {
            try store.save(.sample("resp_\(number)", parent: number == 0 ? nil : "resp_\(number - 1)", bytes: 20))
        }
        #expect(store.ids(to: "resp_\(length - 1)")?.count == length)
        let held = ResponseID("resp_\(length / 2)")
        #expect(
            store.chain(to: ResponseID("resp_\(length - 1)"), of: .alice) { $0 == held }?.first?.id
                == ResponseID("resp_\(length / 2 + 1)"))
        for number in (0..<(length - 1)).reversed() { _ = store.delete(ResponseID("resp_\(number)"), of: .alice) }
        #expect(store.count == length)
        _ = store.delete(ResponseID("resp_\(length - 1)"), of: .alice)
        #expect(store.count == 0 && store.bytes == 0)
    }

    @Test func aLargeRecordPushesOutALongChain() throws {
        let store = MemoryStore(bytesMax: 12_000_000)
        for number in 0..<8000 {
            try store.save(.sample("resp_\(number)", parent: number == 0 ? nil : "resp_\(number - 1)", bytes: 100))
        }
        #expect(store.count == 8000)
        try store.save(.sample("resp_large", bytes: 11_900_000))
        #expect(store.has("resp_large"))
        #expect(store.bytes <= 12_000_000)
    }

    /// Who saves does not free what is large, however it goes; small records are freed at once.
    @Test func largeRecordsAreFreedElsewhere() throws {
        let disposed = Mutex(0)
        let store = MemoryStore(bytesMax: 1_000_000, dispose: { _ in disposed.withLock { $0 += 1 } })
        for number in 0..<100 { try store.save(.sample("resp_\(number)", bytes: 20_000)) }
        #expect(disposed.withLock { $0 } == 0)
        try store.save(.sample("resp_large", bytes: 600_000))
        #expect(disposed.withLock { $0 } > 0, "what made room for it, together")
        let before = disposed.withLock { $0 }
        _ = store.delete("resp_large", of: .alice)
        #expect(disposed.withLock { $0 } == before + 1)
    }

    @Test func conversationsAndEventsCountAndLeaveRoomForResponses() throws {
        let store = MemoryStore(bytesMax: 100_000)
        let item = RawJSON(validated: Array(#""\#(String(repeating: "x", count: 10_000))""#.utf8))
        let id = ConversationID("conv_1")
        try store.create(Conversation(id: id, owner: .alice, createdAt: 0), items: [item])
        while store.bytes < 80_000 { try store.save(.sample("resp_\(store.count)")) }
        #expect(throws: StoreError.full) { try store.append([item, item], to: id, of: .alice) }
        #expect(try store.items(of: id, Page(), owner: .alice)?.items.count == 1)
        try store.append(EventSlice(first: 0, events: ["1"]), of: "resp_0", owner: .alice)
        for number in 0..<2000 {
            try store.append(EventSlice(first: number, events: [#"{"n":1}"#]), of: "resp_1", owner: .alice)
        }
        #expect(store.bytes <= 100_000)
        #expect(try store.delete(id, of: .alice))
        #expect(store.deleteEvents(of: "resp_0", owner: .alice) && store.deleteEvents(of: "resp_1", owner: .alice))
        #expect(store.bytes == store.withRecords { $0.bytes })
        while store.giveWay(.max / 2) > 0 {}
        #expect(store.count == 0 && store.bytes == 0)
    }

    /// Goal: whatever is saved, read and deleted in whatever order, the table stays sound.
    /// Method: random calls from a seed; after each, the invariants, and a chain that is there is whole.
    @Test(arguments: UInt64(0)..<20)
    func anyOrderOfCallsKeepsTheTableSound(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let store = store(room: 12)
        var names: [String] = []
        for step in 0..<600 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let parent = Bool.random(using: &random) ? names.suffix(20).randomElement(using: &random) : nil
                var record = ResponseRecord.sample(
                    "resp_\(step)", parent: parent, bytes: Int.random(in: 100...3000, using: &random),
                    tools: Bool.random(using: &random) ? "[1]" : "[]")
                if Bool.random(using: &random) { record.output = [#"{"id":"shared"}"#] }
                names.append("resp_\(step)")
                do throws(StoreError) { try store.save(record) } catch { #expect(error == .full) }
            case 5:
                guard let name = names.randomElement(using: &random) else { continue }
                guard var again = store.response(ResponseID(name), of: .alice) else { continue }
                again.output = [RawJSON(validated: Array("[\(step)]".utf8))]
                do throws(StoreError) { try store.save(again) } catch { #expect(error == .full) }
            case 6..<8: _ = names.randomElement(using: &random).map { store.delete(ResponseID($0), of: .alice) }
            default: _ = names.randomElement(using: &random).map { store.response(ResponseID($0), of: .alice) }
            }
            #expect(store.bytes <= 12 * sampleBytes + sampleBytes / 2)
            let problems = store.withRecords { $0.problems() }
            #expect(problems == [], "step \(step)")
        }
        for name in names { _ = store.delete(ResponseID(name), of: .alice) }
        #expect(store.count == 0 && store.bytes == 0)
        #expect(store.withRecords { $0.toolsCount + $0.framesCount + $0.indexedIDs + $0.shares.usesCount } == 0)
    }
}
