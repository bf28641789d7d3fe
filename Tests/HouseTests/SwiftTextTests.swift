import Testing

@Suite struct SwiftTextTests {
    @Test func partsAreTakenApart() {
        let text = SwiftText(
            """
            let a = "one \\(f("two")) three" // four
            // five
            // six

            /* seven
            eight */ let b = #"nine \\#(c) ten"#
            """)
        #expect(text.literals.map { words($0.text) } == ["two", "one three", "nine ten"])
        #expect(text.comments.map(\.text) == ["four", "five six", "seven eight"])
        #expect(text.comments.map { $0.line(at: $0.text.startIndex) } == [1, 2, 5])
        #expect(text.code.map { words($0) } == ["let a = \"\"f(\"\")", "", "", "", "", "let b = \"\"c"])
    }

    @Test func aStringOfManyLinesKeepsTheCount() {
        let text = SwiftText("let a = \"\"\"\n    // no comment \"quoted\"\n    \"\"\"\nlet b = 1 // two\n")
        #expect(text.comments.map(\.text) == ["two"])
        #expect(text.comments.first?.lastLine == 4)
        #expect(text.literals.map { words($0.text) } == ["// no comment \"quoted\""])
    }

    @Test func aPassageKnowsItsSentenceAndLine() throws {
        var passage = Passage("RFC 1 says so. Here", line: 3)
        passage.append("is the place", line: 4)
        let place = try #require(passage.text.firstRange(of: "place"))
        #expect(passage.line(at: place.lowerBound) == 4)
        #expect(passage.sentence(before: place.lowerBound) == "Here is the ")
        #expect(passage.holds("Here is") && passage.holds("RFC") && passage.holds("place") && !passage.holds("places"))
    }

    private func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
