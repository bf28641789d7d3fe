import ResponsesAPI
import ResponsesCore
import Synchronization

/// Stored responses (`store: true`) in memory, shared by all connections and transports, within a budget of bytes.
///
/// A response belongs to the owner that made it; for anybody else it does not exist. The least recently used ones
/// go when the budget is reached.
public final class MemoryStore: Sendable {
    /// Counts what stored responses take while anything holds them.
    public let meter: MemoryMeter

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

    public init(bytesMax: Int, meter: MemoryMeter = MemoryMeter()) {
        self.bytesMax = bytesMax
        self.meter = meter
    }

    public var count: Int { state.withLock { $0.entries.count } }
    /// Places in the list of uses, for tests: it must not grow with every look.
    var orderCount: Int { state.withLock { $0.order.count } }

    /// Keeps a response; older ones may go.
    ///
    /// The response itself stays, even when what connections hold of stored chains fills the budget: its client was just
    /// told that it can be continued. Only a chain larger than the whole budget is not kept.
    public func save(_ node: ChainNode, owner: Owner) {
        state.withLock { state in
            let stamp = state.touch(node.id)
            state.entries[node.id] = Entry(node: node, owner: owner, stamp: stamp)
        }
        let spared = node.chainBytes <= bytesMax ? node.id : nil
        while meter.bytes > bytesMax, let evicted = evictOldest(sparing: spared) {
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

    /// The owner's response by this id, or nil when there is none or it is another's.
    public func find(_ id: ResponseID, owner: Owner) -> ChainNode? {
        state.withLock { state in
            guard let entry = state.entries[id], entry.owner == owner else { return nil }
            let stamp = state.touch(id)
            state.entries[id]?.stamp = stamp
            return entry.node
        }
    }
}
