import ResponsesAPI
import ResponsesCore
import ResponsesEngine
import ResponsesStore

/// What every connection of a server shares. An object, as each connection holds it.
final class ServerServices: Sendable {
    let limits: Limits
    let engines: any EngineDirectory
    let store: any ResponseStore
    /// The same store, when it answers at once.
    let immediateStore: (any ImmediateResponseStore)?
    /// The same store, when it keeps conversations.
    let conversations: (any ConversationStore)?
    /// The same store, when it keeps events.
    let events: (any EventLog)?
    /// Nodes of stored responses.
    let cache: ChainCache
    /// Conversations of clients that send them whole; nil where none are remembered.
    let prefixes: PrefixMemory?
    let sealer: any ContentSealer
    /// Counts what is held for clients.
    let book: MemoryBook
    /// What is stored, in the book.
    let storedMemory: StoredMemory
    /// The sets of tools in use.
    let tools: ToolShelf
    let reasoningEvents: ReasoningEvents
    let activity: Activity
    let sockets = OpenSockets()
    /// Responses that run without a listener.
    let background: BackgroundResponses
    /// Events of responses that ended a short time ago.
    let replays: ReplayShelf
    let observer: ServerObserver
    /// What each key may do.
    let keys: APIKeys

    init(
        limits: Limits, engines: any EngineDirectory, store: any ResponseStore, sealer: any ContentSealer,
        reasoningEvents: ReasoningEvents, observer: ServerObserver, keys: APIKeys = APIKeys([])
    ) {
        self.keys = keys
        self.limits = limits
        self.engines = engines
        self.store = store
        immediateStore = store as? any ImmediateResponseStore
        conversations = store as? any ConversationStore
        events = store as? any EventLog
        book = MemoryBook(
            // What lies between accounts, such as the allocator's own, has the rest.
            bytesMax: limits.processMemoryBytesMax / 8 * 7, ownerShare: limits.ownerShare, ownerShares: keys.memoryShares,
            disposal: DisposalBesideLoop())
        background = BackgroundResponses(limits)
        replays = ReplayShelf(bytesMax: limits.replayBytesMaxOfProcess, ownerShare: limits.ownerShare, keptFor: limits.replayTime)
        storedMemory = StoredMemory(book, store, replays)
        let storedAccount = storedMemory.open()
        cache = ChainCache(bytesMax: limits.chainCacheBytesMaxOfProcess, ownerShare: limits.ownerShare, account: storedAccount)
        prefixes = limits.prefixMemoryTime > .zero
            ? PrefixMemory(
                keptFor: limits.prefixMemoryTime, bytesMax: limits.prefixMemoryBytesMaxOfProcess, ownerShare: limits.ownerShare,
                account: MemoryAccount(within: storedAccount)) : nil
        storedMemory.holds([prefixes?.nodes, cache].compactMap(\.self))
        store.whenGone { [cache] id, owner in cache.remove(id, of: owner) }
        tools = ToolShelf(bytesMax: min(limits.toolsSharedBytesMax, limits.processMemoryBytesMax / 16))
        self.sealer = sealer
        self.reasoningEvents = reasoningEvents
        activity = Activity()
        self.observer = observer
    }

    func connectionConfiguration(owner: Owner, _ account: MemoryAccount) -> Connection.Configuration {
        var configuration = Connection.Configuration(
            owner: owner, account: account, cacheAccount: cache.account(of: owner), tools: tools,
            makeResponseID: Self.makeResponseID)
        configuration.limits = limits
        configuration.sealer = sealer
        configuration.reasoningEvents = reasoningEvents
        let rights = keys.rights(of: owner)
        configuration.mayStore = rights.mayStore
        configuration.onlyModel = { [engines] in
            // A key that is for one model means that one.
            if let models = rights.models, models.count == 1 { return models.first }
            return engines.onlyModel.flatMap { rights.allows($0) ? $0 : nil }
        }
        return configuration
    }

    /// Holds a stored response for a turn that continues it, then looks for its node: in this order, so that what is found stays until
    /// the turn is stored.
    func hold(_ id: ResponseID, of owner: Owner) -> HeldNode {
        guard store.hold(id, of: owner) else {
            cache.remove(id, of: owner)
            return .gone
        }
        guard let node = cache.node(id, of: owner) else { return .stored }
        // Its record is in use as well: a store that lets go what is old would lose it otherwise.
        _ = try? immediateStore?.renew(id, of: owner)
        return .cached(node)
    }

    /// The conversations of an owner's clients that send them whole; nil where none are remembered.
    func prefixes(of owner: Owner) -> PrefixMemory? { keys.rights(of: owner).mayRemember ? prefixes : nil }

    /// Where a turn runs, as far as its owner may go.
    func place(_ request: PlacementRequest) -> PlacementAnswer {
        let rights = keys.rights(of: request.owner)
        guard rights.allows(request.model) else {
            return .refused(.modelNotFound(request.model, offered: rights.models?.sorted() ?? []))
        }
        return engines.place(request)
    }

    /// 128 random bits: an id is not a secret, but nobody should be able to guess one.
    static func makeResponseID() -> ResponseID { ResponseID(IDBits.id("resp_", words: 2)) }
}
