import NIOHTTP1
import ResponsesAPI

/// Why a request is not one, or cannot be answered as it asks to be (RFC 9112): its answer is the connection's last.
enum RequestProblem: Error, Hashable, CaseIterable {
    /// What came is not HTTP.
    case syntax
    case headTooLarge
    /// Missing, doubled or malformed.
    case host
    case target
    /// A tunnel was asked for.
    case connect
    /// Where the body ends cannot be known.
    case framing
    /// The body is coded in a way that this server does not read.
    case coding
    case expectation
    /// It came too slowly.
    case timeout

    init(_ error: HTTPParserError) {
        // A wrong version cannot be told from a wrong end of the first line.
        if case .headerOverflow = error { self = .headTooLarge } else { self = .syntax }
    }

    var error: APIError {
        APIError(
            status: status, type: status < 500 ? "invalid_request_error" : "server_error", code: code, message: message)
    }

    private var status: Int {
        switch self {
        case .syntax, .host, .target, .framing: 400
        case .timeout: 408
        case .expectation: 417
        case .headTooLarge: 431
        case .connect, .coding: 501
        }
    }

    private var code: ErrorCode {
        switch self {
        case .timeout: "request_timeout"
        case .headTooLarge: "request_head_too_large"
        default: "invalid_http"
        }
    }

    private var message: String {
        switch self {
        case .syntax: "This is not HTTP/1.1 or HTTP/1.0. Check the client, and whether it speaks TLS, which this server does not."
        case .headTooLarge: "The request's head is larger than this server takes, or has too many fields."
        case .host: "A request needs exactly one Host header, with the name of the server and perhaps its port."
        case .target: "The target of a request must be a path, or a whole URL."
        case .connect: "This server opens no tunnels."
        case .framing: "The end of the body cannot be known. Send Content-Length, or 'Transfer-Encoding: chunked' with HTTP/1.1."
        case .coding: "Of transfer codings only 'chunked' is read. Send the body without another."
        case .expectation: "Of expectations only '100-continue' is met."
        case .timeout: "The request came too slowly. Send it again."
        }
    }
}
