import Testing

/// A section of the protocol is cited in one form only, so that the tests of citations see them all.
@Suite struct OldCitationTests {
    @Test("no citation has an old form")
    func oldForms() {
        var found: [String] = []
        for file in Repository.here.swift where !file.file.isOfHouseTests {
            for passage in file.text.comments { found += lines(Self.inComments(passage), file.file.path) }
            for passage in file.text.literals { found += lines(Self.byName(passage), file.file.path) }
        }
        for file in Repository.here.files where !file.isSwift && !file.path.hasPrefix(ProtocolDocument.folder) {
            for passage in file.paragraphs { found += lines(Self.byName(passage), file.path) }
        }
        #expect(found.count == 0, "Cite as (websocket-mode 7.3) or (responses-api 12):\n\(found.joined(separator: "\n"))")
    }

    private func lines(_ found: [(line: Int, text: String)], _ path: String) -> [String] {
        found.map { "\(path):\($0.line): \($0.text)" }
    }

    /// The pages by a former name, or by their file.
    static func byName(_ passage: Passage) -> [(line: Int, text: String)] {
        let mayHold = passage.holds("WebSocket guide") || passage.holds("Responses API, section") || passage.holds(".md, ")
        guard mayHold else { return [] }
        let old = /WebSocket guide|Responses API, sections?|[a-z]+-[a-z]+\.md, (?:sections? )?[0-9]+(?:\.[0-9]+)?/
        return passage.text.matches(of: old).map { (passage.line(at: $0.range.lowerBound), String($0.0)) }
    }

    /// Those, and sections of which nobody says the document: `section 7.3` without an RFC before it, `(7.3)`.
    static func inComments(_ passage: Passage) -> [(line: Int, text: String)] {
        var found = byName(passage)
        for match in passage.holds("ection") ? passage.text.matches(of: /\b[Ss]ections? [0-9]+(?:\.[0-9]+)*/) : [] {
            let before = passage.sentence(before: match.range.lowerBound)
            // Those behind a former name are counted with it.
            let isNamed = ["Responses API, ", "WebSocket guide, ", ".md, "].contains(where: before.hasSuffix)
                || before.contains(/RFC [0-9]/)
            if !isNamed { found.append((passage.line(at: match.range.lowerBound), String(match.0))) }
        }
        let bare = /\([1-9][0-9]?\.[1-9][0-9]?(?:\)|, [^)]*\)| and [^)]*\))/
        for match in passage.holds("(") ? passage.text.matches(of: bare) : [] {
            found.append((passage.line(at: match.range.lowerBound), String(match.0)))
        }
        return found
    }

    // MARK: The scanner itself

    @Test(arguments: [
        ("Lanes (WebSocket guide, section 9).", ["WebSocket guide"]),
        ("Reads a tool (Responses API, section 5).", ["Responses API, section"]),
        ("The rules of responses-api.md, sections 3 and 4.", ["responses-api.md, sections 3"]),
        ("The parent stays (section 7.3).", ["section 7.3"]),
        ("See sections 4 to 13.", ["sections 4"]),
        ("Never an error frame (6.1).", ["(6.1)"]),
        ("Never an error frame (6.1, the second row).", ["(6.1, the second row)"]),
        ("RFC 6455 section 5.2 has it. The rest is in section 7.3.", ["section 7.3"]),
        ("As RFC 6455 section 5.2 says (RFC 9110 section 10.2.3).", []),
        ("The parent stays (websocket-mode 7.3).", []),
        ("It takes 1.5 seconds (0.25 of them alone), (2.5 s) at most.", []),
    ])
    func findsOldForms(_ text: String, _ expected: [String]) {
        #expect(Self.inComments(Passage(text, line: 1)).map(\.text) == expected)
    }

    @Test func anOldFormBrokenOverLinesIsSeen() {
        let text = SwiftText("/// Reads a tool (Responses API,\n/// section 5).\nvar a = f(7.3)\n")
        #expect(text.comments.flatMap { Self.inComments($0) }.map(\.text) == ["Responses API, section"])
    }
}
