import GRDB
import ResponsesAPI
import ResponsesStore

/// What an owner reads of conversations.
extension Database {
    func conversation(_ id: ConversationID, of owner: Owner) throws -> ConversationRow? {
        guard let key = try key(of: owner) else { return nil }
        return try first(
            "SELECT \(ConversationRow.columns) FROM conversations WHERE id = ? AND owner = ?", .text(id.rawValue), .int(key)
        ) { ConversationRow($0, owner: owner) }
    }

    /// The items behind a place, oldest first.
    func items(of conversation: ConversationRow, behind place: Int) throws -> [RawJSON] {
        var items: [RawJSON] = []
        try each(
            "SELECT json FROM conversationItems WHERE conversation = ? AND place > ? ORDER BY place", .int(conversation.key),
            .int(place)
        ) { row in
            items.append(RawJSON(validated: row.bytes(0)))
            return true
        }
        return items
    }

    func item(_ id: String, of conversation: ConversationRow) throws -> (place: Int, json: RawJSON)? {
        try first(
            "SELECT place, json FROM conversationItems WHERE conversation = ? AND id = ?", .int(conversation.key), .text(id)
        ) { ($0.int(0), RawJSON(validated: $0.bytes(1))) }
    }

    func has(_ itemID: String, in conversation: Int) throws -> Bool {
        try first(
            "SELECT 1 FROM conversationItems WHERE conversation = ? AND id = ?", .int(conversation), .text(itemID)
        ) { _ in true } ?? false
    }

    /// A page, of which no more than its items is read.
    func items(of conversation: ConversationRow, _ page: Page) throws -> ItemPage {
        // A page that goes back is read in the other order, from its end.
        let isAscending = (page.order == .ascending) != page.goesBack
        func place(of id: String?) throws -> Int? {
            guard let id else { return nil }
            guard let item = try item(id, of: conversation) else { throw StoreError.unknownItem }
            return item.place
        }
        let (after, before) = (try place(of: page.after), try place(of: page.before))
        // Of the two ends, one is behind `after` and the other before `before`, whichever stands where in the list.
        let (low, high) = page.order == .ascending ? (after, before) : (before, after)
        var found: [(id: String, item: RawJSON)] = []
        try each(
            """
            SELECT id, json FROM conversationItems WHERE conversation = ? AND place > ? AND place < ?
            ORDER BY place \(isAscending ? "ASC" : "DESC") LIMIT ?
            """, .int(conversation.key), .int(low ?? -1), .int(high ?? .max), .int(page.limit + 1)
        ) { row in
            found.append((row.text(0), RawJSON(validated: row.bytes(1))))
            return true
        }
        let read = found.prefix(page.limit)
        let items = page.goesBack ? read.reversed() : Array(read)
        return ItemPage(
            items: items.map(\.item), firstID: items.first?.id, lastID: items.last?.id, hasMore: found.count > page.limit)
    }
}
