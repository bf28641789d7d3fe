import ResponsesAPI

@testable import ResponsesWebSocket

/// Cuts what a client sends into the heads of its requests and the rest.
struct RequestPieces {
    struct Piece {
        var bytes: [UInt8]
        /// Set for a request's head.
        var isUpgrade: Bool?
    }

    private var head: [UInt8] = []
    private var bodyLeft = 0
    private var isSocket = false

    mutating func read(_ bytes: [UInt8]) -> [Piece] {
        if isSocket { return [Piece(bytes: bytes)] }
        var pieces: [Piece] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if bodyLeft > 0 {
                let body = rest.prefix(bodyLeft)
                pieces.append(Piece(bytes: Array(body)))
                bodyLeft -= body.count
                rest = rest.dropFirst(body.count)
            } else {
                head.append(rest.removeFirst())
                guard head.suffix(4).elementsEqual("\r\n\r\n".utf8) else { continue }
                let text = String(decoding: head, as: UTF8.self).lowercased()
                isSocket = text.contains("upgrade: websocket")
                bodyLeft =
                    text.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).filter(\.isNumber)) } ?? 0
                pieces.append(Piece(bytes: head, isUpgrade: isSocket))
                head = []
                if isSocket {
                    if !rest.isEmpty { pieces.append(Piece(bytes: Array(rest))) }
                    return pieces
                }
            }
        }
        return pieces
    }
}

extension [UInt8] {
    /// The index after the first occurrence of a text.
    func firstEnd(of text: StaticString) -> Int? {
        let count = text.utf8CodeUnitCount
        guard self.count >= count else { return nil }
        return text.withUTF8Buffer { wanted in
            (0...self.count - count).first { self[$0..<$0 + count].elementsEqual(wanted) }.map { $0 + count }
        }
    }
}
