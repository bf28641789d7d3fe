import GRDB
import ResponsesAPI
import ResponsesStore

extension WriteContext {
    mutating func create(_ conversation: Conversation, items: [RawJSON]) throws -> [RawJSON] {
        let owner = try key(of: conversation.owner)
        try db.run(
            "INSERT INTO conversations (owner, id, createdAt, metadata) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            .int(owner), .text(conversation.id.rawValue), .int(conversation.createdAt), .blob(conversation.metadata.bytes))
        guard db.changes == 1, let row = try db.conversation(conversation.id, of: conversation.owner) else { throw StoreError.taken }
        return try add(items, to: row)
    }

    func update(_ id: ConversationID, metadata: RawJSON, of owner: Owner) throws -> Conversation? {
        guard var row = try db.conversation(id, of: owner) else { return nil }
        try db.run("UPDATE conversations SET metadata = ? WHERE key = ?", .blob(metadata.bytes), .int(row.key))
        row.conversation.metadata = metadata
        return row.conversation
    }

    func delete(_ id: ConversationID, of owner: Owner) throws -> Bool {
        guard let row = try db.conversation(id, of: owner) else { return false }
        try db.run("DELETE FROM conversationItems WHERE conversation = ?", .int(row.key))
        try db.run("DELETE FROM conversations WHERE key = ?", .int(row.key))
        return true
    }

    /// Puts items at the end, each under its own id, or one that is made for it.
    func add(_ items: [RawJSON], to row: ConversationRow) throws -> [RawJSON] {
        guard !items.isEmpty else { return [] }
        var made = row.made
        var place = row.nextPlace
        var added: [RawJSON] = []
        for var item in items {
            var id = item.givenID
            if let given = id, try db.has(given, in: row.key) { id = nil }
            while id == nil {
                let new = ItemIDs.made(for: item, at: made, of: row.conversation.id)
                made += 1
                guard try !db.has(new, in: row.key) else { continue }
                id = new
                item = item.withID(new)
            }
            try db.run(
                "INSERT INTO conversationItems (conversation, place, id, json) VALUES (?, ?, ?, ?)", .int(row.key), .int(place),
                .text(id), .blob(item.bytes))
            place += 1
            added.append(item)
        }
        try db.run("UPDATE conversations SET made = ?, nextPlace = ? WHERE key = ?", .int(made), .int(place), .int(row.key))
        return added
    }

    func remove(_ itemID: String, from row: ConversationRow) throws -> Bool {
        guard let item = try db.item(itemID, of: row) else { return false }
        try db.run("DELETE FROM conversationItems WHERE conversation = ? AND place = ?", .int(row.key), .int(item.place))
        if item.place <= row.headPlace {
            // The head's chain has it still.
            try db.run("UPDATE conversations SET head = NULL, headPlace = 0 WHERE key = ?", .int(row.key))
        }
        return true
    }

    /// A turn's items, and the head whose chain is the whole list with them.
    func end(_ row: ConversationRow, adding items: [RawJSON], head: ResponseID?) throws {
        _ = try add(items, to: row)
        guard let head else { return }
        try db.run(
            "UPDATE conversations SET head = ?, headPlace = nextPlace - 1 WHERE key = ?", .text(head.rawValue), .int(row.key))
    }
}
