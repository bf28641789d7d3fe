import ResponsesAPI

/// Where an image's or a document's bytes or text are (anthropic-messages 4).
struct BlockSource: Sendable {
    private var type: String?
    private var mediaType: String?
    private var data: JSONText?
    private var url: JSONText?
    private var content: [ContentPart] = []

    init(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else { throw .wrongType("source", expected: "an object") }
        var source = Self()
        do throws(APIError) {
            try scanner.members { (scanner, key) throws(APIError) in
                switch scanner.key(key) {
                case "type": source.type = try scanner.string(for: "type")
                case "media_type": source.mediaType = try scanner.string(for: "media_type")
                case "data": source.data = try scanner.text(for: "data")
                case "url": source.url = try scanner.text(for: "url")
                case "content": source.content = try BlockParts.list(&scanner, field: "content").parts
                default: _ = try scanner.valueSpan()
                }
            }
        } catch {
            throw error.under("source")
        }
        self = source
    }

    private init() {}

    func image() throws(APIError) -> ContentPart {
        switch type {
        case "base64": .inputImage(ContentPart.Image(url: try dataURL("image/png")))
        case "url": .inputImage(ContentPart.Image(url: try required(url, "url")))
        default: throw notHere("an image's data as 'base64', or its 'url'")
        }
    }

    /// - Parameters:
    ///   - title: names the file; of a text it is its first line.
    ///   - context: stands before a text.
    func document(title: JSONText?, context: JSONText?) throws(APIError) -> [ContentPart] {
        let before = [title, context].compactMap(\.self)
        switch type {
        case "text":
            return JSONText(joining: before + [try required(data, "data")], with: "\n\n").map { [.inputText($0)] } ?? []
        case "content": return before.filter { !$0.isEmpty }.map { .inputText($0) } + content
        case "base64":
            return [.inputFile(ContentPart.File(data: try dataURL("application/pdf"), filename: title ?? "document.pdf"))]
        case "url": return [.inputFile(ContentPart.File(filename: title, url: try required(url, "url")))]
        default: throw notHere("a document's text or data, or its 'url'")
        }
    }

    private func dataURL(_ usual: String) throws(APIError) -> JSONText {
        var url = JSONText("data:\(mediaType ?? usual);base64,")
        url.append(try required(data, "data"))
        return url
    }

    private func required(_ value: JSONText?, _ field: String) throws(APIError) -> JSONText {
        guard let value else { throw .missing("source.\(field)") }
        return value
    }

    private func notHere(_ wanted: String) -> APIError {
        .wrongValue("source.type", "this server keeps no files. Send \(wanted).")
    }
}
