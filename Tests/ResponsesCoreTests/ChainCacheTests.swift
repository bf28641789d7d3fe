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

    private func node(_ id: String, in cache: ChainCache, parent: ChainNode? = nil, bytes: Int = 1000) throws -> ChainNode {
        let dialect = ListDialect()
        let rendering = DialectRendering(dialect, try dialect.extend(nil, with: []))
        let text = String(repeating: "x", count: bytes)
        return ChainNode(
            id: ResponseID(id), parent: parent, input: EnteredItems([RawJSON(validated: Array(#""\#(text)""#.utf8))]), output: [],
            rendering: rendering, renderedBytes: 0, openCalls: [], isStored: true, account: cache.account)
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
        let cache = ChainCache(bytesMax: 10_500)
        for number in 0..<7 { cache.insert(try node("resp_\(number)", in: cache), of: alice) }
        #expect(cache.count == 7)
        // Used again, so the next to go is the second.
        _ = cache.node(ResponseID("resp_0"), of: alice)
        for number in 7..<10 { cache.insert(try node("resp_\(number)", in: cache), of: alice) }
        #expect(cache.account.bytes <= 10_500)
        #expect(cache.node(ResponseID("resp_0"), of: alice) != nil)
        #expect(cache.node(ResponseID("resp_1"), of: alice) == nil)
        #expect(cache.node(ResponseID("resp_9"), of: alice) != nil)
    }

    @Test func aForeignLookIsNoUse() throws {
        let cache = ChainCache(bytesMax: 10_500)
        for number in 0..<7 { cache.insert(try node("resp_\(number)", in: cache), of: alice) }
        _ = cache.node(ResponseID("resp_0"), of: bob)
        cache.insert(try node("resp_7", in: cache), of: alice)
        #expect(cache.node(ResponseID("resp_0"), of: alice) == nil)
    }

    @Test func aResponseLargerThanTheBudgetDoesNotStay() throws {
        let cache = ChainCache(bytesMax: 10_500)
        cache.insert(try node("resp_0", in: cache), of: alice)
        cache.insert(try node("resp_1", in: cache, bytes: 20_000), of: alice)
        #expect(cache.count == 0)
        #expect(cache.account.bytes == 0)
    }

    /// The list of uses is made anew now and then; who was used when must survive that.
    @Test func manyUsesKeepTheirOrderAndLittleMemory() throws {
        let cache = ChainCache(bytesMax: 10_500)
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
        #expect(cache.orderCount < 200)
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
}
