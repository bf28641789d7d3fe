import ResponsesAPI

/// What a line knows of one lane: what was said on it, and the turns that are asked for.
struct LaneState {
    private(set) var chain = Chain()
    /// The turns that are not over, in order; the first may run.
    private(set) var turns: [TurnNumber] = []

    init(_ chain: Chain = Chain()) { self.chain = chain }

    mutating func add(_ turn: TurnNumber) { turns.append(turn) }
    mutating func remove(_ turn: TurnNumber) { turns.removeAll { $0 == turn } }
    mutating func removeAllTurns() { turns = [] }

    mutating func addPending(_ items: [Item]) { chain.pending += items }

    /// A turn that was sent from `base` brought these items. What became pending meanwhile goes before the next turn.
    mutating func advance(from base: Chain, by input: [Item], _ output: [Item], parent: Chain.Parent) {
        let addedMeanwhile = chain.pending.dropFirst(base.pending.count)
        chain = base.adding(input, output, parent: parent)
        chain.pending += addedMeanwhile
    }

    /// The server no longer holds the newest response: the next turn sends everything.
    mutating func forgetParent() { chain.parent = nil }
}
