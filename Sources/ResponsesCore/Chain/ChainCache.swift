import ResponsesAPI
import ResponsesStore
import Synchronization

/// Nodes of stored responses, shared by all connections: in front of the store, so that a continuation reads and renders
/// only what its turn adds.
///
/// What it forgets costs the next continuation a look into the store and one rendering, nothing else. When the nodes that
/// are alive take more than the budget, the least recently used ones of the owner go that holds the most; of an owner with
/// more than its share they go while others have some. What turns hold beside it counts as well, and is their owner's.
public final class ChainCache: Sendable {
    /// Counts what nodes of stored responses take while anything holds them.
    public let account: MemoryAccount

    fileprivate struct Entry {
        var node: ChainNode
        /// The owner's row in `shares`.
        var row: Int
    }

    fileprivate struct State {
        var places: [ResponseID: Int] = [:]
        var entries = Slots<Entry>()
        /// Of owners with entries, what their accounts said when it was last looked.
        var shares = OwnerShares()
        var accounts: [Owner: MemoryAccount] = [:]
        /// With so many accounts those that nobody needs are looked for.
        var sweepAt = 64
    }

    /// A table beside this one, which is told which nodes go, for whatever reason but a newer node of their response.
    private let listener: (any DroppedNodes)?
    private let bytesMax: Int
    /// What one owner's nodes may take while others have some.
    private let ownerBytesMax: Int
    private let state = Mutex(State())

    /// An entry and its places in tables, beyond its node.
    fileprivate static var entryBytes: Int { 96 }
    /// So many nodes go with each that comes, of an owner above its share: what was one owner's alone need not be halved at
    /// once.
    private static var overdueMax: Int { 16 }
    /// So many go with one `giveWay`, which is called by those who have other things to do.
    private static var givenWayMax: Int { 1024 }

    /// - Parameter ownerShare: which part of the budget the nodes of one owner may take while others have some.
    public convenience init(bytesMax: Int, ownerShare: Double = 0.5, account: MemoryAccount = MemoryAccount()) {
        self.init(bytesMax: bytesMax, ownerShare: ownerShare, account: account, telling: nil)
    }

    init(bytesMax: Int, ownerShare: Double, account: MemoryAccount, telling listener: (any DroppedNodes)?) {
        self.listener = listener
        self.bytesMax = bytesMax
        ownerBytesMax = Int(Double(bytesMax) * min(max(ownerShare, 0), 1))
        self.account = account
    }

    /// Outside of the lock, where long chains are freed as well, which takes a while.
    private func drop(_ node: consuming ChainNode) {
        listener?.dropped(node.id)
    }

    public var count: Int { state.withLock { $0.entries.count } }
    /// Owners with an account here, for tests: those that are gone must not add up.
    package var ownersCount: Int { state.withLock { $0.accounts.count } }

    /// Counts what an owner's nodes of stored responses take, within `account`: they are made with it.
    public func account(of owner: Owner) -> MemoryAccount { state.withLock { $0.account(of: owner, within: account) } }

    /// What an owner's nodes take, whoever holds them.
    public func bytes(of owner: Owner) -> Int { state.withLock { $0.accounts[owner]?.bytes ?? 0 } }

    // MARK: Nodes

    /// Keeps a node, in place of an older one of its response; others may go.
    ///
    /// The node itself stays, even when what turns hold of other chains fills the budget. Only a chain larger than its
    /// owner's share, or without others than the whole budget, is not kept.
    public func insert(_ node: ChainNode, of owner: Owner) {
        let (replaced, isAlone) = state.withLock { state in
            let account = state.account(of: owner, within: account)
            account.add(Self.entryBytes, for: .chains)
            let replaced = state.remove(node.id)
            state.add(node, of: owner)
            return (replaced, state.shares.count == 1)
        }
        _ = consume replaced
        let spared = node.chainBytes <= (isAlone ? bytesMax : ownerBytesMax) ? node.id : nil
        while account.bytes > bytesMax, let evicted = state.withLock({ $0.removeNext(sparing: spared, bytesMax: bytesMax) }) {
            drop(evicted)
        }
        for _ in 0..<Self.overdueMax {
            let evicted = state.withLock { $0.removeOverdue(of: owner, sparing: spared, above: ownerBytesMax) }
            guard let evicted else { break }
            drop(evicted)
        }
    }

    /// Forgets nodes of about so many bytes, of the owners that hold the most.
    ///
    /// - Returns: how many bytes are free by this; what turns still hold is not.
    @discardableResult
    public func giveWay(_ bytes: Int) -> Int {
        let before = account.bytes
        for _ in 0..<Self.givenWayMax where account.bytes > before - bytes {
            let evicted = state.withLock { $0.removeNext(sparing: nil, bytesMax: 0) }
            guard let evicted else { break }
            drop(evicted)
        }
        return max(before - account.bytes, 0)
    }

    /// The node of the owner's response, or nil when it is not here or another's.
    public func node(_ id: ResponseID, of owner: Owner) -> ChainNode? {
        state.withLock { state in
            guard let place = state.place(of: id, owner) else { return nil }
            state.shares.renew(place, of: state.entries[place].row)
            return state.entries[place].node
        }
    }

    /// Whether the node of the owner's response is here. Not a use.
    public func has(_ id: ResponseID, of owner: Owner) -> Bool { state.withLock { $0.place(of: id, owner) != nil } }

    /// Forgets a response that was deleted.
    public func remove(_ id: ResponseID, of owner: Owner) {
        if let removed = state.withLock({ $0.remove(id, of: owner) }) { drop(removed) }
    }
}

extension ChainCache.State {
    func place(of id: ResponseID, _ owner: Owner) -> Int? {
        guard let place = places[id], shares.owner(of: entries[place].row) == owner else { return nil }
        return place
    }

    mutating func account(of owner: Owner, within all: MemoryAccount) -> MemoryAccount {
        if let account = accounts[owner] { return account }
        sweepIfMany()
        let account = MemoryAccount(within: all)
        accounts[owner] = account
        return account
    }

    /// Forgets accounts of owners who are gone: only this table holds them, so no node counts in them any more.
    private mutating func sweepIfMany() {
        guard accounts.count >= sweepAt else { return }
        for owner in Array(accounts.keys) {
            guard shares.find(owner) == nil, let index = accounts.index(forKey: owner) else { continue }
            if isKnownUniquelyReferenced(&accounts.values[index]) { accounts.remove(at: index) }
        }
        sweepAt = 2 * accounts.count + 64
    }

    mutating func add(_ node: ChainNode, of owner: Owner) {
        let row = shares.row(of: owner)
        let place = entries.add(ChainCache.Entry(node: node, row: row))
        places[node.id] = place
        shares.renew(place, of: row)
        refresh(row)
    }

    /// Takes a node out, whosever it is.
    mutating func remove(_ id: ResponseID) -> ChainNode? { places.removeValue(forKey: id).map { remove(at: $0) } }

    /// Takes a node out where it is the owner's.
    mutating func remove(_ id: ResponseID, of owner: Owner) -> ChainNode? {
        guard let index = places.index(forKey: id), shares.owner(of: entries[places.values[index]].row) == owner else { return nil }
        return remove(at: places.remove(at: index).value)
    }

    private mutating func remove(at place: Int) -> ChainNode {
        let entry = entries.remove(at: place)
        shares.remove(place, of: entry.row)
        accounts[shares.owner(of: entry.row)]?.subtract(ChainCache.entryBytes, for: .chains)
        if shares.oldest(of: entry.row) == nil {
            // Its row goes with its last entry; what turns hold of it is in its account.
            shares.add(-shares.bytes(of: entry.row), to: entry.row)
            shares.dropIfEmpty(entry.row)
        } else {
            refresh(entry.row)
        }
        return entry.node
    }

    /// What an owner's account says now. Nodes come and go without asking here.
    @discardableResult
    private mutating func refresh(_ row: Int) -> Bool {
        let change = (accounts[shares.owner(of: row)]?.bytes ?? 0) - shares.bytes(of: row)
        shares.add(change, to: row)
        return change != 0
    }

    /// The next to go: the oldest of the owner whose nodes take the most, or of the one after it when that has only the spared
    /// one. What nobody has here, but turns hold, does not push out more than half of what is here.
    mutating func removeNext(sparing spared: ResponseID?, bytesMax: Int) -> ChainNode? {
        // What was looked up may have changed; a few looks are enough, as each sets one owner right.
        for _ in 0..<8 {
            guard let row = shares.largest, refresh(row), shares.largest != row else { break }
        }
        guard let row = shares.largest, shares.bytes > bytesMax / 2 else { return nil }
        if let node = removeOldest(of: row, sparing: spared) { return node }
        return shares.second.flatMap { removeOldest(of: $0, sparing: spared) }
    }

    /// The oldest of an owner with more than its share, while others have some.
    mutating func removeOverdue(of owner: Owner, sparing spared: ResponseID?, above ownerBytesMax: Int) -> ChainNode? {
        guard shares.count > 1, let row = shares.find(owner) else { return nil }
        refresh(row)
        return shares.bytes(of: row) > ownerBytesMax ? removeOldest(of: row, sparing: spared) : nil
    }

    private mutating func removeOldest(of row: Int, sparing spared: ResponseID?) -> ChainNode? {
        guard let place = shares.oldest(of: row), entries[place].node.id != spared else { return nil }
        return remove(entries[place].node.id)
    }
}
