import ResponsesAPI

/// Blocks of text, images and documents as parts of a message or of a tool's result (anthropic-messages 4).
struct BlockParts: Sendable {
    private(set) var parts: [ContentPart] = []
    /// Tools that a result names.
    private(set) var references: [String] = []

    /// Content as clients send it: a string, which is one text, or a list of blocks. Of kinds that are not known nothing is taken.
    static func list(_ scanner: inout JSONScanner, field: StaticString) throws(APIError) -> BlockParts {
        var content = BlockParts()
        switch scanner.peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "n"):
            if let text = try scanner.text(for: field) { content.add(text) }
        case UInt8(ascii: "["):
            do throws(APIError) {
                try scanner.elements { (scanner, _) throws(APIError) in
                    let block = try MessageBlock(&scanner)
                    if block.type == "tool_reference", let name = block.toolName { content.references.append(name) }
                    if let parts = try block.parts() { content.parts += parts }
                }
            } catch {
                throw error.under("\(field)")
            }
        default: throw .wrongType("\(field)", expected: "a string or an array of blocks")
        }
        return content
    }

    private mutating func add(_ text: JSONText) { if !text.isEmpty { parts.append(.inputText(text)) } }
}
