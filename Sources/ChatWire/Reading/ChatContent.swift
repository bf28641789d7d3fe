import ResponsesAPI

/// Content of a message: a string or parts, which are one thing (chat-completions 4).
enum ChatContent {
    /// - Returns: nil where nothing was given.
    static func parts(_ scanner: inout JSONScanner) throws(APIError) -> [ContentPart]? {
        switch scanner.peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "n"): return try scanner.text(for: "content").map { [.inputText($0)] }
        case UInt8(ascii: "["):
            var parts: [ContentPart] = []
            do throws(APIError) {
                try scanner.elements { (scanner, _) throws(APIError) in parts.append(try part(try scanner.rawValue())) }
            } catch {
                throw error.under("content")
            }
            return parts
        default: throw .wrongType("content", expected: "a string or an array of parts")
        }
    }

    /// Marks for caches stay behind: nothing but what a part is made of is taken (chat-completions 9.1).
    private static func part(_ json: RawJSON) throws(APIError) -> ContentPart {
        switch try ContentPart(json) {
        case .other("input_audio", let json):
            guard let sound = json["input_audio"], sound.isObject else { throw .missing("input_audio") }
            var audio = JSONWriter(reserving: sound.bytes.count + 64)
            audio.append(#"{"type":"input_audio","input_audio":"#)
            audio.bytes.append(contentsOf: sound.bytes)
            audio.append("}")
            return .other(type: "input_audio", audio.raw)
        case .other(let type, _):
            throw .wrongValue(
                "type", "parts of the type '\(type.prefix(64))' are not known here. Supported are 'text', 'image_url', 'file' and 'refusal'.")
        case let part: return part
        }
    }
}
