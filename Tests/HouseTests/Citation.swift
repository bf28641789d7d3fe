/// A citation of the protocol: `(websocket-mode 7.3)`, or several in one pair of parentheses.
struct Citation: Hashable, Sendable {
    var document: String
    var section: String
    var line: Int

    /// Every citation in a text: `(NAME N.M)` with any name that has a hyphen, and the known names in running text.
    ///
    /// Behind a citation, `, 6.2`, ` and 6.2` and ` to 6.2` cite the same document again.
    static func all(in passage: Passage, documents: some Sequence<String>) -> [Citation] {
        guard passage.holds("-") else { return [] }
        let known = Set(documents)
        var citations: [Citation] = []
        let cited = /\b([a-z]+(?:-[a-z]+)+) ([0-9]+(?:\.[0-9]+)?)\b((?:(?:, | and | to )[0-9]+(?:\.[0-9]+)?\b)*)/
        for match in passage.text.matches(of: cited) {
            let name = String(match.1)
            // Of a document that is not there, only what stands as a citation is one: "an opt-out 3 times" is not.
            guard known.contains(name) || isInParentheses(match.range, of: passage.text) else { continue }
            let line = passage.line(at: match.range.lowerBound)
            citations.append(Citation(document: name, section: String(match.2), line: line))
            for more in match.3.matches(of: /[0-9]+(?:\.[0-9]+)?/) {
                citations.append(Citation(document: name, section: String(more.0), line: line))
            }
        }
        return citations
    }

    /// Whether a part fills its place between `(`, `, `, ` and ` and `)`.
    private static func isInParentheses(_ range: Range<String.Index>, of text: String) -> Bool {
        let before = text[..<range.lowerBound]
        let after = text[range.upperBound...]
        let begins = before.hasSuffix("(") || isListed(before)
        return begins && (after.hasPrefix(")") || after.hasPrefix(", ") || after.hasPrefix(" and ") || after.hasPrefix("; "))
    }

    /// Whether an open pair of parentheses holds only citations up to here.
    private static func isListed(_ before: Substring) -> Bool {
        guard let open = before.lastIndex(of: "(") else { return false }
        return before[before.index(after: open)...]
            .wholeMatch(of: /(?:[a-z]+(?:-[a-z]+)+ [0-9]+(?:\.[0-9]+)?(?:, | and ))+/) != nil
    }
}

extension Repository {
    /// The texts of a file in which citations stand.
    static func passages(of file: SwiftFile) -> [Passage] { file.text.comments + file.text.literals }

    /// Every citation of the repository, by file.
    func citations(documents: some Collection<String>) -> [(path: String, citation: Citation)] {
        var found: [(path: String, citation: Citation)] = []
        for file in swift where !file.file.isOfHouseTests {
            for passage in Self.passages(of: file) {
                found += Citation.all(in: passage, documents: documents).map { (file.file.path, $0) }
            }
        }
        for file in files where !file.isSwift {
            for passage in file.paragraphs {
                found += Citation.all(in: passage, documents: documents).map { (file.path, $0) }
            }
        }
        return found
    }
}
