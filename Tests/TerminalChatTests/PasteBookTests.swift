import Testing

@testable import TerminalChat

/// Pastes as marks in a line, and lines that continue.
@Suite struct PasteBookTests {
    @Test func pastesStandAsMarks() {
        var book = PasteBook()
        #expect(book.enter("one line\n") == "one line")
        #expect(book.enter("tab\there\u{1B}[0m") == "tab here[0m")
        #expect(book.enter("a\r\nb\rc") == "[paste 1: 3 lines]")
        #expect(book.expand("look: [paste 1: 3 lines]! [x] [paste 2: 1 lines]") == "look: a\nb\nc! [x] [paste 2: 1 lines]")
        #expect(book.enter(String(repeating: "x", count: 1001)) == "[paste 2: 1001 letters]")
        for _ in 0..<PasteBook.pastesMax { _ = book.enter("x\ny") }
        #expect(book.expand("[paste 1: 3 lines]") == "[paste 1: 3 lines]")
    }

    @Test func linesThatGoOn() {
        var lines = Continuation()
        #expect(lines.add("one\\") == nil && lines.isOpen)
        #expect(lines.add("two") == "one\ntwo" && !lines.isOpen)
        #expect(lines.add("path\\\\") == "path\\\\")
    }
}
