import ResponsesAPI

/// Thoughts that a client gives back, under whichever name it knows them (chat-completions 9.6).
struct PastReasoning: Sendable {
    private var content: JSONText?
    private var plain: JSONText?
    private var text: JSONText?
    private var details: JSONText?

    init() {}

    /// Reads a member of a message, or passes over it.
    mutating func read(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch key {
        case "reasoning_content": content = try Self.text(&scanner)
        case "reasoning": plain = try Self.text(&scanner)
        case "reasoning_text": text = try Self.text(&scanner)
        case "reasoning_details": details = Self.joined(try scanner.rawValue())
        default: _ = try scanner.valueSpan()
        }
    }

    /// Services put other things under these names as well; those are not ours.
    private static func text(_ scanner: inout JSONScanner) throws(APIError) -> JSONText? {
        guard scanner.peek() == UInt8(ascii: "\"") else {
            _ = try scanner.valueSpan()
            return nil
        }
        return try scanner.text(for: "reasoning")
    }

    private static func joined(_ details: RawJSON) -> JSONText? {
        var joined = JSONText()
        for detail in details.elements { if let text = detail["text"]?.stringValue { joined.append(JSONText(text)) } }
        return joined
    }

    /// One item with the first text that is not empty; none when there is none.
    var items: [Item] {
        guard let thought = [content, plain, text, details].compactMap(\.self).first(where: { !$0.isEmpty }) else { return [] }
        var json = JSONWriter(reserving: thought.escaped.count + 96)
        json.append(#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":""#)
        json.bytes.append(contentsOf: thought.escaped)
        json.append(#""}]}"#)
        return (try? Item(json.raw)).map { [$0] } ?? []
    }
}
