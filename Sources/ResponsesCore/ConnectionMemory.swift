import ResponsesAPI

/// What a connection remembers of its responses: the newest of each lane for certain, older ones while there is room.
///
/// The only place where `store: false` state lives (WebSocket guide, 7.1). It ends with the connection.
public struct ConnectionMemory: Sendable {
    /// A response and the lane that made it.
    public struct Entry: Sendable {
        public let node: ChainNode
        public let lane: StreamID?
    }

    private var entries: [ResponseID: Entry] = [:]
    /// Ids from the least to the most recently made. Ids evicted out of order are skipped when met.
    private var order: [ResponseID] = []
    private var orderStart = 0

    init() {}

    var count: Int { entries.count }

    subscript(id: ResponseID) -> Entry? { entries[id] }

    mutating func insert(_ node: ChainNode, lane: StreamID?) {
        entries[node.id] = Entry(node: node, lane: lane)
        order.append(node.id)
    }

    /// Forgets one response, because a continuation of it failed on its own lane (7.3).
    mutating func evict(_ id: ResponseID) { entries[id] = nil }

    /// Forgets responses, oldest first, until `isWithinBudget`; those in `kept` only when nothing else is left.
    ///
    /// - Parameter kept: the newest response of each lane. Losing one costs its client a full resend, not the turn.
    mutating func trim(keeping kept: Set<ResponseID>, isWithinBudget: () -> Bool) {
        guard !isWithinBudget() else { return }
        drop(sparing: kept, isWithinBudget)
        if !isWithinBudget() { drop(sparing: [], isWithinBudget) }
    }

    private mutating func drop(sparing kept: Set<ResponseID>, _ isWithinBudget: () -> Bool) {
        var spared: [ResponseID] = []
        while orderStart < order.count, !isWithinBudget() {
            let id = order[orderStart]
            orderStart += 1
            if kept.contains(id) { spared.append(id) } else { entries[id] = nil }
        }
        order.replaceSubrange(0..<orderStart, with: spared)
        orderStart = 0
    }

    mutating func removeAll() {
        entries = [:]
        order = []
        orderStart = 0
    }
}
