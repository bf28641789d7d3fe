import ResponsesAPI

/// One block of a message, with the fields that its type has; what this build does not know of it is passed over.
struct MessageBlock: Sendable {
    private(set) var type: String
    private(set) var text: JSONText?
    private(set) var id: String?
    private(set) var name: String?
    private(set) var input: RawJSON?
    private(set) var toolUseID: String?
    private(set) var isError = false
    private(set) var thinking: JSONText?
    private(set) var signature: String?
    /// Of `redacted_thinking`.
    private(set) var data: String?
    private(set) var toolName: String?
    /// Of `tool_addition` and `tool_removal`.
    private(set) var tool: RawJSON?
    private(set) var encryptedContent: String?
    /// Of a tool's result, and of a search's.
    private(set) var result = BlockParts()
    /// Of what a server's own tool gave, as it came; of a compaction.
    private(set) var content: RawJSON?
    private var title: JSONText?
    private var context: JSONText?
    private var url: JSONText?
    private var image: BlockSource?

    init(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for a block: expected an object.")
        }
        guard let type = try scanner.typeAhead() else { throw .missing("type") }
        self.type = type
        var block = self
        try scanner.members { (scanner, key) throws(APIError) in try block.read(&scanner, scanner.key(key)) }
        self = block
    }

    private mutating func read(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch (type, key) {
        case (_, "cache_control"), (_, "citations"): _ = try scanner.valueSpan()
        case ("text", "text"): text = try scanner.text(for: "text")
        case ("image", "source"), ("document", "source"): image = try BlockSource(&scanner)
        case ("document", "title"), ("search_result", "title"): title = try scanner.text(for: "title")
        case ("document", "context"): context = try scanner.text(for: "context")
        case ("search_result", "source"): url = try scanner.text(for: "source")
        case ("tool_result", "content"), ("search_result", "content"): result = try BlockParts.list(&scanner, field: "content")
        case ("tool_result", "tool_use_id"): toolUseID = try scanner.string(for: "tool_use_id")
        case ("tool_result", "is_error"): isError = try scanner.bool(for: "is_error") ?? false
        case ("tool_use", "id"): id = try scanner.string(for: "id")
        case ("tool_use", "name"): name = try scanner.string(for: "name")
        case ("tool_use", "input"): input = try scanner.rawValue()
        case ("thinking", "thinking"): thinking = try scanner.text(for: "thinking")
        case ("thinking", "signature"): signature = try scanner.string(for: "signature")
        case ("redacted_thinking", "data"): data = try scanner.string(for: "data")
        case ("tool_reference", "tool_name"): toolName = try scanner.string(for: "tool_name")
        case ("tool_addition", "tool"), ("tool_removal", "tool"): tool = try scanner.rawValue()
        case ("compaction", "encrypted_content"): encryptedContent = try scanner.string(for: "encrypted_content")
        case ("compaction", "content"), ("web_search_tool_result", "content"), ("tool_search_tool_result", "content"):
            content = try scanner.rawValue()
        default: _ = try scanner.valueSpan()
        }
    }

    /// A block of text, an image, a document or a search's result as parts; nil for one of another type. A text of nothing has none.
    func parts() throws(APIError) -> [ContentPart]? {
        switch type {
        case "text":
            guard let text else { throw .missing("text") }
            return text.isEmpty ? [] : [.inputText(text)]
        case "image":
            guard let image else { throw .missing("source") }
            return [try image.image()]
        case "document":
            guard let image else { throw .missing("source") }
            return try image.document(title: title, context: context)
        case "search_result":
            let head = JSONText(joining: [title, url].compactMap(\.self), with: "\n")
            return (head.map { [.inputText($0)] } ?? []) + result.parts
        default: return nil
        }
    }

    /// The names of tools that a search by a server found.
    var foundTools: [String] {
        content?["tool_references"]?.elements.compactMap { $0["tool_name"]?.stringValue } ?? []
    }

    /// What a search on a server found, as text: titles and addresses. The pages' texts are sealed by whoever searched.
    var foundPages: JSONText? {
        let pages = (content?.elements ?? []).map { page in
            [page["title"], page["url"]].compactMap { $0?.stringValue }.joined(separator: "\n")
        }
        return JSONText(joining: pages.map { JSONText($0) }, with: "\n\n")
    }
}
