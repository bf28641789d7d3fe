import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore

/// `POST /v1/responses` and `/v1/responses/compact`: an HTTP request is a connection with a single turn.
struct ResponsesRoute: Sendable {
    let services: ServerServices

    /// JSON, or SSE when the body says `stream: true`; never by `Accept`, which SDKs send as JSON in both cases.
    func create(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let create = try await read(request, context)
        return create.stream == true ? try await stream(create, context) : try await answer(create, .response, context)
    }

    func compact(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        try await answer(read(request, context), .compaction, context)
    }

    private func read(_ request: Request, _ context: HotlineRequestContext) async throws -> CreateRequest {
        try CreateRequest(parsing: await request.bytes(upTo: services.limits.messageBytesMax, context))
    }

    private func answer(
        _ create: CreateRequest, _ purpose: TurnPurpose, _ context: HotlineRequestContext
    ) async throws -> Response {
        let scope = RequestScope<JSONOutput>(.json, services: services, context: context)
        let object: Result<[UInt8], APIError>
        do throws(APIError) {
            object = .success(try await scope.output.object(for: create, purpose))
        } catch {
            object = .failure(error)
        }
        await scope.end()
        return Response(json: try object.get())
    }

    private func stream(_ create: CreateRequest, _ context: HotlineRequestContext) async throws -> Response {
        let scope = RequestScope<SSEOutput>(.sse, services: services, context: context)
        do throws(APIError) {
            try await scope.output.begin(create, .response)
        } catch {
            await scope.end()
            throw error
        }
        // The body is written past Hummingbird's writer, so nothing here may write to or finish that.
        let body = ResponseBody { _ in
            await scope.output.send(to: context.channel)
            await scope.end()
        }
        return Response(status: .ok, headers: Self.streamHeaders, body: body)
    }

    private static let streamHeaders: HTTPFields = [
        .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
        // Proxies such as nginx would hold events back.
        .accelBuffering: "no",
    ]
}

extension HTTPField.Name {
    fileprivate static let accelBuffering = HTTPField.Name("x-accel-buffering")!
}
