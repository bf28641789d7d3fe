import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI

/// Gives every answer its request id, and every error the standard's JSON body.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = LineRequestContext

    func handle(
        _ request: Request, context: LineRequestContext, next: (Request, LineRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as APIError {
            response = Response(error)
        } catch let error as HTTPError {
            response = Response(Self.apiError(error, request))
        }
        response.headers[.requestID] = context.requestID
        return response
    }

    /// Hummingbird's own refusals, in the standard's words (Responses API, section 13).
    private static func apiError(_ error: HTTPError, _ request: Request) -> APIError {
        let path = request.uri.path.prefix(128)
        switch error.status {
        case .notFound:
            return APIError(
                status: 404, type: "invalid_request_error", code: "unknown_url",
                message: "Unknown request URL: \(request.method) \(path). This server answers POST and WebSocket at "
                    + "/v1/responses, and GET /v1/models.")
        case .methodNotAllowed:
            return APIError(
                status: 405, type: "invalid_request_error", code: "method_not_allowed",
                message: "\(request.method) is not allowed at \(path).")
        case .contentTooLarge:
            return APIError(
                status: 413, type: "invalid_request_error", code: "request_too_large",
                message: "The body is larger than this server takes.")
        default:
            return APIError(
                status: error.status.code, type: error.status.code < 500 ? "invalid_request_error" : "server_error",
                code: nil, message: error.status.reasonPhrase)
        }
    }
}

/// Lets requests in by key and origin.
struct AdmissionMiddleware: RouterMiddleware {
    typealias Context = LineRequestContext

    let admission: Admission

    func handle(
        _ request: Request, context: LineRequestContext, next: (Request, LineRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.principal = try admission.principal(request.headers, host: request.head.authority)
        return try await next(request, context)
    }
}

extension Response {
    init(json: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }

    init(_ error: APIError, headers: HTTPFields = [:]) {
        self.init(json: error.httpBody, status: HTTPResponse.Status(code: error.status))
        for field in headers { self.headers[field.name] = field.value }
        if let seconds = error.retryAfterSeconds { self.headers[.retryAfter] = String(seconds) }
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("x-request-id")!
}
