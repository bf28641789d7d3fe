import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// The head of a request as RFC 9112 reads it: what is asked, what is wrong, and what it means for its connection.
struct RequestHead {
    let request: HTTPRequest
    /// Why it is not answered as it asks to be. Then it is its connection's last.
    let problem: RequestProblem?
    /// HTTP/1.0: an answer of unknown length ends with the connection, which else lives on only if that was asked for.
    let isOld: Bool
    /// Whether no request can come behind it, or the client wants none.
    let isLast: Bool

    init(_ head: HTTPRequestHead) {
        let fields = Fields(head.headers)
        let target = RequestTarget(head.uri)
        isOld = head.version.minor == 0
        let problem = Self.problem(head, fields, target)
        self.problem = problem
        isLast = problem != nil || fields.saysClose || (isOld && !fields.saysKeepAlive)
        // Tokens all, or the parser would have refused it.
        let method = (try? HTTPRequest.Method(head.method)) ?? .get
        var request = HTTPRequest(
            method: method, scheme: "http", authority: target?.authority ?? fields.host, path: target?.path ?? "/",
            headerFields: HTTPFields(head.headers, splitCookie: false))
        // It was no part of HTTP/1.0 and is to be ignored there (RFC 9110 section 10.1.1).
        if isOld, fields.expects != nil { request.headerFields[.expect] = nil }
        self.request = request
    }

    private static func problem(_ head: HTTPRequestHead, _ fields: Fields, _ target: RequestTarget?) -> RequestProblem? {
        if head.method == .CONNECT { return .connect }
        guard let target, target.path != "*" || head.method == .OPTIONS else { return .target }
        let isOld = head.version.minor == 0
        guard fields.hostCount == 1 || (isOld && fields.hostCount == 0) else { return .host }
        if let host = fields.host, !HostField.isValid(host) { return .host }
        if let authority = target.authority, !HostField.isValid(authority) { return .host }
        if let codings = fields.codings {
            // What else there can be the parser has refused (RFC 9112 sections 6.1 and 6.3).
            guard !isOld, codings.last == "chunked" else { return .framing }
            guard codings.count == 1 else { return codings.dropLast().contains("chunked") ? .framing : .coding }
        }
        if let expects = fields.expects, !isOld, expects != "100-continue" { return .expectation }
        return nil
    }

    /// What the fields of a head say about its connection, gathered in one pass.
    private struct Fields {
        var hostCount = 0
        var host: String?
        var saysClose = false
        var saysKeepAlive = false
        /// The transfer codings, in lower case; nil without the field.
        var codings: [String]?
        /// The expectations, in lower case; nil without any.
        var expects: String?

        init(_ headers: HTTPHeaders) {
            for (name, value) in headers {
                // By length first: this is asked about every field of every request.
                switch name.utf8.count {
                case 4 where Self.isSame(name, "host"):
                    hostCount += 1
                    if host == nil { host = value }
                case 6 where Self.isSame(name, "expect"):
                    for token in Self.tokens(value) { expects = (expects.map { $0 + ", " } ?? "") + token }
                case 10 where Self.isSame(name, "connection"):
                    Self.forEachToken(of: value) { token in
                        if Self.isSame(token, "close") { saysClose = true }
                        if Self.isSame(token, "keep-alive") { saysKeepAlive = true }
                    }
                case 17 where Self.isSame(name, "transfer-encoding"):
                    codings = (codings ?? []) + Self.tokens(value)
                default: break
                }
            }
        }

        private static func isSame(_ name: String, _ lowercase: StaticString) -> Bool { isSame(name.utf8[...], lowercase) }

        /// Whether a name or token, in any case of letters, is this one.
        private static func isSame(_ name: Substring.UTF8View, _ lowercase: StaticString) -> Bool {
            lowercase.withUTF8Buffer { $0.elementsEqual(name) { $0 == $1 | 0x20 } }
        }

        /// The members of a list; empty ones do not count (RFC 9110 section 5.6.1).
        private static func forEachToken(of value: String, _ body: (Substring.UTF8View) -> Void) {
            var rest = value.utf8[...]
            while true {
                let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
                var token = rest[..<end]
                while let byte = token.first, isSpace(byte) { token.removeFirst() }
                while let byte = token.last, isSpace(byte) { token.removeLast() }
                if !token.isEmpty { body(token) }
                guard end < rest.endIndex else { return }
                rest = rest[rest.index(after: end)...]
            }
        }

        /// The same in lower case.
        private static func tokens(_ value: String) -> [String] {
            var tokens: [String] = []
            forEachToken(of: value) { tokens.append(String(Substring($0)).lowercased()) }
            return tokens
        }

        private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    }
}
