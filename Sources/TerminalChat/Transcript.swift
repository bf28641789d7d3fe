import ResponsesAPI

/// A conversation for a file.
struct Transcript: Sendable {
    var model: String
    var instructions: String?
    var items: [Item]

    /// In the format that the file's name asks for.
    func text(for path: String) -> String { path.lowercased().hasSuffix(".md") ? markdown : json }

    /// `{"model", "instructions", "items"}`, one item on each line: a request can continue from it.
    var json: String {
        var text = "{\n  \"model\": \(JSONValue.string(model).raw.text),\n"
        if let instructions { text += "  \"instructions\": \(JSONValue.string(instructions).raw.text),\n" }
        let lines = items.map { "    " + $0.json.text }
        return text + "  \"items\": [\n" + lines.joined(separator: ",\n") + "\n  ]\n}\n"
    }

    /// For people.
    var markdown: String {
        var text = "# Conversation with \(model)\n"
        if let instructions { text += "\n## Instructions\n\n\(instructions)\n" }
        for item in items { text += Self.markdown(item) }
        return text
    }

    private static func markdown(_ item: Item) -> String {
        switch item.body {
        case .message(let message):
            "\n## \(title(message.role))\n\n\(text(of: message.content))\n"
        case .call(let call): "\n**\(call.name)**\n\n" + fenced(ToolText.full(call.input.string).joined(separator: "\n"))
        case .callOutput(let output): "\n" + fenced(text(of: output.output))
        case .reasoning(let reasoning):
            reasoning.summary.isEmpty && reasoning.content.isEmpty
                ? "" : "\n" + quoted(text(of: reasoning.summary.isEmpty ? reasoning.content : reasoning.summary))
        case .reference, .compaction, .other: "\n*(\(item.type))*\n"
        }
    }

    private static func title(_ role: Item.Role) -> String {
        switch role {
        case .user: "You"
        case .assistant: "Model"
        default: role.rawValue
        }
    }

    private static func text(of parts: [ContentPart]) -> String {
        parts.map { $0.text?.string ?? "*(not text)*" }.joined(separator: "\n\n")
    }

    private static func quoted(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "> \($0)\n" }.joined()
    }

    /// Fenced with more backticks than the longest run of them in the text.
    private static func fenced(_ text: String) -> String {
        var longest = 0
        var run = 0
        for scalar in text.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return "\(fence)\n\(text)\(text.hasSuffix("\n") ? "" : "\n")\(fence)\n"
    }
}
