import Testing

/// Decisions, properties and headings of ARCHITECTURE.md that comments cite are there.
@Suite struct ArchitectureTests {
    @Test("what is cited of ARCHITECTURE exists")
    func citationsExist() throws {
        let page = Page(text: try #require(Repository.here.file("ARCHITECTURE.md")).text)
        #expect(!page.headings.isEmpty)
        var broken: [String] = []
        for file in Repository.here.swift where !file.file.isOfHouseTests {
            for passage in Repository.passages(of: file) {
                broken += Self.broken(in: passage, page).map { "\(file.file.path):\($0.line): \($0.text)" }
            }
        }
        for file in Repository.here.files where file.isMarkdown {
            for passage in file.paragraphs {
                broken += Self.broken(in: passage, page).map { "\(file.path):\($0.line): \($0.text)" }
            }
        }
        #expect(broken.count == 0, "Not in ARCHITECTURE.md:\n\(broken.joined(separator: "\n"))")
    }

    /// The page by its headings, and by the numbers of the list under each.
    struct Page {
        var headings: [String] = []
        var numbers: [String: Set<Int>] = [:]

        init(text: String) {
            for line in text.split(separator: "\n") {
                if let match = line.wholeMatch(of: /[#]+ +(.+)/) {
                    headings.append(String(match.1))
                } else if let match = line.prefixMatch(of: /([0-9]+)\.[ ]/), let number = Int(match.1),
                    let heading = headings.last
                {
                    numbers[heading, default: []].insert(number)
                }
            }
        }

        /// The numbered list that a word means.
        func list(_ word: Substring) -> Set<Int> {
            numbers[word == "decision" ? "Decisions" : "What must always hold"] ?? []
        }
    }

    static func broken(in passage: Passage, _ page: Page) -> [(line: Int, text: String)] {
        guard passage.holds("ARCHITECTURE") else { return [] }
        var broken: [(line: Int, text: String)] = []
        let numbered = /ARCHITECTURE(?:\.md)?, (decision|propert(?:y|ies))s? ([0-9]+)((?:(?:, | and )[0-9]+)*)/
        for match in passage.text.matches(of: numbered) {
            let word = match.1 == "decision" ? match.1 : "property"
            let numbers = ([match.2] + match.3.split { !$0.isNumber }).compactMap { Int($0) }
            if !page.list(word).isSuperset(of: numbers) {
                broken.append((passage.line(at: match.range.lowerBound), String(match.0)))
            }
        }
        let quoted = /ARCHITECTURE(?:\.md)?, \x22([^\x22]+)\x22/
        for match in passage.text.matches(of: quoted) where !page.headings.contains(String(match.1)) {
            broken.append((passage.line(at: match.range.lowerBound), String(match.0)))
        }
        return broken
    }

    @Test(arguments: [
        ("As decided (ARCHITECTURE, decision 2).", []),
        ("(ARCHITECTURE, decision 3)", ["ARCHITECTURE, decision 3"]),
        ("(ARCHITECTURE, decisions 1 and 4)", ["ARCHITECTURE, decisions 1 and 4"]),
        ("(ARCHITECTURE, property 1), (ARCHITECTURE.md, property 2)", ["ARCHITECTURE.md, property 2"]),
        ("(ARCHITECTURE, \"Decisions\"), (ARCHITECTURE, \"Choices\")", ["ARCHITECTURE, \"Choices\""]),
    ])
    func findsBrokenCitations(_ text: String, _ expected: [String]) {
        let page = Page(text: "# A\n## Decisions\n1. One.\n2. Two.\n## What must always hold\n1. Yes.\n")
        #expect(Self.broken(in: Passage(text, line: 1), page).map(\.text) == expected)
    }
}
