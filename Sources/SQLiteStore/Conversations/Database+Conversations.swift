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
        let after = try page.after.map { try place(of: $0, in: conversation) }
        let before = try page.before.map { try place(of: $0, in: conversation) }
        let isAscending = page.order == .ascending
        let (low, high) = isAscending ? (after, before) : (before, after)
        var found: [(id: String, item: RawJSON)] = []
        try each(
            """
            SELECT id, json FROM conversationItems WHERE conversation = ? AND place > ? AND place < ?
            ORDER BY place \(isAscending != page.goesBack ? "ASC" : "DESC") LIMIT ?
            """, .int(conversation.key), .int(low ?? -1), .int(high ?? Int.max), .int(page.limit + 1)
        ) { row in
            found.append((row.text(0), RawJSON(validated: row.bytes(1))))
            return true
        }
        return ItemPage(found: found, of: page)
    }

    private func place(of itemID: String, in conversation: ConversationRow) throws -> Int {
        guard let item = try item(itemID, of: conversation) else { throw StoreError.unknownItem }
        return item.place
    }
}
