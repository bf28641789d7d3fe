import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import ResponsesServer

/// The store by itself: owners, budget, the least recently used first.
@Suite struct StoreTests {
    private let alice = APIKeys(["alice"]).owner(authorization: "Bearer alice") ?? .anybody
    private let bob = APIKeys(["bob"]).owner(authorization: "Bearer bob") ?? .anybody

    private func node(_ id: String, in store: MemoryStore, parent: ChainNode? = nil, bytes: Int = 1000) throws -> ChainNode {
        let prompt = try ListDialect().extend(nil, with: [])
        let text = String(repeating: "x", count: bytes)
        return ChainNode(
            id: ResponseID(id), parent: parent, input: [RawJSON(validated: Array(#""\#(text)""#.utf8))], output: [],
            prompt: prompt, promptBytes: 0, dialect: "list", openCalls: [], isStored: true, meters: [store.meter])
    }

    @Test func aResponseIsItsOwners() throws {
        let store = MemoryStore(bytesMax: 100_000)
        store.save(try node("resp_1", in: store), owner: alice)
        #expect(store.find(ResponseID("resp_1"), owner: alice)?.id == ResponseID("resp_1"))
        #expect(store.find(ResponseID("resp_1"), owner: bob) == nil)
        #expect(store.find(ResponseID("resp_1"), owner: .anybody) == nil)
        #expect(store.find(ResponseID("resp_2"), owner: alice) == nil)
    }

    @Test func theBudgetHoldsAndTheLeastRecentlyUsedGoFirst() throws {
        let store = MemoryStore(bytesMax: 10_000)
        for number in 0..<7 { store.save(try node("resp_\(number)", in: store), owner: alice) }
        #expect(store.count == 7)
        // Used again, so the next to go is the second.
        _ = store.find(ResponseID("resp_0"), owner: alice)
        for number in 7..<10 { store.save(try node("resp_\(number)", in: store), owner: alice) }
        #expect(store.meter.bytes <= 10_000)
        #expect(store.find(ResponseID("resp_0"), owner: alice) != nil)
        #expect(store.find(ResponseID("resp_1"), owner: alice) == nil)
        #expect(store.find(ResponseID("resp_9"), owner: alice) != nil)
    }

    @Test func aForeignLookIsNoUse() throws {
        let store = MemoryStore(bytesMax: 10_000)
        for number in 0..<7 { store.save(try node("resp_\(number)", in: store), owner: alice) }
        _ = store.find(ResponseID("resp_0"), owner: bob)
        store.save(try node("resp_7", in: store), owner: alice)
        #expect(store.find(ResponseID("resp_0"), owner: alice) == nil)
    }

    @Test func aResponseLargerThanTheBudgetDoesNotStay() throws {
        let store = MemoryStore(bytesMax: 10_000)
        store.save(try node("resp_0", in: store), owner: alice)
        store.save(try node("resp_1", in: store, bytes: 20_000), owner: alice)
        #expect(store.count == 0)
        #expect(store.meter.bytes == 0)
    }

    /// The list of uses is made anew now and then; who was used when must survive that.
    @Test func manyUsesKeepTheirOrderAndLittleMemory() throws {
        let store = MemoryStore(bytesMax: 10_000)
        for number in 0..<7 { store.save(try node("resp_\(number)", in: store), owner: alice) }
        // Against a plain array as the model.
        var model = (0..<7).map { "resp_\($0)" }
        var seed: UInt64 = 42
        for _ in 0..<5000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let id = model[Int(seed >> 33) % model.count]
            #expect(store.find(ResponseID(id), owner: alice) != nil)
            model.removeAll { $0 == id }
            model.append(id)
        }
        #expect(store.orderCount < 200)
        for number in 7..<12 {
            store.save(try node("resp_\(number)", in: store), owner: alice)
            model.append("resp_\(number)")
        }
        let kept = Set(model.suffix(store.count))
        for id in model { #expect((store.find(ResponseID(id), owner: alice) != nil) == kept.contains(id)) }
    }

    @Test func aLongChainIsFreedAsAWhole() throws {
        let store = MemoryStore(bytesMax: 6_000_000)
        var parent: ChainNode?
        for number in 0..<8_000 {
            let next = try node("resp_\(number)", in: store, parent: parent, bytes: 100)
            store.save(next, owner: alice)
            parent = next
        }
        parent = nil
        let filler = try node("resp_filler", in: store, bytes: 7_000_000)
        store.save(filler, owner: alice)
        #expect(store.count == 0)
    }
}
