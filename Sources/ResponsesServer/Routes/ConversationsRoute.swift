import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesStore

/// `/v1/conversations`: made, read, changed and deleted, for the key that made them (responses-api 1).
struct ConversationsRoute: Sendable {
    let services: ServerServices

    func create(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let (memory, owner) = (services.hold(context), context.identity.owner)
        let store = try services.conversationStore()
        try services.checkMayStore(owner)
        let read = try await services.read(request, context, memory) { (bytes) throws(APIError) in
            try ConversationRequest(parsing: bytes)
        }
        let items = try await services.items(of: read, context)
        let conversation = Conversation(
            id: Self.makeID(), owner: owner, createdAt: ConnectionDriver.now().unixSeconds,
            metadata: read.metadata ?? .emptyObject)
        _ = try await services.fromStore(context) { () async throws(StoreError) in
            try await store.create(conversation, items: items)
        }
        services.storedMemory.changed()
        return Response(conversation)
    }

    func one(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let (id, owner, store) = (try Self.id(context), context.identity.owner, try services.conversationStore())
        let found = try await services.fromStore(context) { () async throws(StoreError) in
            try await store.conversation(id, of: owner)
        }
        guard let found else { throw APIError.conversationNotFound(id) }
        return Response(found)
    }

    /// Replaces the metadata; null leaves none.
    func update(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        let (id, owner, store) = (try Self.id(context), context.identity.owner, try services.conversationStore())
        try services.checkMayStore(owner)
        let read = try await services.read(request, context, memory) { (bytes) throws(APIError) in
            let read = try ConversationRequest(parsing: bytes)
            if !read.hasMetadata { throw .missing("metadata") }
            return read
        }
        let metadata = read.metadata ?? .emptyObject
        let updated = try await services.fromStore(context) { () async throws(StoreError) in
            try await store.update(id, metadata: metadata, of: owner)
        }
        services.storedMemory.changed()
        guard let updated else { throw APIError.conversationNotFound(id) }
        return Response(updated)
    }

    /// Its list goes; the responses that were made in it stay.
    func delete(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let (id, owner, store) = (try Self.id(context), context.identity.owner, try services.conversationStore())
        let isDeleted = try await services.fromStore(context) { () async throws(StoreError) in
            try await store.delete(id, of: owner)
        }
        services.storedMemory.changed()
        guard isDeleted else { throw APIError.conversationNotFound(id) }
        return Response(deleted: id.rawValue, "conversation.deleted")
    }

    static func id(_ context: HotlineRequestContext) throws -> ConversationID {
        ConversationID(try context.parameter("conversation_id"))
    }

    /// 128 random bits, as a response's id.
    private static func makeID() -> ConversationID { ConversationID(IDBits.id("conv_", words: 2)) }
}

extension Response {
    init(_ conversation: Conversation) {
        var json = JSONWriter()
        json.beginObject()
        json.key("id")
        json.value(conversation.id.rawValue)
        json.key("object")
        json.value("conversation")
        json.key("created_at")
        json.value(conversation.createdAt)
        json.key("metadata")
        json.value(conversation.metadata)
        json.endObject()
        self.init(json: json.bytes)
    }
}
