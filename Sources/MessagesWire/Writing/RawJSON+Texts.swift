import ResponsesAPI

/// The texts of an item as Responses has it.
extension RawJSON {
    /// What a reasoning item holds: its raw text, or else its summary.
    var thoughts: JSONText {
        let content = texts(of: "content")
        return content.isEmpty ? texts(of: "summary") : content
    }

    /// What a message says, refusals among it.
    var words: JSONText { texts(of: "content") }

    private func texts(of field: String) -> JSONText {
        var all = JSONText()
        for part in self[field]?.elements ?? [] {
            guard let text = part["text"] ?? part["refusal"], text.isString else { continue }
            // Written here, and so in the canonical spelling.
            all.append(JSONText(escapedSlice: text.bytes.dropFirst().dropLast()))
        }
        return all
    }
}
