import ResponsesAPI
import ResponsesStore

/// A store that fails at everything it is asked for, in one way.
struct FailingStore: ResponseStore, ConversationStore, EventLog {
    let error: StoreError

    func save(_ record: ResponseRecord) async throws(StoreError) { throw error }
    func response(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> ResponseRecord? { throw error }
    func chain(
        to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool
    ) async throws(StoreError) -> [ResponseRecord]? { throw error }
    func item(_ id: String, of owner: Owner) async throws(StoreError) -> RawJSON? { throw error }
    func inputItems(of id: ResponseID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage? { throw error }
    func delete(_ id: ResponseID, of owner: Owner) async throws(StoreError) -> Bool { throw error }

    func create(_ conversation: Conversation, items: [RawJSON]) async throws(StoreError) -> [RawJSON] { throw error }
    func conversation(_ id: ConversationID, of owner: Owner) async throws(StoreError) -> Conversation? { throw error }
    func update(_ id: ConversationID, metadata: RawJSON, of owner: Owner) async throws(StoreError) -> Conversation? { throw error }
    func delete(_ id: ConversationID, of owner: Owner) async throws(StoreError) -> Bool { throw error }
    func append(
        _ items: [RawJSON], to id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<[RawJSON]> { throw error }
    func items(of id: ConversationID, _ page: Page, owner: Owner) async throws(StoreError) -> ItemPage? { throw error }
    func item(_ itemID: String, in id: ConversationID, of owner: Owner) async throws(StoreError) -> RawJSON? { throw error }
    func remove(
        _ itemID: String, from id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<Conversation> { throw error }
    func begin(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner
    ) async throws(StoreError) -> ConversationAnswer<ConversationContext> { throw error }
    func allItems(of id: ConversationID, owner: Owner) async throws(StoreError) -> [RawJSON]? { throw error }
    func end(
        _ turn: ResponseID, in id: ConversationID, of owner: Owner, adding items: [RawJSON], head: ResponseID?
    ) async throws(StoreError) { throw error }

    func append(_ events: EventSlice, of id: ResponseID, owner: Owner) async throws(StoreError) { throw error }
    func events(of id: ResponseID, after number: Int, atMost bytes: Int, owner: Owner) async throws(StoreError) -> EventSlice? { throw error }
    func deleteEvents(of id: ResponseID, owner: Owner) async throws(StoreError) -> Bool { throw error }
}
