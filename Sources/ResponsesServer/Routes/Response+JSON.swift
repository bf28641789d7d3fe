import HTTPTypes
import Hummingbird
import NIOCore
import ResponsesAPI

extension Response {
    init(json: some Collection<UInt8>, status: HTTPResponse.Status = .ok) {
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
