import Crypto
import NIOCore
import NIOHTTP1

/// A request that asks for a WebSocket as RFC 6455 section 4.2.1 demands.
///
/// ```swift
/// switch WebSocketHandshake.check(head) {
/// case .success(let handshake): // answer 101 with handshake.acceptValue
/// case .failure(let problem):   // answer problem.status and problem.message
/// }
/// ```
package struct WebSocketHandshake: Equatable, Sendable {
    /// The client's `Sec-WebSocket-Key`.
    package let key: String

    /// What a request lacks. The raw value is a stable name for logs and for `UpgradeGate.refusalHeader`.
    package enum Problem: String, Error, Equatable, Sendable, CaseIterable {
        /// No `Upgrade: websocket`: an ordinary request.
        case notWebSocket = "not-websocket"
        case method
        case httpVersion = "http-version"
        case host
        case connection
        case version
        case key
        case body
        /// The request is valid, but was not admitted: a wrong key, a foreign origin, sockets switched off.
        case refused
        /// The server has as many WebSockets as it takes.
        case full
        /// A connection can be upgraded with its first request only.
        case notFirstRequest = "not-first-request"

        /// The status for it: 426 where another version or an upgrade would help, otherwise 400.
        package var status: HTTPResponseStatus {
            switch self {
            case .notWebSocket, .version: .upgradeRequired
            case .refused: .forbidden
            case .full: .serviceUnavailable
            default: .badRequest
            }
        }

        /// Headers the answer needs: a 426 names what would be accepted (RFC 6455 section 4.2.2, RFC 9110 section 15.5.22).
        package var headers: HTTPHeaders {
            switch self {
            case .version: ["Upgrade": "websocket", "Sec-WebSocket-Version": WebSocketHandshake.version]
            case .notWebSocket: ["Upgrade": "websocket"]
            default: [:]
            }
        }

        /// One sentence for the client.
        package var message: String {
            switch self {
            case .notWebSocket: "This resource speaks WebSocket: send 'Upgrade: websocket'."
            case .method: "A WebSocket handshake must be a GET request."
            case .httpVersion: "A WebSocket handshake needs HTTP/1.1."
            case .host: "A WebSocket handshake needs exactly one Host header."
            case .connection: "A WebSocket handshake needs 'Connection: Upgrade'."
            case .version: "Only WebSocket version 13 is spoken: send 'Sec-WebSocket-Version: 13'."
            case .key: "A WebSocket handshake needs one Sec-WebSocket-Key of 16 bytes in base64."
            case .body: "A WebSocket handshake has no body."
            case .refused: "The WebSocket was refused."
            case .full: "This server has as many connections as it takes. Try again later."
            case .notFirstRequest: "A WebSocket needs a new connection: only its first request can be upgraded."
            }
        }
    }

    static let version = "13"

    /// Checks a request head against RFC 6455 section 4.2.1. Paths, keys and origins are left to the caller.
    package static func check(_ head: HTTPRequestHead) -> Result<WebSocketHandshake, Problem> {
        let headers = head.headers
        guard headers.names("websocket", in: "upgrade") else { return .failure(.notWebSocket) }
        guard head.method == .GET else { return .failure(.method) }
        guard head.version == .http1_1 else { return .failure(.httpVersion) }
        let hosts = headers["host"]
        guard hosts.count == 1, !hosts[0].isEmpty else { return .failure(.host) }
        guard headers.names("upgrade", in: "connection") else { return .failure(.connection) }
        guard headers["sec-websocket-version"] == [version] else { return .failure(.version) }
        let keys = headers["sec-websocket-key"]
        guard keys.count == 1, isKey(keys[0]) else { return .failure(.key) }
        // Bytes after the head are frames; a body would stand in their place.
        let lengths = headers["content-length"]
        guard !headers.contains(name: "transfer-encoding"), lengths.isEmpty || lengths == ["0"] else {
            return .failure(.body)
        }
        return .success(WebSocketHandshake(key: keys[0]))
    }

    /// The value of `Sec-WebSocket-Accept`: base64 of the SHA-1 of the key and a fixed text (RFC 6455 section 4.2.2).
    package var acceptValue: String {
        var hash = Insecure.SHA1()
        hash.update(data: Array(key.utf8))
        hash.update(data: Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        return Self.base64(Array(hash.finalize()))
    }

    /// 16 bytes in base64: 22 characters of the alphabet and two of padding.
    private static func isKey(_ key: String) -> Bool {
        let characters = Array(key.utf8)
        return characters.count == 24 && characters.hasSuffix("==") && characters.dropLast(2).allSatisfy(alphabet.contains)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// RFC 4648 section 4. Only for the few bytes of a hash or a key.
    static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for position in 0..<4 {
                let index = Int(bits >> (18 - 6 * UInt32(position)) & 0x3F)
                text.append(position <= group.count ? alphabet[index] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ suffix: StaticString) -> Bool {
        suffix.withUTF8Buffer { self.suffix($0.count).elementsEqual($0) }
    }
}

extension HTTPHeaders {
    /// Whether a header that lists tokens contains one, in any case of letters (RFC 9110 section 5.6.1).
    func names(_ token: String, in header: String) -> Bool {
        self[canonicalForm: header].contains { $0.lowercased() == token }
    }
}
