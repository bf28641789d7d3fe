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
        return read.create.stream == true
            ? try await stream(read, context, memory) : try await answer(read, .response, context, memory)
    }

    func compact(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        return try await answer(read(request, context, memory), .compaction, context, memory)
    }

    /// Nothing is generated and nothing kept. The engine counts what it would be shown; where it does not count, a header says that the
    /// number is this server's estimate.
    func inputTokens(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let memory = services.hold(context)
        let read = try await read(request, context, memory)
        return try await answer(read, .count, context, memory)
    }

    private func read(
        _ request: Request, _ context: HotlineRequestContext, _ memory: HeldMemory
    ) async throws -> ReadRequest {
        let tools = KnownTools(on: services.tools, of: context.identity.owner)
        return try await services.read(request, context, memory) { (bytes) throws(APIError) in
            try ReadRequest(parsing: bytes, tools)
        }
    }

    private func answer(
        _ request: ReadRequest, _ purpose: TurnPurpose, _ context: HotlineRequestContext, _ memory: HeldMemory
    ) async throws -> Response {
        let scope = RequestScope<JSONOutput>(.json, services: services, context: context, memory: memory)
        let object: Result<ArraySlice<UInt8>, APIError>
        do throws(APIError) {
            object = .success(try await scope.output.object(for: request, purpose))
        } catch {
            object = .failure(error)
        }
        await scope.end()
        var response = Response(json: try object.get())
        if let leftOut = scope.leftOut { response.headers[.leftOut] = leftOut }
        if scope.output.isEstimate { response.headers[.inputTokens] = "estimated" }
        return response
    }

    private func stream(_ request: ReadRequest, _ context: HotlineRequestContext, _ memory: HeldMemory) async throws -> Response {
        let scope = RequestScope<SSEOutput>(.sse, services: services, context: context, memory: memory)
        do throws(APIError) {
            try await scope.output.begin(request, .response)
        } catch {
            await scope.end()
            throw error
        }
        // The body is written past Hummingbird's writer, so nothing here may write to or finish that.
        let body = ResponseBody { _ in
            await scope.output.send(to: context.channel)
            await scope.end()
        }
        var headers = HTTPFields.eventStream
        if let leftOut = scope.leftOut { headers[.leftOut] = leftOut }
        return Response(status: .ok, headers: headers, body: body)
    }
}

extension HTTPField.Name {
    /// Types of items and tools of the request that the engine was not shown.
    static let leftOut = HTTPField.Name("x-hotline-left-out")!
    /// `estimated` where the engine does not count tokens.
    fileprivate static let inputTokens = HTTPField.Name("x-hotline-input-tokens")!
}
