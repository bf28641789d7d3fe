public import ResponsesAPI
public import ResponsesStore

extension SQLiteStore: ConversationStore {
    private static func bytes(of items: [RawJSON]) -> Int { items.reduce(256) { $0 + $1.bytes.count + 64 } }

    @discardableResult
    public func create(_ conversation: Conversation, items: [RawJSON]) async throws(StoreError) -> [RawJSON] {
        try await writer.write(bytes: Self.bytes(of: items) + conversation.metadata.bytes.count) { context in
            try context.create(conversation, items: items)
        }
    }

    public func conversation(_ id: ConversationID, of owner: Owner) async throws(StoreError) -> Conversation? {
        try await read { db in try db.conversation(id, of: owner)?.conversation }
    }

    public func update(
        _ id: ConversationID, metadata: RawJSON, of owner: Owner
    ) async throws(StoreError) -> Conversation? {
        try await writer.write(bytes: 256 + metadata.bytes.count) { context in
            try context.update(id, metadata: metadata, of: owner)
        }
    }

    public func delete(_ id: ConversationID, of owner: Owner) async throws(StoreError) -> Bool {
        let isDeleted = try await writer.write { context in try context.delete(id, of: owner) }
        if isDeleted { turns.forget(id) }
        return isDeleted
    }

    public func append(
        _ items: [RawJSON], to id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<[RawJSON]> {
        try await writer.write(bytes: Self.bytes(of: items)) { [turns] context in
            guard let row = try context.db.conversation(id, of: owner) else { return .missing }
            guard !turns.isRunning(in: id) else { return .busy }
            return .done(try context.add(items, to: row))
        }
    }

    public func items(of id: ConversationID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage? {
        try await read { db in try db.conversation(id, of: owner).map { try db.items(of: $0, page) } }
    }

    public func item(_ itemID: String, in id: ConversationID, of owner: Owner) async throws(StoreError) -> RawJSON? {
        try await read { db in try db.conversation(id, of: owner).flatMap { try db.item(itemID, of: $0)?.json } }
    }

    public func remove(
        _ itemID: String, from id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<Conversation> {
        try await writer.write { [turns] context in
            guard let row = try context.db.conversation(id, of: owner), try context.db.has(itemID, in: row.key) else {
                return .missing
            }
            guard !turns.isRunning(in: id) else { return .busy }
            return try context.remove(itemID, from: row) ? .done(row.conversation) : .missing
        }
    }

    public func begin(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<ConversationContext> {
        let number = turns.nextNumber()
        do throws(StoreError) {
            // In its turn among the writes: what was added before is in the list.
            return try await writer.write { [turns] context in
                guard let row = try context.db.conversation(id, of: owner) else { return .missing }
                guard turns.begin(turn, in: id, of: owner, number: number) else { return .busy }
                return .done(
                    ConversationContext(
                        head: row.head, items: try context.db.items(of: row, behind: row.head == nil ? 0 : row.headPlace)))
            }
        } catch {
            turns.undo(number, in: id)
            throw error
        }
    }

    public func allItems(of id: ConversationID, owner: Owner) async throws(StoreError) -> [RawJSON]? {
        try await read { db in try db.conversation(id, of: owner).map { try db.items(of: $0, behind: 0) } }
    }

    public func end(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner, adding items: [RawJSON], head: ResponseID?
    ) async throws(StoreError) {
        // However the write ends, the turn is over.
        defer { turns.end(turn, in: id, of: owner) }
        try await writer.write(bytes: Self.bytes(of: items)) { [turns] context in
            guard turns.isRunning(turn, in: id, of: owner), let row = try context.db.conversation(id, of: owner) else { return }
            try context.end(row, adding: items, head: head)
        }
    }

    public func end(
        _ id: ConversationID, storing record: ResponseRecord, adding items: [RawJSON], head: ResponseID?
    ) async throws(StoreError) {
        defer { turns.end(record.id, in: id, of: record.owner) }
        try await writer.write(bytes: record.textBytes + Self.bytes(of: items), continuing: record.parent) { [turns] context in
            try context.save(record)
            guard turns.isRunning(record.id, in: id, of: record.owner), let row = try context.db.conversation(id, of: record.owner) else {
                return
            }
            try context.end(row, adding: items, head: head)
        }
        writer.held.wasUsed(record.id, at: hooks.now())
    }
}
