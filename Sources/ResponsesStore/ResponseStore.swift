public import ResponsesAPI

/// Where responses with `store: true` are kept: written when a turn ends, read when one continues it, perhaps by another
/// process.
///
/// What always holds, and what `StoreConformance` of `ResponsesTesting` checks:
///
/// - A response belongs to its owner. For anybody else it behaves as an unknown one.
/// - What is read is what was saved, byte for byte.
/// - A parent is saved before what continues it. Several responses may continue one.
/// - Calls may come at the same time and in any order.
///
/// A method that is cancelled ends soon: with all of its work done, or with `.unavailable` and nothing done. A shutdown of the
/// server waits for it.
public protocol ResponseStore: Sendable {
    /// Keeps a response. Returns when it would survive what this store promises to survive.
    ///
    /// An id that its owner saves again is replaced, with its place in the chain: a response that runs in the background is
    /// saved more than once. A parent that is not there, or that is another owner's, does not hinder the save: the response
    /// can be read. But its chain is not whole then, and `chain` says so. A store with a limit may let a parent go while a turn
    /// continues it from the caller's memory; `response` at the turn's beginning renews it, and says whether it is there.
    ///
    /// - Throws: `.full` when there is no room for it, `.taken` for an id of another owner or with another parent.
    func save(_ record: ResponseRecord) async throws(StoreError)

    /// The owner's response by this id; nil when there is none.
    func response(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> ResponseRecord?

    /// The records of a chain, oldest first, as far as the caller does not hold them: from behind the newest ancestor for
    /// which `isHeld` is true, or from the beginning, to `id`.
    ///
    /// Only ancestors are asked for, newest first; `id` itself is always in the answer. An ancestor that is held need not be
    /// stored any more.
    ///
    /// - Returns: nil when `id` or anything of this part of its chain is not there, or is another owner's.
    func chain(
        to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool
    ) async throws(StoreError) -> [ResponseRecord]?

    /// A stored item by its id, whether input or output; nil when the owner has none.
    ///
    /// As it entered its conversation, with sealed parts sealed: what an `item_reference` without a chain stands for. Clients
    /// send items back, so several may have the id; they are taken to be copies of each other, and any of them is answered.
    func item(_ id: String, of owner: Owner) async throws(StoreError) -> RawJSON?

    /// A page of the input of a response and of the chain before it, each item with an id, without any output
    /// (responses-api 9).
    ///
    /// - Returns: nil when `id` or anything of its chain is not there.
    /// - Throws: `.unknownItem` when the page begins after, or ends before, an item that is not in the list.
    func inputItems(of id: ResponseID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage?

    /// Forgets a response: it cannot be read, continued or referred to any more.
    ///
    /// Responses that continue it keep what they were made from: it stays part of their chains, and goes with the last
    /// of them.
    ///
    /// - Returns: whether there was one.
    func delete(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> Bool

    /// From now until `release` a response is continued, perhaps from the caller's memory: it is not let go, and when it is deleted
    /// meanwhile it stays for what continues it. Several may hold one. Takes no time worth naming.
    ///
    /// - Returns: whether it is held; false for one that is being let go, or is known not to be there. Whoever has it in memory
    ///   looks there after this only: `whenGone` comes before a hold is given again.
    func hold(_ id: ResponseID, of owner: Owner) -> Bool

    /// A response that was held is not continued any more.
    func release(_ id: ResponseID, of owner: Owner)

    /// Has `call` called for every response that the store lets go by itself, as it goes; once, before anything else.
    func whenGone(_ call: @escaping @Sendable (ResponseID, Owner) -> Void)

    /// The responses of every owner that were saved while they ran (`ResponseRecord.isRunning`) and not again since: at the
    /// start of a server, those which the process before left behind.
    func running() async throws(StoreError) -> [ResponseRecord]

    /// The store's life: what it does by itself, such as letting go of what is old. The server runs it once, beside everything
    /// else, and cancels it after the last turn is over; it then returns soon. A store that does nothing by itself returns at once.
    func run() async

    /// What the store holds in this process's memory, in bytes; 0 for one that keeps things elsewhere. Cheap, as whoever
    /// keeps a process within its budget asks often.
    var memoryBytes: Int { get }

    /// What is an owner's of `memoryBytes`.
    func memoryBytes(of owner: Owner) -> Int

    /// Lets about so many bytes of memory go, of those owners that hold the most. Returns soon, so it may let fewer go.
    ///
    /// - Returns: how many went.
    @discardableResult
    func giveWay(_ bytes: Int) -> Int
}

extension ResponseStore {
    /// Holds nothing, as of a store that lets nothing go.
    public func hold(_ id: ResponseID, of owner: Owner) -> Bool { true }
    public func release(_ id: ResponseID, of owner: Owner) {}
    public func whenGone(_ call: @escaping @Sendable (ResponseID, Owner) -> Void) {}

    /// None, as of a store that ends with its process.
    public func running() async throws(StoreError) -> [ResponseRecord] { [] }
    public func run() async {}
    public var memoryBytes: Int { 0 }
    public func memoryBytes(of owner: Owner) -> Int { 0 }
    @discardableResult
    public func giveWay(_ bytes: Int) -> Int { 0 }
}
