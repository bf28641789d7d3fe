import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore
import ResponsesStore

/// `POST /v1/responses`, `/v1/responses/compact` and `/v1/responses/input_tokens`: an HTTP request is a connection with a single turn.
struct ResponsesRoute: Sendable {
    let services: ServerServices

    /// JSON, or SSE when the body says `stream: true`; never by `Accept`, which SDKs send as JSON in both cases.
    func create(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        let read = try await read(request, context, memory)
        if read.create.background == true { return try await BackgroundRoute(services: services).create(read, context) }
        return try await services.answer(read, .response, context, memory)
    }

    func compact(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        return try await services.answer(read(request, context, memory), .compaction, context, memory)
    }

    /// Nothing is generated and nothing kept. The engine counts what it would be shown; where it does not count, a header says that the
    /// number is this server's estimate.
    func inputTokens(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        return try await services.answer(read(request, context, memory), .count, context, memory)
    }

    private func read(
        _ request: Request, _ context: HotlineRequestContext, _ memory: HeldMemory
    ) async throws -> ReadRequest {
        let tools = KnownTools(on: services.tools, of: context.identity.owner)
        return try await services.read(request, context, memory) { (bytes) throws(APIError) in
            try ReadRequest(parsing: bytes, tools)
        }
    }
}
