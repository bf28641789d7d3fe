import ResponsesAPI

/// What a connection remembers of its responses: the newest of each lane for certain, older ones while there is room.
///
/// The only place where `store: false` state lives (websocket-mode 7.1). It ends with the connection.
public struct ConnectionMemory: Sendable {
    /// A response and the lane that made it.
    public struct Entry: Sendable {
        public fileprivate(set) var node: ChainNode
        public let lane: StreamID?
    }

    private var entries: [ResponseID: Entry] = [:]
    /// Ids from the least to the most recently made. Those evicted since are skipped when met.
    private var order: [ResponseID] = []

    init() {}

    var count: Int { entries.count }

    subscript(id: ResponseID) -> Entry? { entries[id] }

    mutating func insert(_ node: ChainNode, lane: StreamID?) {
        entries[node.id] = Entry(node: node, lane: lane)
        order.append(node.id)
        // Otherwise the list would keep growing when every second turn of a client fails.
        if order.count > 2 * entries.count + 64 { order.removeAll { entries[$0] == nil } }
    }

    /// Forgets one response, because a continuation of it failed on its own lane (websocket-mode 7.3).
    mutating func evict(_ id: ResponseID) { entries[id] = nil }

    /// Forgets responses, oldest first, while `isOver` is true of stored or of other ones; those in `kept` only when
    /// nothing else is left.
    ///
    /// - Parameter kept: the newest response of each lane. Losing one costs its client a full resend, or when it is
    ///   stored a look into the store, not the turn.
    mutating func trim(keeping kept: Set<ResponseID>, isOver: (_ stored: Bool) -> Bool) {
        dropOlder(sparing: kept) { isOver(true) || isOver(false) }
        dropNewest(isOver)
    }

    private mutating func dropOlder(sparing kept: Set<ResponseID>, while isOver: () -> Bool) {
        var spared: [ResponseID] = []
        var index = 0
        while index < order.count, isOver() {
            let id = order[index]
            index += 1
            if kept.contains(id) { spared.append(id) } else { entries[id] = nil }
        }
        order.replaceSubrange(0..<index, with: spared)
    }

    /// At most one response a lane is left by now. One that a running turn or a fork holds as well stays: forgetting it
    /// would free nothing.
    private mutating func dropNewest(_ isOver: (_ stored: Bool) -> Bool) {
        var hasDropped = true
        while hasDropped, isOver(true) || isOver(false) {
            hasDropped = false
            for id in order {
                guard let isStored = entries[id]?.node.isStored, isOver(isStored),
                    var entry = entries.removeValue(forKey: id)
                else { continue }
                if isStored || isKnownUniquelyReferenced(&entry.node) {
                    hasDropped = true
                } else {
                    entries[id] = entry
                }
            }
        }
        order.removeAll { entries[$0] == nil }
    }

    mutating func removeAll() {
        entries = [:]
        order = []
    }
}
