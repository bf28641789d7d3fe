public import ResponsesAPI

/// Where conversations are kept: their metadata, their items, and which turn runs in them.
///
/// A conversation belongs to its owner; for anybody else it does not exist. At most one turn runs in it at a time: from
/// `begin` to `end` its items stay as they are.
public protocol ConversationStore: Sendable {
    /// Makes a conversation with its first items.
    ///
    /// - Returns: the items, each with its id: an item without one is given one that no other has.
    /// - Throws: `.full` without room, `.taken` when the id is in use.
    @discardableResult
    func create(_ conversation: Conversation, items: [RawJSON]) async throws(StoreError) -> [RawJSON]

    /// The owner's conversation by this id; nil when there is none.
    func conversation(_ id: ConversationID, of owner: Owner) async throws(StoreError) -> Conversation?

    /// Replaces the metadata. A turn may run meanwhile.
    ///
    /// - Returns: the conversation as it is now; nil when there is none.
    func update(_ id: ConversationID, metadata: RawJSON, of owner: Owner) async throws(StoreError) -> Conversation?

    /// Forgets a conversation and its list. Responses that were made in it stay. A turn that runs in it runs on; its `end`
    /// finds nothing.
    ///
    /// - Returns: whether there was one.
    func delete(_ id: ConversationID, of owner: Owner) async throws(StoreError) -> Bool

    /// Puts items at the end.
    ///
    /// - Returns: the items, each with its id.
    /// - Throws: `.full` without room; then none was added.
    func append(
        _ items: [RawJSON], to id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<[RawJSON]>

    /// A page of the items; nil when there is no such conversation.
    ///
    /// - Throws: `.unknownItem` when the page begins after, or ends before, an item that is not in the list.
    func items(of id: ConversationID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage?

    /// One item by its id; nil when there is none.
    func item(_ itemID: String, in id: ConversationID, of owner: Owner) async throws(StoreError) -> RawJSON?

    /// Takes one item out.
    ///
    /// - Returns: the conversation, which is what the wire answers.
    func remove(
        _ itemID: String, from id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<Conversation>

    /// A turn begins; no other may until it ends.
    ///
    /// - Returns: what the turn continues. Its head is the one that the last `end` gave, as long as the items that were in
    ///   the list then still are, and no others are among them. The store does not look whether that response is there.
    func begin(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<ConversationContext>

    /// All items, oldest first, for whoever cannot use the head; nil when there is no such conversation.
    func allItems(of id: ConversationID, owner: Owner) async throws(StoreError) -> [RawJSON]?

    /// The turn that began is over, however it ended; the next may begin.
    ///
    /// Without such a turn nothing happens.
    ///
    /// - Parameters:
    ///   - items: what it adds, input and output; none when it failed (responses-api 9).
    ///   - head: the response whose chain is the whole list now; nil leaves the head that was there as it is.
    /// - Throws: `.full` without room; the turn is over all the same, and none of its items was added.
    func end(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner, adding items: [RawJSON], head: ResponseID?
    ) async throws(StoreError)

    /// The turn that began is over, and its response is stored with what it adds. A store that outlasts its process does both at once:
    /// after a crash both are there or neither.
    ///
    /// Without such a turn only the response is stored.
    ///
    /// - Parameters:
    ///   - record: the response; its id is the turn's.
    ///   - items: what it adds, as for the other `end`, and `head`, too.
    /// - Throws: as `ResponseStore.save` and `end`; the turn is over all the same, and none of its items was added.
    func end(
        _ id: ConversationID, storing record: ResponseRecord, adding items: [RawJSON], head: ResponseID?
    ) async throws(StoreError)
}

extension ConversationStore where Self: ResponseStore {
    /// One after the other.
    public func end(
        _ id: ConversationID, storing record: ResponseRecord, adding items: [RawJSON], head: ResponseID?
    ) async throws(StoreError) {
        do throws(StoreError) {
            try await save(record)
        } catch {
            try? await end(record.id, in: id, of: record.owner, adding: [], head: nil)
            throw error
        }
        try await end(record.id, in: id, of: record.owner, adding: items, head: head)
    }
}
