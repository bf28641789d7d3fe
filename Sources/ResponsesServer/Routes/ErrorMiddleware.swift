import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI
import ResponsesCore

/// Gives every answer its request id, every error the standard's JSON body, and the access log its line.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = HotlineRequestContext

    let resources: ResourceTable
    let keys: APIKeys
    let observer: ServerObserver
    /// Words errors for clients of the Messages API, wherever they ask.
    let messages: any Wire

    func handle(
        _ request: Request, context: HotlineRequestContext, next: (Request, HotlineRequestContext) async throws -> Response
    ) async throws -> Response {
        let began = observer.log.hasAccessLog ? ConnectionDriver.now().uptime : .zero
        var response: Response
        do {
            if let problem = context.problem { throw problem }
            if let own = aboutServer(request) { response = own } else { response = try await next(request, context) }
        } catch {
            response = self.response(to: error, request, context)
        }
        // What an answer to HEAD holds beyond its head would be taken for the next answer.
        if request.method == .head { response = response.createHeadResponse() }
        response.headers[.requestID] = context.identity.requestID
        // On its own paths a wire says it itself: this runs with every request.
        if request.headers[.anthropicVersion] != nil { response.name(context.identity.requestID, for: messages) }
        if observer.log.hasAccessLog { logWhenWritten(&response, request, context, since: began) }
        return response
    }

    /// What is asked of the server, not of one of its resources: its methods (RFC 9110 section 9.3.7), and whether there is one, as
    /// some clients ask before their first request (anthropic-messages 2.1).
    private func aboutServer(_ request: Request) -> Response? {
        if request.head.path == "*" { return Response(status: .ok, headers: [.allow: resources.allMethods]) }
        return request.method == .head && request.uri.path == "/" ? Response(status: .ok) : nil
    }

    private func response(to error: any Error, _ request: Request, _ context: HotlineRequestContext) -> Response {
        let (error, allow) = apiError(error, request, context)
        let wire = resources.wire(at: request.uri.path) ?? (request.headers[.anthropicVersion] == nil ? nil : messages)
        var response: Response
        if let wire {
            let answer = wire.answer(to: error, requestID: context.identity.requestID)
            response = Response(json: answer.body, status: HTTPResponse.Status(code: answer.status))
            if let seconds = error.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
            for (name, value) in answer.headers { if let name = HTTPField.Name(name) { response.headers[name] = value } }
            response.name(context.identity.requestID, for: wire)
        } else {
            response = Response(error)
        }
        if let allow { response.headers[.allow] = allow }
        return response
    }

    /// - Returns: the error as clients see it, and the methods that a path has where another was asked for.
    private func apiError(
        _ error: any Error, _ request: Request, _ context: HotlineRequestContext
    ) -> (error: APIError, allow: String?) {
        switch error {
        case let error as APIError: return (error, nil)
        case let problem as RequestProblem: return (problem.error, nil)
        case let error as HTTPError where error.status == .notFound: return notFound(request)
        case let error as HTTPError where error.status != .contentTooLarge:
            if error.status.code >= 500 { observer.log.internalError(error, ids(request, context)) }
            return (Self.apiError(error), nil)
        case is NIOTooManyBytesError, is HTTPError, is DecodedTooLarge:
            observer.refused(
                "request_too_large", ids(request, context), on: context.channel.eventLoop, at: ConnectionDriver.now())
            return (error is DecodedTooLarge ? .tooLargeUnpacked : .tooLarge, nil)
        // The connection broke while its request was read: nobody is left to answer, and nothing is wrong here.
        case is ChannelError, is IOError, is CancellationError: return (.clientGone, nil)
        default:
            // The client learns nothing of it: whatever it is, it was not made for clients.
            observer.log.internalError(error, ids(request, context))
            return (.internalError, nil)
        }
    }

    private func ids(_ request: Request, _ context: HotlineRequestContext) -> LogIDs {
        LogIDs(
            request: context.identity.requestID, owner: keys.owner(request.headers)?.digest)
    }

    private func logWhenWritten(
        _ response: inout Response, _ request: Request, _ context: HotlineRequestContext, since began: Duration
    ) {
        let (log, ids, status, bytes) = (observer.log, ids(request, context), response.status.code, response.body.contentLength)
        // The path of the table, not the client's: that may hold anything.
        let path = resources.path(of: request.uri.path) ?? "(unknown)"
        let client = request.headers[.userAgent]
        let line: @Sendable () -> Void = {
            log.request(
                ids, client: client, method: request.method.rawValue, path: path, status: status,
                duration: ConnectionDriver.now().uptime - began, bytes: bytes)
        }
        // A stream is over when it is written; everything else is whole by now.
        if bytes != nil { return line() }
        response.body = response.body.whenWritten(line)
    }

    /// No route: the path is unknown, or known by other methods.
    private func notFound(_ request: Request) -> (error: APIError, allow: String?) {
        let path = request.uri.path.prefix(128)
        if path.hasPrefix("/v1/v1/") { return (.baseHasVersion(adding: "/v1"), nil) }
        guard let methods = resources.methods(at: request.uri.path) else {
            return (
                APIError(
                    status: 404, type: "invalid_request_error", code: "unknown_url",
                    message: "Unknown request URL: \(request.method) \(path). This server answers POST and WebSocket at /v1/responses, POST at "
                        + "/v1/chat/completions and /v1/messages, and GET /v1/models."), nil
            )
        }
        return (
            APIError(
                status: 405, type: "invalid_request_error", code: "method_not_allowed",
                message: "\(request.method) is not allowed at \(path). Send \(methods)."), methods
        )
    }

    /// Hummingbird's own refusals, in the standard's words (responses-api 13).
    private static func apiError(_ error: HTTPError) -> APIError {
        APIError(
            status: error.status.code, type: error.status.code < 500 ? "invalid_request_error" : "server_error",
            code: nil, message: error.status.reasonPhrase)
    }
}

extension APIError {
    fileprivate static let tooLarge = APIError(
        status: 413, type: "invalid_request_error", code: "request_too_large",
        message: "The body is larger than this server takes.")
    fileprivate static let tooLargeUnpacked = APIError(
        status: 413, type: "invalid_request_error", code: "request_too_large_after_decoding",
        message: "The body is larger than this server takes, once it is unpacked.")
    fileprivate static let internalError = APIError(
        status: 500, type: "server_error", code: .serverError, message: "The server failed to answer. Send the request again.")
}

extension Response {
    /// Says a request's id as a wire's clients read it.
    mutating func name(_ requestID: String, for wire: any Wire) {
        guard let field = wire.requestIDField.flatMap({ HTTPField.Name($0) }) else { return }
        headers[field] = requestID
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("x-request-id")!
    /// What every client of the Messages API sends.
    static let anthropicVersion = HTTPField.Name("anthropic-version")!
}

extension ResponseBody {
    /// The same body; `then` is called once it was written, or could not be.
    fileprivate func whenWritten(_ then: @escaping @Sendable () -> Void) -> ResponseBody {
        ResponseBody(contentLength: contentLength) { writer in
            defer { then() }
            try await self.write(writer)
        }
    }
}
