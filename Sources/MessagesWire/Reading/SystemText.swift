import ResponsesAPI

/// `system`: a string, or blocks of text that are joined with a blank line between (anthropic-messages 9.4).
enum SystemText {
    /// - Returns: nil when nothing is said.
    static func read(_ scanner: inout JSONScanner) throws(APIError) -> JSONText? {
        var texts: [JSONText] = []
        switch scanner.peek() {
        case UInt8(ascii: "["):
            do throws(APIError) {
                try scanner.elements { (scanner, _) throws(APIError) in
                    if let text = try readBlock(&scanner) { texts.append(text) }
                }
            } catch {
                throw error.under("system")
            }
        case UInt8(ascii: "\""), UInt8(ascii: "n"): if let text = try scanner.text(for: "system") { texts = [text] }
        default: throw .wrongType("system", expected: "a string or an array of text blocks")
        }
        if let first = texts.first, isAttribution(first) { texts.removeFirst() }
        return JSONText(joining: texts, with: "\n\n")
    }

    /// The text of a block; nil for one of a kind that has none.
    private static func readBlock(_ scanner: inout JSONScanner) throws(APIError) -> JSONText? {
        guard scanner.peek() == UInt8(ascii: "{") else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for a block: expected an object.")
        }
        var text: JSONText?
        try scanner.members { (scanner, key) throws(APIError) in
            switch scanner.key(key) {
            case "text": text = try scanner.text(for: "text")
            default: _ = try scanner.valueSpan()
            }
        }
        return text
    }

    /// Claude Code's first block, whose digits differ in each conversation: with it no two of them would share a prefix
    /// (anthropic-messages 9.2).
    private static func isAttribution(_ text: JSONText) -> Bool {
        text.escaped.starts(with: "x-anthropic-billing-header:".utf8) && !text.string.contains(where: \.isNewline)
    }
}
