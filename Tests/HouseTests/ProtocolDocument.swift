/// A document of `docs/protocol`, by its numbered headings.
struct ProtocolDocument: Sendable {
    /// The file's name without `.md`, as citations have it.
    let name: String
    /// Numbers of sections, `7` and `7.3`, in their order.
    let sections: [String]

    init(name: String, text: String) {
        self.name = name
        sections = text.split(separator: "\n").compactMap { line in
            guard let match = line.prefixMatch(of: /[#][#]+ +([0-9]+(?:\.[0-9]+)?)\.?[ ]/) else { return nil }
            return String(match.1)
        }
    }

    static let folder = "docs/protocol/"

    /// The documents of a repository, by name; its README is not cited.
    static func all(in repository: Repository) -> [String: ProtocolDocument] {
        var documents: [String: ProtocolDocument] = [:]
        for file in repository.files where file.path.hasPrefix(folder) && file.isMarkdown && file.name != "README.md" {
            let name = String(file.name.dropLast(3))
            documents[name] = ProtocolDocument(name: name, text: file.text)
        }
        return documents
    }

    /// The sections of which neither the whole nor a part is in `cited`.
    func uncited(_ cited: Set<String>) -> [String] {
        sections.filter { section in !cited.contains { $0 == section || $0.hasPrefix(section + ".") } }
    }
}
