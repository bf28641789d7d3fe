public import ResponsesAPI
import Synchronization

extension MemoryStore: ConversationStore {
    /// Changes the table and counts what that takes.
    private func change<Result: Sendable>(
        of owner: Owner, _ body: (inout ConversationTable) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        // An error may leave a change behind as well.
        var bytes = 0
        defer { if bytes != 0 { othersChanged([owner: bytes]) } }
        return try conversations.withLock { (table) throws(StoreError) in
            let before = table.bytes(of: owner)
            defer { bytes = table.bytes(of: owner) - before }
            return try body(&table)
        }
    }

    @discardableResult
    public func create(_ conversation: Conversation, items: [RawJSON]) throws(StoreError) -> [RawJSON] {
        try change(of: conversation.owner) { (table) throws(StoreError) in try table.create(conversation, items: items) }
    }

    public func conversation(_ id: ConversationID, of owner: Owner) -> Conversation? {
        conversations.withLock { $0.conversation(id, owner) }
    }

    public func update(
        _ id: ConversationID, metadata: RawJSON, of owner: Owner
    ) throws(StoreError) -> Conversation? {
        try change(of: owner) { (table) throws(StoreError) in try table.update(id, metadata: metadata, owner) }
    }

    public func delete(_ id: ConversationID, of owner: Owner) throws(StoreError) -> Bool {
        try change(of: owner) { (table) throws(StoreError) in table.delete(id, owner) }
    }

    public func append(
        _ items: [RawJSON], to id: ConversationID, of owner: Owner
    ) throws(StoreError) -> ConversationAnswer<[RawJSON]> {
        try change(of: owner) { (table) throws(StoreError) in try table.append(items, to: id, owner) }
    }

    public func items(of id: ConversationID, _ page: Page, owner: Owner) throws(StoreError) -> ItemPage? {
        guard let items = conversations.withLock({ $0.items(of: id, owner) }) else { return nil }
        return try page.select(from: items, id: { $0.id }, item: { $0.json })
    }

    public func item(_ itemID: String, in id: ConversationID, of owner: Owner) -> RawJSON? {
        conversations.withLock { $0.items(of: id, owner) }?.first { $0.id == itemID }?.json
    }

    public func remove(
        _ itemID: String, from id: ConversationID, of owner: Owner
    ) throws(StoreError) -> ConversationAnswer<Conversation> {
        try change(of: owner) { (table) throws(StoreError) in table.remove(itemID, from: id, owner) }
    }

    public func begin(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner
    ) throws(StoreError) -> ConversationAnswer<ConversationContext> {
        conversations.withLock { $0.begin(turn, in: id, owner) }
    }

    public func end(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner, adding items: [RawJSON], head: ResponseID?
    ) throws(StoreError) {
        try change(of: owner) { (table) throws(StoreError) in try table.end(turn, in: id, owner, adding: items, head: head) }
    }

    public func allItems(of id: ConversationID, owner: Owner) -> [RawJSON]? {
        conversations.withLock { $0.items(of: id, owner) }?.map(\.json)
    }
}
