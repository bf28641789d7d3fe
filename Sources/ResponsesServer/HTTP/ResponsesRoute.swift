import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore

/// `POST /v1/responses`: JSON, or SSE when the body says `stream: true`; never by `Accept`, which SDKs send as JSON in
/// both cases.
struct ResponsesRoute: Sendable {
    let services: ServerServices

    func create(_ request: Request, _ context: HotlineRequestContext) async throws -> Response {
        let create = try CreateRequest(parsing: await request.bytes(upTo: services.limits.messageBytesMax, context))
        let line = RequestScope(streaming: create.stream ?? false, services: services, context: context)
        switch await line.begin(create) {
        case .refused(let error):
            await line.end()
            throw error
        case .response(let json):
            await line.end()
            return Response(json: json)
        case .streaming: return streamed(line)
        }
    }

    private func streamed(_ line: RequestScope) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
                // Proxies such as nginx would hold events back.
                .accelBuffering: "no",
            ],
            body: ResponseBody { writer in
                do {
                    try await line.forEach { try await writer.write($0) }
                    try await writer.finish(nil)
                } catch {
                    await line.end()
                    throw error
                }
                await line.end()
            })
    }
}

extension HTTPField.Name {
    static let accelBuffering = HTTPField.Name("x-accel-buffering")!
}
