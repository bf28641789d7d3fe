import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import ResponsesAPI

/// Gives every answer its request id, and every error the standard's JSON body.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = HotlineRequestContext

    let resources: ResourceTable

    func handle(
        _ request: Request, context: HotlineRequestContext, next: (Request, HotlineRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as APIError {
            response = Response(error)
        } catch let error as HTTPError {
            response = error.status == .notFound ? notFound(request) : Response(Self.apiError(error))
        } catch is NIOTooManyBytesError {
            response = Response(.tooLarge)
        } catch let error where !(error is HTTPParserError) {
            // The client learns nothing of it: whatever it is, it was not made for clients.
            response = Response(.internalError)
        }
        // What an answer to HEAD holds beyond its head would be taken for the next answer.
        if request.method == .head { response = response.createHeadResponse() }
        response.headers[.requestID] = context.identity.requestID
        return response
    }

    /// No route: the path is unknown, or known by other methods.
    private func notFound(_ request: Request) -> Response {
        let path = request.uri.path.prefix(128)
        guard let methods = resources.methods(at: request.uri.path) else {
            return Response(
                APIError(
                    status: 404, type: "invalid_request_error", code: "unknown_url",
                    message: "Unknown request URL: \(request.method) \(path). This server answers POST and WebSocket at "
                        + "/v1/responses, and GET /v1/models."))
        }
        return Response(
            APIError(
                status: 405, type: "invalid_request_error", code: "method_not_allowed",
                message: "\(request.method) is not allowed at \(path). Send \(methods)."), headers: [.allow: methods])
    }

    /// Hummingbird's own refusals, in the standard's words (responses-api 13).
    private static func apiError(_ error: HTTPError) -> APIError {
        if error.status == .contentTooLarge { return .tooLarge }
        return APIError(
            status: error.status.code, type: error.status.code < 500 ? "invalid_request_error" : "server_error",
            code: nil, message: error.status.reasonPhrase)
    }
}

extension APIError {
    fileprivate static let tooLarge = APIError(
        status: 413, type: "invalid_request_error", code: "request_too_large",
        message: "The body is larger than this server takes.")
    fileprivate static let internalError = APIError(
        status: 500, type: "server_error", code: .serverError, message: "The server failed to answer. Send the request again.")
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("x-request-id")!
}
