import ResponsesTesting
import Testing

@testable import TerminalChat

/// Text broken at words, and the Markdown shown, whatever the pieces it comes in.
@Suite struct ChatWrappingTests {
    private func wrapped(_ text: String, _ width: Int, indent: Int = 0) -> String {
        var wrapper = Wrapper(width: width, palette: .plain)
        wrapper.indent = indent
        wrapper.write(text)
        wrapper.flush()
        return wrapper.take()
    }

    @Test(arguments: [
        ("one two three", 7, "one two\nthree"), ("one two three", 80, "one two three"), ("one  two", 8, "one  two"),
        ("one two\nthree", 7, "one two\nthree"), ("  lead", 10, "  lead"), ("a trailing   \nb", 20, "a trailing\nb"),
        ("abcdefgh", 3, "abc\ndef\ngh"), ("漢字漢字", 4, "漢字\n漢字"), ("漢字。漢", 4, "漢\n字。\n漢"), ("abc漢", 4, "abc\n漢"),
        ("a\tb", 10, "a   b"), ("\n\n", 10, "\n\n"), ("e\u{301}e\u{301} x", 4, "e\u{301}e\u{301} x"), ("", 10, ""),
        ("ok 👍 ok", 6, "ok 👍\nok"),
    ])
    func words(_ text: String, _ width: Int, _ expected: String) { #expect(wrapped(text, width) == expected) }

    @Test func linesAfterTheFirstAreIndented() { #expect(wrapped("one two three", 8, indent: 2) == "one two\n  three") }

    @Test func noLineIsWiderThanTheTerminal() {
        var generator = SplitMix64(seed: 7)
        let letters = Array("abc défg 漢字 。e\u{301} 👍 -\n")
        for width in [2, 5, 20, 80] {
            let text = String((0..<400).map { _ in letters.randomElement(using: &generator)! })
            for line in wrapped(text, width).split(separator: "\n") { #expect(DisplayWidth.of(line) <= width, "\(line)") }
            #expect(wrapped(text, width).filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace })
        }
    }

    // MARK: Markdown

    /// Looks as letters: `<b>`, `<c>` for code, `<d>` for dim.
    private func shown(_ text: String, width: Int = 80, pieces: Int = .max) -> String {
        var markdown = Markdown(Wrapper(width: width, palette: .full))
        var output = ""
        var rest = text[...]
        while !rest.isEmpty {
            markdown.write(String(rest.prefix(pieces)))
            output += markdown.take()
            rest = rest.dropFirst(pieces)
        }
        markdown.end()
        output += markdown.take()
        for (sequence, name) in [("0;1;36", "bc"), ("0;1", "b"), ("0;2", "d"), ("0;36", "c"), ("0", "-")] {
            output = output.split(separator: "\u{1B}[\(sequence)m", omittingEmptySubsequences: false).joined(separator: "<\(name)>")
        }
        return output
    }

    static let answers: [(String, String)] = [
        ("plain", "plain\n"), ("a **bold** word", "a <b>bold<-> word\n"), ("run `ls -l` now", "run <c>ls -l<-> now\n"),
        ("# Title\ntext", "<b>Title<->\ntext\n"), ("#no title", "#no title\n"), ("- one\n- two", "• one\n• two\n"),
        ("  * deep", "  • deep\n"), ("1. one\n2) two", "1. one\n2) two\n"), ("2 ** 3 and 2**3", "2 ** 3 and 2**3\n"),
        ("*one* star", "*one* star\n"), ("never **closed\nnext", "never <b>closed<->\nnext\n"), ("**", "**\n"), ("---", "---\n"),
        ("```swift\nlet a = **b**\n```\nafter", "<d>```swift<->\n<c>let a = **b**<->\n<d>```<->\nafter\n"),
        ("~~~\n```\n~~~", "<d>~~~<->\n<c>```<->\n<d>~~~<->\n"), ("```one line```", "<c>one line<->\n"), ("```\nopen", "<d>```<->\n<c>open<->\n"),
        ("a | b", "a | b\n"), ("| a | **b** |", "| a | **b** |\n"), ("`**`", "<c>**<->\n"), ("it's a ` mark", "it's a ` mark\n"),
        ("\n\npara\n", "\n\npara\n"), ("-5 is a number", "-5 is a number\n"), ("1999. A year", "1999. A year\n"), ("", ""),
        ("**bold** and **more**", "<b>bold<-> and <b>more<->\n"),
    ]

    @Test(arguments: answers) func markdown(_ text: String, _ expected: String) {
        #expect(shown(text) == expected)
        for pieces in 1...3 { #expect(shown(text, pieces: pieces) == expected, "in pieces of \(pieces)") }
    }

    @Test func listsHang() {
        #expect(shown("- one two three", width: 9) == "• one two\n  three\n")
        #expect(shown("10. one two three", width: 11) == "10. one two\n    three\n")
    }

    @Test func codeIsNotBroken() {
        #expect(shown("```\na b c d e f\n```", width: 4) == "<d>```<->\n<c>a b c d e f<->\n<d>```<->\n")
    }
}
