import Testing

/// What comments, tests and pages cite of the protocol is there.
@Suite struct CitationTests {
    private let repository = Repository.here
    private let documents = ProtocolDocument.all(in: Repository.here)

    @Test("every citation names a section of a document in docs/protocol")
    func citedSectionsExist() {
        #expect(documents.keys.contains("websocket-mode") && documents.keys.contains("responses-api"))
        let broken = repository.citations(documents: documents.keys).filter { found in
            documents[found.citation.document]?.sections.contains(found.citation.section) != true
        }
        let lines = broken.map { "\($0.path):\($0.citation.line): (\($0.citation.document) \($0.citation.section))" }
        #expect(lines.count == 0, "No such section:\n\(lines.joined(separator: "\n"))")
    }

    @Test("sections that no test cites")
    func uncitedSections() {
        let cited = repository.citations(documents: documents.keys).filter { $0.path.hasPrefix("Tests/") }.map(\.citation)
        for document in documents.values.sorted(by: { $0.name < $1.name }) {
            let uncited = document.uncited(Set(cited.filter { $0.document == document.name }.map(\.section)))
            print("No test cites \(document.name): \(uncited.isEmpty ? "nothing left" : uncited.joined(separator: ", "))")
        }
        // Gaps are shown, not forbidden; but a page without sections means that the headings were not understood.
        #expect(documents.values.allSatisfy { !$0.sections.isEmpty })
    }

    @Test("documents name sections of their own that exist")
    func inwardReferences() {
        var broken: [String] = []
        for document in documents.values {
            for passage in repository.file("\(ProtocolDocument.folder)\(document.name).md")?.paragraphs ?? [] {
                for match in passage.text.matches(of: /\b[Ss]ections? ([0-9]+(?:\.[0-9]+)?)/) {
                    let isOfRFC = passage.sentence(before: match.range.lowerBound).contains("RFC ")
                    if isOfRFC || document.sections.contains(String(match.1)) { continue }
                    broken.append("\(document.name):\(passage.line(at: match.range.lowerBound)): \(match.0)")
                }
            }
        }
        #expect(broken.count == 0, "No such section:\n\(broken.joined(separator: "\n"))")
    }

    // MARK: The scanner itself

    @Test(arguments: [
        ("The parent stays (websocket-mode 7.3).", ["websocket-mode 7.3"]),
        ("(websocket-mode 7.3, responses-api 12)", ["websocket-mode 7.3", "responses-api 12"]),
        ("(websocket-mode 4.4 and responses-api 9)", ["websocket-mode 4.4", "responses-api 9"]),
        ("(websocket-mode 4.4, 6.2 and 11)", ["websocket-mode 4.4", "websocket-mode 6.2", "websocket-mode 11"]),
        ("The rules of websocket-mode 18 hold.", ["websocket-mode 18"]),
        ("(chat-completions 3)", ["chat-completions 3"]),
        ("(websocket-mode 9, chat-completions 3)", ["websocket-mode 9", "chat-completions 3"]),
        ("a left-over 3 times, an utf-8 (see 7.3)", []),
    ])
    func findsCitations(_ text: String, _ expected: [String]) {
        let found = Citation.all(in: Passage(text, line: 1), documents: ["websocket-mode", "responses-api"])
        #expect(found.map { "\($0.document) \($0.section)" } == expected)
    }

    @Test func readsHeadings() {
        let document = ProtocolDocument(
            name: "some-page", text: "# Title\n\n## 1. One\n### 1.2 `two` (three)\ntext 4. more\n## 10. Ten\n### Unnumbered\n")
        #expect(document.sections == ["1", "1.2", "10"])
        #expect(document.uncited(["1.2"]) == ["10"])
        #expect(document.uncited(["10"]) == ["1", "1.2"])
    }

    @Test func aCitationBrokenOverLinesIsOne() {
        let text = SwiftText("/// The rule stands there (websocket-mode\n/// 7.3), and nowhere else.\nlet a = 1\n")
        let found = text.comments.flatMap { Citation.all(in: $0, documents: ["websocket-mode"]) }
        #expect(found == [Citation(document: "websocket-mode", section: "7.3", line: 1)])
    }
}
