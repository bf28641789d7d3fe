import ResponsesAPI

/// What a connection alone remembers, its `store: false` responses: the newest of each lane for certain, older ones while
/// there is room.
///
/// The only place where such state lives (websocket-mode 7.1); it ends with the connection. Stored responses are in the store
/// and its cache.
public struct ConnectionMemory: Sendable {
    /// A response and the lane that made it.
    public struct Entry: Sendable {
        public let node: ChainNode
        public let lane: StreamID?

        init(node: ChainNode, lane: StreamID?) { (self.node, self.lane) = (node, lane) }
    }

    private var entries: [ResponseID: Entry] = [:]
    /// Ids from the least to the most recently made. Those evicted since are skipped when met.
    private var order: [ResponseID] = []
    /// Before this place of `order` everything is forgotten.
    private var start = 0

    init() {}

    var count: Int { entries.count }

    subscript(id: ResponseID) -> Entry? { entries[id] }

    mutating func insert(_ node: ChainNode, lane: StreamID?) {
        entries[node.id] = Entry(node: node, lane: lane)
        order.append(node.id)
        // Otherwise the list would keep growing when every second turn of a client fails.
        if order.count > 2 * entries.count + 64 {
            order = order[start...].filter { entries[$0] != nil }
            start = 0
        }
    }

    /// Forgets one response, because a continuation of it failed on its own lane (websocket-mode 7.3).
    mutating func evict(_ id: ResponseID) { entries[id] = nil }

    /// Forgets responses, oldest first, while `isOver`; those in `kept` only when nothing else is left.
    ///
    /// - Parameter kept: the newest response of each lane. Losing one costs its client a full resend, not the turn.
    mutating func trim(keeping kept: Set<ResponseID>, while isOver: () -> Bool) {
        dropOldest(sparing: kept, while: isOver)
        dropOldest(sparing: [], while: isOver)
    }

    private mutating func dropOldest(sparing kept: Set<ResponseID>, while isOver: () -> Bool) {
        var spared: [ResponseID] = []
        var index = start
        while index < order.count, isOver() {
            let id = order[index]
            index += 1
            if kept.contains(id) { spared.append(id) } else { entries[id] = nil }
        }
        // Back into places that were passed, so that the list does not move.
        start = index - spared.count
        order.replaceSubrange(start..<index, with: spared)
    }

    mutating func removeAll() {
        entries = [:]
        order = []
        start = 0
    }
}
