import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesStore

/// Responses that run without a listener, and the streams of those whose listener went away (responses-api 9).
struct BackgroundRoute: Sendable {
    let services: ServerServices

    /// `POST /v1/responses` with `background: true`: the response as it was queued, or its events from the first on.
    func create(_ request: ReadRequest, _ context: HotlineRequestContext) async throws -> Response {
        let (response, queued) = try await services.background.start(
            request, context.identity, services, on: context.channel.eventLoop)
        var answer: Response
        if request.create.stream == true, let id = response.id {
            answer = stream(response.feed, of: id, after: -1, context)
        } else {
            answer = Response(json: queued.bytes)
        }
        if let leftOut = response.driver.leftOutField { answer.headers[.leftOut] = leftOut }
        return answer
    }

    /// `POST /v1/responses/{id}/cancel`: the response as it is then. Repeated, the same again.
    func cancel(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let (id, owner) = (ResponseID(try context.parameter("response_id")), context.identity.owner)
        if let response = services.background.response(id, of: owner) {
            response.cancel()
            await response.feed.over()
        }
        let record = try await services.fromStore(context) { [store = services.store] () async throws(StoreError) in
            try await store.response(id, of: owner)
        }
        guard let record else { throw APIError.responseNotFound(id) }
        guard record.object["background"]?.boolValue == true else {
            throw APIError.invalidRequest(
                .invalidValue,
                "Only responses that were created with 'background': true can be cancelled. To stop another, close its connection.",
                param: nil)
        }
        return await Response(record.asFound, services)
    }

    /// `GET /v1/responses/{id}?stream=true`: its events behind a number, and those to come.
    func stream(_ id: ResponseID, after number: Int, _ context: HotlineRequestContext) async throws -> Response {
        let owner = context.identity.owner
        if let response = services.background.response(id, of: owner) { return stream(response.feed, of: id, after: number, context) }
        if let feed = services.replays.feed(of: id, owner: owner, at: ConnectionDriver.now().uptime) {
            return stream(feed, of: id, after: number, context)
        }
        let (isLogged, isStored) = try await services.fromStore(context) { [services] () async throws(StoreError) in
            // One tells whether they are there.
            let slice = try await services.events?.events(of: id, after: number, atMost: 1, owner: owner)
            return (slice != nil, try await services.store.response(id, of: owner) != nil)
        }
        guard isStored else { throw APIError.responseNotFound(id) }
        if isLogged { return stream(nil, of: id, after: number, context) }
        throw APIError.invalidRequest(
            .unsupportedValue,
            "The events of this response are not kept any more, or it was not streamed. Get it without 'stream'.", param: "stream")
    }

    private func stream(
        _ feed: ResponseFeed?, of id: ResponseID, after number: Int, _ context: HotlineRequestContext
    ) -> Response {
        let channel = context.channel
        let stream = FeedStream(feed, of: id, owner: context.identity.owner, after: number, log: services.events,
            memory: context.requests?.memory)
        let ids = LogIDs(request: context.identity.requestID, owner: context.identity.owner.digest)
        // The body is written past Hummingbird's writer, so nothing here may write to or finish that.
        let body = ResponseBody { _ in
            let watch = try? channel.pipeline.syncOperations.handler(type: ClientWatch.self)
            watch?.watch(stream, ids)
            await stream.send(to: channel)
            watch?.stopWatching()
        }
        return Response(status: .ok, headers: .eventStream, body: body)
    }
}
