import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore
import Synchronization

/// What the connections of one process share, in memory: the store, its cache, the ids, the engines.
public final class InMemoryProcess {
    /// Stored responses by owner.
    public private(set) var stored: [String: [ResponseID: ResponseRecord]] = [:]
    /// Counts what connections hold.
    public let book: MemoryBook
    /// What connections hold, all together.
    public var memory: MemoryAccount { book.process }
    /// What nodes of stored responses take.
    public var cacheMemory: MemoryAccount { cache.account }
    let tools = ToolShelf(bytesMax: 1 << 20)
    func cacheMemory(of owner: Owner) -> MemoryAccount { cache.account(of: owner) }
    /// Placements that were given and of which no end was heard yet.
    public internal(set) var placed = 0
    let engines: any EngineDirectory
    private let cache: ChainCache
    private let store = MemoryStore(bytesMax: 1 << 30)
    private let ids = ResponseIDs()

    /// - Parameters:
    ///   - cacheBytesMax: what nodes of stored responses may take.
    ///   - memoryBytesMax: what connections may hold.
    ///   - ownerShare: the part of it that one owner may hold.
    public init(
        engines: any EngineDirectory = ListDirectory(), cacheBytesMax: Int = 1 << 30, memoryBytesMax: Int = 1 << 30,
        ownerShare: Double = 1
    ) {
        self.engines = engines
        book = MemoryBook(bytesMax: memoryBytesMax, ownerShare: ownerShare)
        cache = ChainCache(bytesMax: cacheBytesMax)
    }

    /// Forgets every stored response.
    public func emptyStore() {
        for (owner, records) in stored {
            for id in records.keys {
                _ = store.delete(id, of: Owner(rawValue: owner))
                cache.remove(id, of: Owner(rawValue: owner))
            }
        }
        stored = [:]
    }

    /// Forgets the nodes of stored responses, as when the process started again.
    public func emptyCache() {
        for (owner, records) in stored { for id in records.keys { cache.remove(id, of: Owner(rawValue: owner)) } }
    }

    func store(_ record: ResponseRecord, _ node: ChainNode?) {
        guard (try? store.save(record)) != nil else { return }
        stored[record.owner.rawValue, default: [:]][record.id] = record
        if let node { cache.insert(node, of: record.owner) }
    }

    /// Makes a conversation with these items, for tests.
    public func makeConversation(_ id: String, owner: String = "alice", items: [RawJSON] = []) throws(StoreError) {
        _ = try store.create(
            Conversation(id: ConversationID(id), owner: Owner(rawValue: owner), createdAt: 1_700_000_000), items: items)
    }

    /// The items of a conversation, oldest first; nil when there is none.
    public func items(ofConversation id: String, owner: String = "alice") -> [RawJSON]? {
        store.allItems(of: ConversationID(id), owner: Owner(rawValue: owner))
    }

    func join(
        _ place: ConversationPlace, _ owner: Owner, _ sealer: (any ContentSealer)?
    ) throws(StoreError) -> ConversationAnswer<JoinedConversation> {
        guard let turn = place.turn else {
            guard let items = store.allItems(of: place.conversation, owner: owner) else { return .missing }
            return .done(try JoinedConversation(head: nil, items: items))
        }
        switch try store.begin(turn, in: place.conversation, of: owner) {
        case .busy: return .busy
        case .missing: return .missing
        case .done(let context):
            if let head = context.head, let node = find(head, whole: false, for: owner, sealer) {
                return .done(try JoinedConversation(head: node, items: context.items))
            }
            return .done(try JoinedConversation(head: nil, items: store.allItems(of: place.conversation, owner: owner) ?? []))
        }
    }

    func leave(_ place: ConversationPlace, _ owner: Owner, adding items: [RawJSON] = [], head: ResponseID? = nil) throws(StoreError) {
        guard let turn = place.turn else { return }
        try store.end(turn, in: place.conversation, of: owner, adding: items, head: head)
    }

    func find(_ id: ResponseID, whole: Bool, for owner: Owner, _ sealer: (any ContentSealer)?) -> ChainNode? {
        if !whole, let node = cache.node(id, of: owner) { return node }
        let chain = StoredChain(id: id, owner: owner, isWhole: whole, cache: cache, sealer: sealer)
        var ancestor: ChainNode?
        let records = store.chain(to: id, of: owner) { chain.find($0, &ancestor) }
        return chain.node(of: records, after: ancestor)
    }

    func released(_ placement: Placement, _ outcome: PlacementOutcome) {
        placed -= 1
        engines.ended(placement, outcome)
    }

    var makeResponseID: @Sendable () -> ResponseID {
        let ids = ids
        return { ids.next() }
    }

    /// `resp_1`, `resp_2`, …: readable in tests, and never given twice.
    private final class ResponseIDs: Sendable {
        private let last = Atomic<Int>(0)
        func next() -> ResponseID { ResponseID("resp_\(last.wrappingAdd(1, ordering: .relaxed).newValue)") }
    }
}
