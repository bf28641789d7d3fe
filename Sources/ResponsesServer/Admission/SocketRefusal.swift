import HTTPTypes
import Hummingbird
import NIOHTTP1
import ResponsesAPI
import ResponsesWebSocket

/// The answer to a `GET` of a socket's path that did not become a socket (websocket-mode 2).
enum SocketRefusal {
    static func response(_ request: Request) -> Response {
        let name = HTTPField.Name(UpgradeGate.refusalHeader).flatMap { request.headers[$0] }
        let problem = name.flatMap { WebSocketHandshake.Problem(rawValue: $0) } ?? .notWebSocket
        return Response(error(problem), headers: fields(problem))
    }

    private static func error(_ problem: WebSocketHandshake.Problem) -> APIError {
        if problem == .full {
            return APIError(
                status: 503, type: "server_error", code: .serverIsOverloaded, message: problem.message, retryAfterSeconds: 5)
        }
        return APIError(
            status: Int(problem.status.code), type: "invalid_request_error", code: nil, message: problem.message)
    }

    private static func fields(_ problem: WebSocketHandshake.Problem) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in problem.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }
}
