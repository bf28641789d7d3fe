import HTTPTypes
import Hummingbird

/// Lets web pages of origins that were allowed read the answers, and ask before they send (the Fetch standard, CORS).
///
/// Outside of everything else: a page may read errors as well, and its question comes without a key.
struct PagesMiddleware: RouterMiddleware {
    typealias Context = HotlineRequestContext

    let origins: OriginPolicy

    func handle(
        _ request: Request, context: HotlineRequestContext, next: (Request, HotlineRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], origins.isAllowed(origin) else { return try await next(request, context) }
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            var headers: HTTPFields = [
                .accessControlAllowOrigin: origin, .vary: "Origin", .accessControlAllowMethods: "GET, POST, DELETE",
                .accessControlMaxAge: "600",
            ]
            headers[.accessControlAllowHeaders] = request.headers[.accessControlRequestHeaders]
            return Response(status: .noContent, headers: headers)
        }
        var response = try await next(request, context)
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.vary] = "Origin"
        response.headers[.accessControlExposeHeaders] = "x-request-id, request-id, retry-after, x-should-retry, x-hotline-left-out, x-hotline-input-tokens"
        return response
    }
}
