import Hummingbird

/// Lets requests in by key and origin.
struct AdmissionMiddleware: RouterMiddleware {
    typealias Context = HotlineRequestContext

    let admission: Admission

    func handle(
        _ request: Request, context: HotlineRequestContext, next: (Request, HotlineRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.identity.owner = try admission.owner(request.headers, host: request.head.authority)
        return try await next(request, context)
    }
}
