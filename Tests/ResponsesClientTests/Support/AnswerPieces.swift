import ResponsesAPI

@testable import ResponsesWebSocket

/// Cuts what a server sends after each of its events: messages of a WebSocket, or records of an event stream.
struct AnswerPieces {
    struct Piece {
        var bytes: [UInt8]
        /// The type of the event that ends here.
        var event: String?
    }

    private enum Mode {
        /// Of the first answer, which decides what the connection is.
        case head
        case frames(FrameReader)
        case http
    }

    private var mode = Mode.head
    /// What no piece holds yet: of a frame or a record, its beginning.
    private var unsent: [UInt8] = []

    mutating func read(_ bytes: [UInt8]) -> [Piece] {
        switch mode {
        case .head:
            unsent += bytes
            guard let end = unsent.firstEnd(of: "\r\n\r\n") else { return [] }
            let head = Array(unsent[..<end])
            let rest = Array(unsent[end...])
            unsent = []
            let isSocket = head.starts(with: "HTTP/1.1 101".utf8)
            var limits = WebSocketLimits()
            limits.messageBytesMax = .max
            mode = isSocket ? .frames(FrameReader(role: .client, limits: limits)) : .http
            return [Piece(bytes: head)] + (rest.isEmpty ? [] : read(rest))
        case .frames(var reader):
            defer { mode = .frames(reader) }
            return readFrames(bytes, &reader)
        case .http: return readRecords(bytes)
        }
    }

    private mutating func readFrames(_ bytes: [UInt8], _ reader: inout FrameReader) -> [Piece] {
        var pieces: [Piece] = []
        var start = 0
        bytes.withUnsafeBytes { input in
            var offset = 0
            while let event = reader.next(in: input, from: &offset) {
                var piece = Piece(bytes: unsent + input[start..<offset])
                unsent = []
                start = offset
                if case .message(.text(let text)) = event { piece.event = Self.type(text) }
                pieces.append(piece)
            }
        }
        // After a close frame nothing is understood, and nothing should come.
        unsent += bytes[start...]
        if reader.hasEnded, !unsent.isEmpty {
            pieces.append(Piece(bytes: unsent))
            unsent = []
        }
        return pieces
    }

    /// Records end with an empty line; sizes of chunks go with the record after them. What is not a record passes as it comes.
    private mutating func readRecords(_ bytes: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        unsent += bytes
        while let end = unsent.firstEnd(of: "\n\n") {
            let record = Array(unsent[..<end])
            unsent.removeFirst(end)
            pieces.append(Piece(bytes: record, event: Self.recordType(record)))
        }
        let mayGrow = unsent.firstEnd(of: "event: ") != nil || unsent.firstEnd(of: "data: ") != nil
        if !mayGrow, !unsent.isEmpty {
            pieces.append(Piece(bytes: unsent))
            unsent = []
        }
        return pieces
    }

    private static func recordType(_ record: [UInt8]) -> String? {
        guard let start = record.firstEnd(of: "data: ") else { return nil }
        let data = record[start...].prefix { $0 != UInt8(ascii: "\n") }
        // The mark at the end of a stream is not an event.
        return data.elementsEqual("[DONE]".utf8) ? nil : type(Array(data))
    }

    private static func type(_ json: [UInt8]) -> String {
        (try? RawJSON(parsing: json))?["type"]?.stringValue ?? "?"
    }
}
