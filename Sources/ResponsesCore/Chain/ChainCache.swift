import ResponsesAPI
import Synchronization

/// Nodes of stored responses, shared by all connections: in front of the store, so that a continuation reads and renders
/// only what its turn adds.
///
/// What it forgets costs the next continuation a look into the store and one rendering, nothing else. The least recently
/// used nodes go when the nodes that are alive take more than the budget.
public final class ChainCache: Sendable {
    /// Counts what nodes of stored responses take while anything holds them.
    public let account: MemoryAccount

    private struct Entry {
        var node: ChainNode
        var owner: Owner
        /// Which of the id's places in `order` counts.
        var stamp: Int
    }

    private struct State {
        var entries: [ResponseID: Entry] = [:]
        /// Ids by last use, oldest first; places outlived by a later use are skipped.
        var order: [(id: ResponseID, stamp: Int)] = []
        var orderStart = 0
        var stamp = 0

        mutating func touch(_ id: ResponseID) -> Int {
            stamp += 1
            order.append((id, stamp))
            if order.count - orderStart > 2 * entries.count + 64 {
                order = order[orderStart...].filter { entries[$0.id]?.stamp == $0.stamp || $0.stamp == stamp }
                orderStart = 0
            }
            return stamp
        }
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    public init(bytesMax: Int, account: MemoryAccount = MemoryAccount()) {
        self.bytesMax = bytesMax
        self.account = account
    }

    public var count: Int { state.withLock { $0.entries.count } }
    /// Places in the list of uses, for tests: it must not grow with every look.
    package var orderCount: Int { state.withLock { $0.order.count } }

    /// Keeps a node, in place of an older one of its response; the least recently used ones may go.
    ///
    /// The node itself stays, even when what turns hold of other chains fills the budget. Only a chain larger than the
    /// whole budget is not kept.
    public func insert(_ node: ChainNode, of owner: Owner) {
        let replaced = state.withLock { state in
            let stamp = state.touch(node.id)
            return state.entries.updateValue(Entry(node: node, owner: owner, stamp: stamp), forKey: node.id)
        }
        _ = consume replaced
        let spared = node.chainBytes <= bytesMax ? node.id : nil
        while account.bytes > bytesMax, let evicted = evictOldest(sparing: spared) {
            // Freed here, outside the lock: a long chain takes a while.
            _ = consume evicted
        }
    }

    private func evictOldest(sparing spared: ResponseID?) -> ChainNode? {
        state.withLock { state in
            while state.orderStart < state.order.count {
                let (id, stamp) = state.order[state.orderStart]
                if id == spared, state.entries[id]?.stamp == stamp { return nil }
                state.orderStart += 1
                if let entry = state.entries[id], entry.stamp == stamp {
                    state.entries[id] = nil
                    return entry.node
                }
            }
            return nil
        }
    }

    /// The node of the owner's response, or nil when it is not here or another's.
    public func node(_ id: ResponseID, of owner: Owner) -> ChainNode? {
        state.withLock { state in
            guard let entry = state.entries[id], entry.owner == owner else { return nil }
            let stamp = state.touch(id)
            state.entries[id]?.stamp = stamp
            return entry.node
        }
    }

    /// Whether the node of the owner's response is here. Not a use.
    public func has(_ id: ResponseID, of owner: Owner) -> Bool { state.withLock { $0.entries[id]?.owner == owner } }

    /// Forgets a response that was deleted.
    public func remove(_ id: ResponseID, of owner: Owner) {
        let removed = state.withLock { state in
            state.entries[id]?.owner == owner ? state.entries.removeValue(forKey: id) : nil
        }
        _ = consume removed
    }
}
