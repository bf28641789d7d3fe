import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ThreadTools

/// `/v1/responses/{id}` and what stands below it: stored responses, for the key that made them.
struct StoredResponsesRoute: Sendable {
    let services: ServerServices

    /// The whole response object, byte for byte as its last event said it.
    func one(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        _ = services.hold(context)
        let (id, owner) = (try Self.id(context), context.identity.owner)
        let query = try RetrieveQuery(RequestQuery(request))
        if query.stream {
            return try await BackgroundRoute(services: services).stream(id, after: query.startingAfter ?? -1, context)
        }
        if let object = services.background.response(id, of: owner)?.object { return Response(json: object.bytes) }
        let record = try await services.fromStore(context) { [store = services.store] () async throws(StoreError) in
            try await store.response(id, of: owner)
        }
        guard let record = record?.asFound else { throw APIError.responseNotFound(id) }
        return await Response(record, services)
    }

    /// What continues it keeps what it was made from; by its id nothing can be continued or read any more.
    func delete(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let (id, owner) = (try Self.id(context), context.identity.owner)
        // What runs would be stored again when it ends.
        if let response = services.background.response(id, of: owner) {
            await response.drop()
        }
        let isDeleted = try await services.fromStore(context) { [store = services.store] () async throws(StoreError) in
            try await store.delete(id, of: owner)
        }
        // Also when it is gone already: nothing is to be continued that cannot be read.
        services.cache.remove(id, of: owner)
        services.replays.remove(id, of: owner)
        services.storedMemory.changed()
        guard isDeleted else { throw APIError.responseNotFound(id) }
        if let events = services.events {
            _ = try await services.fromStore(context) { () async throws(StoreError) in
                try await events.deleteEvents(of: id, owner: owner)
            }
            services.storedMemory.changed()
        }
        return Response(deleted: id.rawValue, "response")
    }

    /// The input of a response and of its chain, without any output (responses-api 9).
    func inputItems(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        let (id, owner) = (try Self.id(context), context.identity.owner)
        let page = try RequestQuery(request).page()
        let found = try await services.fromStore(context, at: page) { [services] () async throws(StoreError) in
            if let store = services.immediateStore {
                // It walks the whole chain.
                return try await BesideLoop.run { () throws(StoreError) in try store.inputItems(of: id, page, owner: owner) }
            }
            return try await services.store.inputItems(of: id, page, owner: owner)
        }
        guard let found else { throw APIError.responseNotFound(id) }
        return await Response(found, services, memory)
    }

    private static func id(_ context: HotlineRequestContext) throws -> ResponseID { ResponseID(try context.parameter("response_id")) }
}
