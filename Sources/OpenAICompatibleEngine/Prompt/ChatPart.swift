import ResponsesAPI

/// A part of a message.
enum ChatPart: Sendable {
    /// `beginsMessage`: the first part of an item, which stands apart from what was merged before it.
    case text(JSONText, beginsMessage: Bool)
    case image(url: JSONText, detail: String?)
    case file(data: JSONText, filename: JSONText?)
    /// A part whose form both APIs share, or whose Chat form was made already.
    case other(RawJSON)
    /// Of an assistant's message, what it thought.
    case reasoning(JSONText)
    /// Of an assistant's message.
    case call(ChatCall)

    /// What the part holds outside of itself, in bytes.
    var bytes: Int {
        switch self {
        case .text(let text, _), .reasoning(let text): Self.bytes(of: text.escaped)
        case .image(let url, let detail): Self.bytes(of: url.escaped) + Self.bytes(of: detail)
        case .file(let data, let filename): Self.bytes(of: data.escaped) + (filename.map { Self.bytes(of: $0.escaped) } ?? 0)
        case .other(let json): Self.bytes(of: json.bytes)
        case .call(let call): Self.bytes(of: call.id) + Self.bytes(of: call.name) + Self.bytes(of: call.arguments.escaped)
        }
    }

    /// An array's header.
    private static var headerBytes: Int { 40 }

    private static func bytes(of array: [UInt8]) -> Int { array.isEmpty ? 0 : array.count + headerBytes }

    private static func bytes(of string: String?) -> Int {
        // Shorter ones are held in place.
        guard let count = string?.utf8.count, count > 15 else { return 0 }
        return count + headerBytes
    }
}
