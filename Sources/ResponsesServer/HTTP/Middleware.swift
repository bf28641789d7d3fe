import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import ResponsesAPI

/// Gives every answer its request id, and every error the standard's JSON body.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = HotlineRequestContext

    func handle(
        _ request: Request, context: HotlineRequestContext, next: (Request, HotlineRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as APIError {
            response = Response(error)
        } catch let error as HTTPError {
            response = error.status == .notFound ? Self.notFound(request) : Response(Self.apiError(error))
        } catch is NIOTooManyBytesError {
            response = Response(.tooLarge)
        } catch let error where !(error is HTTPParserError) {
            // Nothing of it is told: whatever it is, it was not made for clients.
            response = Response(.internalError)
        }
        // What an answer to HEAD holds beyond its head would be taken for the next answer.
        if request.method == .head { response = response.createHeadResponse() }
        response.headers[.requestID] = context.requestID
        return response
    }

    /// No route: the path is unknown, or known by other methods.
    private static func notFound(_ request: Request) -> Response {
        let path = request.uri.path.prefix(128)
        guard let methods = Resources.methods(at: request.uri.path) else {
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

    /// Hummingbird's own refusals, in the standard's words (Responses API, section 13).
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

/// The methods of each path, for clients that chose a wrong one (RFC 9110 section 15.5.6).
private enum Resources {
    static func methods(at path: String) -> String? {
        var parts = path.split(separator: "/")[...]
        if parts.count == 1, parts[0] == "health" || parts[0] == "ready" { return "GET, HEAD" }
        if parts.first == "v1" { parts = parts.dropFirst() }
        switch (parts.first, parts.dropFirst().first, parts.count) {
        case ("responses", nil, _): return "GET, HEAD, POST"
        case ("responses", "compact", 2): return "POST"
        case ("models", _, _): return "GET, HEAD"
        default: return nil
        }
    }
}

/// Lets requests in by key and origin.
struct AdmissionMiddleware: RouterMiddleware {
    typealias Context = HotlineRequestContext

    let admission: Admission

    func handle(
        _ request: Request, context: HotlineRequestContext, next: (Request, HotlineRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.owner = try admission.owner(request.headers, host: request.head.authority)
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
