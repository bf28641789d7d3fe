import ResponsesStore

/// Which turns of a connection have, or wait for, a place in which conversation: one at a time, in the order in which they asked.
///
/// Turns of other connections are the store's to know; they find the conversation busy.
struct ConversationQueues: Sendable {
    private var queues: [ConversationID: [TurnID]] = [:]

    /// - Returns: whether the turn may ask the store for its place now.
    mutating func enter(_ id: ConversationID, _ turn: TurnID) -> Bool {
        queues[id, default: []].append(turn)
        return queues[id]?.count == 1
    }

    /// A turn has left its place, or was not given it, or waits no longer.
    ///
    /// - Returns: the turn that may ask the store now.
    mutating func leave(_ id: ConversationID, _ turn: TurnID) -> TurnID? {
        guard let place = queues[id]?.firstIndex(of: turn) else { return nil }
        queues[id]?.remove(at: place)
        if queues[id]?.isEmpty == true { queues[id] = nil }
        return place == 0 ? queues[id]?.first : nil
    }

    /// Whether a turn waits behind others.
    func isWaiting(_ turn: TurnID) -> Bool {
        queues.isEmpty ? false : queues.values.contains { $0.dropFirst().contains(turn) }
    }

    mutating func removeAll() { queues = [:] }
}
