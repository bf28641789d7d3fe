import LibC
import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import ResponsesTesting
import Testing

/// The cache by itself: owners, budget, the least recently used first.
struct ChainCacheTests {
    private let alice: Owner = "alice"
    private let bob: Owner = "bob"

    /// What a node of `node(_:in:)` and its entry take.
    private let nodeBytes = 1_600
    /// Room for seven nodes.
    private let room = 7 * 1_600

    private func node(
        _ id: String, in cache: ChainCache, of owner: Owner = "alice", parent: ChainNode? = nil, bytes: Int = 1000
    ) throws -> ChainNode {
        let dialect = ListDialect()
        let rendering = DialectRendering(dialect, try dialect.extend(nil, with: []))
        let text = String(repeating: "x", count: bytes)
        return ChainNode(
            id: ResponseID(id), parent: parent, input: EnteredItems([RawJSON(validated: Array(#""\#(text)""#.utf8))]), output: [],
            rendering: rendering, renderedBytes: 0, openCalls: [], isStored: true, account: cache.account(of: owner))
    }

    /// Puts some nodes of an owner in, one after the other, each by itself.
    private func insert(_ count: Int, _ name: String, of owner: Owner, in cache: ChainCache) throws {
        for number in 0..<count { cache.insert(try node("resp_\(name)\(number)", in: cache, of: owner), of: owner) }
    }

    @Test func aResponseIsItsOwners() throws {
        let cache = ChainCache(bytesMax: 100_000)
        cache.insert(try node("resp_1", in: cache), of: alice)
        #expect(cache.node(ResponseID("resp_1"), of: alice)?.id == ResponseID("resp_1"))
        #expect(cache.node(ResponseID("resp_1"), of: bob) == nil)
        #expect(cache.node(ResponseID("resp_1"), of: .anybody) == nil)
        #expect(cache.node(ResponseID("resp_2"), of: alice) == nil)
    }

    @Test func theBudgetHoldsAndTheLeastRecentlyUsedGoFirst() throws {
        let cache = ChainCache(bytesMax: room)
        for number in 0..<7 { cache.insert(try node("resp_\(number)", in: cache), of: alice) }
        #expect(cache.count == 7)
        // Used again, so the next to go is the second.
        _ = cache.node(ResponseID("resp_0"), of: alice)
        for number in 7..<10 { cache.insert(try node("resp_\(number)", in: cache), of: alice) }
        #expect(cache.account.bytes <= room)
        #expect(cache.node(ResponseID("resp_0"), of: alice) != nil)
        #expect(cache.node(ResponseID("resp_1"), of: alice) == nil)
        #expect(cache.node(ResponseID("resp_9"), of: alice) != nil)
    }

    @Test func aForeignLookIsNoUse() throws {
        let cache = ChainCache(bytesMax: room)
        for number in 0..<7 { cache.insert(try node("resp_\(number)", in: cache), of: alice) }
        _ = cache.node(ResponseID("resp_0"), of: bob)
        cache.insert(try node("resp_7", in: cache), of: alice)
        #expect(cache.node(ResponseID("resp_0"), of: alice) == nil)
    }

    @Test func aResponseLargerThanTheBudgetDoesNotStay() throws {
        let cache = ChainCache(bytesMax: room)
        cache.insert(try node("resp_0", in: cache), of: alice)
        cache.insert(try node("resp_1", in: cache, bytes: 20_000), of: alice)
        #expect(cache.count == 0)
        #expect(cache.account.bytes == 0)
    }

    @Test func manyUsesKeepTheirOrder() throws {
        let cache = ChainCache(bytesMax: room)
        for number in 0..<7 { cache.insert(try node("resp_\(number)", in: cache), of: alice) }
        // Against a plain array as the model.
        var model = (0..<7).map { "resp_\($0)" }
        var seed: UInt64 = 42
        for _ in 0..<5000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let id = model[Int(seed >> 33) % model.count]
            #expect(cache.node(ResponseID(id), of: alice) != nil)
            model.removeAll { $0 == id }
            model.append(id)
        }
        for number in 7..<12 {
            cache.insert(try node("resp_\(number)", in: cache), of: alice)
            model.append("resp_\(number)")
        }
        let kept = Set(model.suffix(cache.count))
        for id in model { #expect((cache.node(ResponseID(id), of: alice) != nil) == kept.contains(id)) }
    }

    @Test func aLongChainIsFreedAsAWhole() throws {
        let cache = ChainCache(bytesMax: 6_000_000)
        var parent: ChainNode?
        for number in 0..<8_000 {
            let next = try node("resp_\(number)", in: cache, parent: parent, bytes: 100)
            cache.insert(next, of: alice)
            parent = next
        }
        parent = nil
        let filler = try node("resp_filler", in: cache, bytes: 7_000_000)
        cache.insert(filler, of: alice)
        #expect(cache.count == 0)
    }

    @Test func aDeletedResponseIsForgottenForItsOwnerOnly() throws {
        let cache = ChainCache(bytesMax: 100_000)
        cache.insert(try node("resp_1", in: cache), of: alice)
        cache.remove("resp_1", of: bob)
        #expect(cache.has("resp_1", of: alice))
        cache.remove("resp_1", of: alice)
        #expect(!cache.has("resp_1", of: alice))
        #expect(cache.account.bytes == 0)
    }

    // MARK: Owners

    @Test func aFloodPushesOutItsOwn() throws {
        let cache = ChainCache(bytesMax: 20 * nodeBytes)
        try insert(3, "bob", of: bob, in: cache)
        try insert(200, "alice", of: alice, in: cache)
        #expect((0..<3).allSatisfy { cache.has(ResponseID("resp_bob\($0)"), of: bob) })
        #expect(cache.bytes(of: alice) <= 10 * nodeBytes && cache.bytes(of: alice) > 8 * nodeBytes)
        #expect(cache.has("resp_alice199", of: alice))
        #expect(cache.bytes(of: alice) + cache.bytes(of: bob) == cache.account.bytes)
    }

    @Test func anOwnerAloneHasEverythingAndGivesWay() throws {
        let cache = ChainCache(bytesMax: 20 * nodeBytes)
        try insert(100, "alice", of: alice, in: cache)
        #expect(cache.bytes(of: alice) > 18 * nodeBytes)
        try insert(1, "bob", of: bob, in: cache)
        #expect(cache.has("resp_bob0", of: bob) && cache.account.bytes <= 20 * nodeBytes)
        try insert(1, "more", of: alice, in: cache)
        #expect(cache.bytes(of: alice) <= 10 * nodeBytes)
        #expect(cache.has("resp_more0", of: alice) && cache.has("resp_bob0", of: bob))
    }

    @Test func theLargestGivesWayFirst() throws {
        let cache = ChainCache(bytesMax: 60 * nodeBytes, ownerShare: 1)
        try insert(30, "alice", of: alice, in: cache)
        try insert(20, "bob", of: bob, in: cache)
        for number in 0..<40 { try insert(1, "\(number)_", of: Owner(rawValue: "owner \(number)"), in: cache) }
        #expect((0..<40).allSatisfy { cache.has(ResponseID("resp_\($0)_0"), of: Owner(rawValue: "owner \($0)")) })
        #expect(abs(cache.bytes(of: alice) - cache.bytes(of: bob)) <= nodeBytes)
        #expect(cache.account.bytes <= 60 * nodeBytes)
    }

    /// What a conversation holds counts although its nodes are not here one by one, as they are when only the newest is.
    @Test func aChainHeldByItsNewestNodeIsItsOwners() throws {
        let cache = ChainCache(bytesMax: 20 * nodeBytes)
        try insert(4, "bob", of: bob, in: cache)
        var parent: ChainNode?
        for number in 0..<30 { parent = try node("resp_\(number)", in: cache, parent: parent) }
        cache.insert(try #require(parent), of: alice)
        parent = nil
        #expect(!cache.has("resp_29", of: alice), "It is larger than its owner's share.")
        #expect((0..<4).allSatisfy { cache.has(ResponseID("resp_bob\($0)"), of: bob) })
        #expect(cache.bytes(of: alice) == 0)
    }

    @Test func whatOthersTurnsHoldTakesHalfAtMost() throws {
        let cache = ChainCache(bytesMax: 20 * nodeBytes)
        let held = try (0..<30).map { try node("resp_held\($0)", in: cache) }
        try insert(15, "bob", of: bob, in: cache)
        let bytes = cache.bytes(of: bob)
        #expect(bytes <= 11 * nodeBytes && bytes > 8 * nodeBytes)
        withExtendedLifetime(held) {}
    }

    @Test func givingWayTakesFromTheLargestAndSaysHowMuch() throws {
        let cache = ChainCache(bytesMax: 100 * nodeBytes)
        try insert(30, "alice", of: alice, in: cache)
        try insert(5, "bob", of: bob, in: cache)
        let held = cache.node("resp_alice0", of: alice)
        let before = cache.account.bytes
        let freed = cache.giveWay(10 * nodeBytes)
        #expect((10 * nodeBytes...11 * nodeBytes).contains(freed) && cache.account.bytes == before - freed)
        #expect((0..<5).allSatisfy { cache.has(ResponseID("resp_bob\($0)"), of: bob) })
        #expect(cache.giveWay(0) == 0)
        _ = cache.giveWay(.max / 2)
        #expect(cache.count == 0 && cache.bytes(of: bob) == 0)
        #expect(cache.bytes(of: alice) == held?.bytes, "What is held elsewhere stays, and counts.")
    }

    @Test func aReplacedNodeIsFreed() throws {
        let cache = ChainCache(bytesMax: 100_000)
        for _ in 0..<3 { cache.insert(try node("resp_1", in: cache), of: alice) }
        #expect(cache.count == 1 && cache.account.bytes < nodeBytes)
        cache.remove("resp_1", of: alice)
        #expect(cache.account.bytes == 0)
    }

    /// Meters of owners that came once do not add up.
    @Test func ownersThatAreGoneLeaveNothing() throws {
        let cache = ChainCache(bytesMax: 100 * nodeBytes)
        let kept = cache.account(of: alice)
        for number in 0..<2000 { try insert(1, "\(number)_", of: Owner(rawValue: "owner \(number)"), in: cache) }
        #expect(cache.ownersCount < 300)
        #expect(cache.account(of: alice) === kept, "Somebody counts with it.")
    }

    @Test(.enabled(if: heap_bytes_in_use() > 0), arguments: [6_100, 6_200, 20_000])
    func whatIsCountedIsWhatIsTaken(count: Int) throws {
        var ratios: [Double] = []
        for _ in 0..<3 {
            let cache = ChainCache(bytesMax: 1 << 30)
            let before = Int(heap_bytes_in_use())
            try insert(count, "with_a_long_name_", of: alice, in: cache)
            let taken = Int(heap_bytes_in_use()) - before
            #expect(cache.count == count)
            ratios.append(Double(taken) / Double(cache.account.bytes))
            if (0.8...1.1).contains(ratios[ratios.count - 1]) { return }
        }
        Issue.record("Taken by counted, each of three times: \(ratios)")
    }
}
