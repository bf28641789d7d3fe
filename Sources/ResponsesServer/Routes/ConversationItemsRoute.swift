import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ThreadTools

/// `/v1/conversations/{id}/items`: the list of a conversation (responses-api 1).
struct ConversationItemsRoute: Sendable {
    let services: ServerServices

    func list(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        let (id, owner, store) = (try ConversationsRoute.id(context), context.identity.owner, try services.conversationStore())
        let page = try RequestQuery(request).page()
        let found = try await services.fromStore(context, at: page) { () async throws(StoreError) in
            try await store.items(of: id, page, owner: owner)
        }
        guard let found else { throw APIError.conversationNotFound(id) }
        return await Response(found, services, memory)
    }

    /// Puts items at the end, all or none.
    func add(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        let (id, owner, store) = (try ConversationsRoute.id(context), context.identity.owner, try services.conversationStore())
        try services.checkMayStore(owner)
        _ = try RequestQuery(request).include()
        let read = try await services.read(request, context, memory) { (bytes) throws(APIError) in
            let read = try ConversationRequest(parsing: bytes)
            if !read.hasItems { throw .missing("items") }
            return read
        }
        let items = try await services.items(of: read, in: id, context)
        let answer = try await services.fromStore(context) { () async throws(StoreError) in
            try await store.append(items, to: id, of: owner)
        }
        services.storedMemory.changed()
        switch answer {
        case .done(let added): return await Response(ItemPage(all: added), services, memory)
        case .busy: throw APIError.conversationBusy
        case .missing: throw APIError.conversationNotFound(id)
        }
    }

    func one(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        let (id, owner, store) = (try ConversationsRoute.id(context), context.identity.owner, try services.conversationStore())
        let itemID = try context.parameter("item_id")
        _ = try RequestQuery(request).include()
        let found = try await services.fromStore(context) { () async throws(StoreError) in
            try await store.item(itemID, in: id, of: owner)
        }
        guard let found else { throw try await notFound(itemID, in: id, context) }
        guard found.bytes.count >= services.limits.largeBytesMin else { return Response(json: found.listed.bytes) }
        memory.set(2 * found.bytes.count, for: .receiving)
        defer { memory.set(0, for: .receiving) }
        return Response(json: await BesideLoop.run { found.listed.bytes })
    }

    /// Takes one item out; answered with the conversation.
    func delete(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let (id, owner, store) = (try ConversationsRoute.id(context), context.identity.owner, try services.conversationStore())
        let itemID = try context.parameter("item_id")
        let answer = try await services.fromStore(context) { () async throws(StoreError) in
            try await store.remove(itemID, from: id, of: owner)
        }
        services.storedMemory.changed()
        switch answer {
        case .done(let conversation): return Response(conversation)
        case .busy: throw APIError.conversationBusy
        case .missing: throw try await notFound(itemID, in: id, context)
        }
    }

    /// Which of the two is not there.
    private func notFound(
        _ itemID: String, in id: ConversationID, _ context: HotlineRequestContext
    ) async throws -> APIError {
        let (owner, store) = (context.identity.owner, try services.conversationStore())
        let conversation = try await services.fromStore(context) { () async throws(StoreError) in
            try await store.conversation(id, of: owner)
        }
        return conversation == nil ? .conversationNotFound(id) : .itemNotFound(itemID, in: id)
    }
}

extension ServerServices {
    /// The items of a request as they are put into a conversation: what a reference stands for, instead of it. What is sealed stays so.
    ///
    /// - Parameter conversation: whose own items can be referred to, too.
    func items(
        of request: ConversationRequest, in conversation: ConversationID? = nil, _ context: HotlineRequestContext
    ) async throws -> [RawJSON] {
        var items: [RawJSON] = []
        let owner = context.identity.owner
        for (index, item) in request.items.enumerated() {
            guard case .reference(let id) = item.body else {
                items.append(item.json)
                continue
            }
            let found = try await fromStore(context) { [store, conversations] () async throws(StoreError) in
                if let conversation, let item = try await conversations?.item(id, in: conversation, of: owner) { return item as RawJSON? }
                return try await store.item(id, of: owner)
            }
            guard let found else {
                throw APIError.invalidRequest(
                    .invalidValue, "Item with id '\(id.prefix(128))' not found. Send the item itself.", param: "items[\(index)].id")
            }
            items.append(found)
        }
        return items
    }
}
