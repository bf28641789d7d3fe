import ResponsesAPI

/// A conversation that came whole: the response that it continues, as far as one is known, and what is new behind it.
package struct KnownHistory: Sendable {
    /// Nil where nothing is known, and for what is not remembered.
    package var parent: ChainNode?
    package var items: [Item]
    /// For what comes of it; nil where nothing is remembered.
    package var ticket: HistoryTicket?
    /// How many messages were not read, as they were read before.
    package var unreadMessages = 0

    /// Of the calls among the items.
    package var callIDs: Set<String> {
        var ids: Set<String> = []
        for case .call(let call) in items.lazy.map(\.body) { ids.insert(call.callID) }
        return ids
    }

    package init(parent: ChainNode?, items: [Item], ticket: HistoryTicket? = nil) {
        self.parent = parent
        self.items = items
        self.ticket = ticket
    }
}
