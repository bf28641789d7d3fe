import ResponsesAPI

/// A message of a client, read: a pure function of its bytes, so a large one can be read beside the loop.
public struct ClientMessage: Sendable {
    enum Content: Sendable {
        case create(streamID: StreamID?, parent: ResponseID?, asked: AskedTurn)
        case other(ClientEventHead)
    }

    let bytes: [UInt8]
    let content: Result<Content, APIError>

    /// - Parameter tools: finds sets of tools that were read before.
    public init(reading bytes: [UInt8], tools: KnownTools) {
        self.bytes = bytes
        content = Result { () throws(APIError) in try Self.read(bytes, tools) }
    }

    private static func read(_ bytes: [UInt8], _ tools: KnownTools) throws(APIError) -> Content {
        if ClientEventHead.isPlainlyCreate(bytes), let request = try? tools.request(parsing: bytes) {
            // The common case is read in one pass.
            return .create(streamID: request.streamID, parent: request.previousResponseID, asked: .read(.success(request)))
        }
        let head = try ClientEventHead(parsing: bytes)
        guard case .create = head.event else { return .other(head) }
        let request = Result { () throws(APIError) in try tools.request(parsing: bytes) }
        return .create(streamID: head.streamID, parent: head.previousResponseID, asked: .read(request))
    }
}

extension ClientEventHead {
    /// Whether a message begins as nearly all do: with the type of a create.
    fileprivate static func isPlainlyCreate(_ message: [UInt8]) -> Bool {
        message.scanned { (scanner) -> Bool in
            guard (try? scanner.beginObject()) != nil, let key = try? scanner.nextKey(), scanner.matches(key, "type"),
                scanner.peek() == UInt8(ascii: "\""), let type = try? scanner.scanString()
            else { return false }
            return scanner.matches(type, "response.create")
        }
    }
}
