import Testing

@testable import TerminalChat

/// A turn as a terminal shows it.
@Suite struct TurnPainterTests {
    private let shell = ChatEvent.ToolUse(callID: "1", name: "shell", arguments: #"{"command":"ls -la"}"#)
    private let other = ChatEvent.ToolUse(callID: "2", name: "read_file", arguments: #"{"path":"a.txt"}"#)

    private func painted(_ events: [ChatEvent], width: Int = 40, palette: Palette = .plain) -> String {
        var painter = TurnPainter(width: width, palette: palette, isMarkdown: true)
        return events.map { painter.paint($0) }.joined()
    }

    @Test func anAnswerAndItsFigures() {
        let summary = ChatEvent.TurnSummary(
            duration: .milliseconds(1234), tokensIn: 3456, tokensCached: 3000, tokensOut: 42, bytesSent: 1300, transport: "WebSocket")
        #expect(
            painted([.asked, .text("Hello "), .text("world, this is a long line to wrap."), .partEnded, .ended(summary)]) == """
                Hello world, this is a long line to
                wrap.
                1.2 s · 3,456 in (3,000 cached), 42 out
                · 1.3 kB sent · WebSocket

                """)
    }

    @Test func toolsInARow() {
        #expect(
            painted([
                .asked, .text("I look."), .partEnded, .toolStarted(shell),
                .toolFinished(shell, output: "exit status 0\na\nb\n", isError: false, .milliseconds(120)), .asked,
                .toolStarted(shell), .toolStarted(other),
                .toolFinished(shell, output: "", isError: false, .milliseconds(10)),
                .toolDenied(other, reason: "no"), .asked, .text("Done."), .partEnded,
            ]) == """
                I look.

                ● shell ls -la
                  ✓ 0.12 s
                    a
                    b
                ● shell ls -la
                ● read_file a.txt
                  ✓ shell ls -la · 0.01 s
                  ✗ read_file a.txt · not run: no

                Done.

                """)
    }

    @Test func aCallThatWasShownInFullIsNotShownAgain() {
        var painter = TurnPainter(width: 40, palette: .plain, isMarkdown: true)
        let use = ChatEvent.ToolUse(callID: "1", name: "shell", arguments: #"{"command":"ls\nrm x"}"#)
        #expect(painter.present(use) == "● shell\n  │ ls\n  │ rm x\n")
        #expect(painter.paint(.toolStarted(use)) == "")
        #expect(painter.paint(.toolFinished(use, output: "gone", isError: true, .seconds(1))) == "  ✗ 1.0 s\n    gone\n")
        #expect(painter.paint(.toolStarted(use)) == "● shell ls⏎rm x\n")
    }

    /// Else a call could write a question of its own where ours stands.
    @Test func theBarStandsBeforeEveryLineOfACall() {
        var painter = TurnPainter(width: 20, palette: .plain, isMarkdown: true)
        let use = ChatEvent.ToolUse(callID: "1", name: "shell", arguments: #"{"command":"echo 漢漢漢漢漢漢   Run it?"}"#)
        #expect(painter.present(use) == "● shell\n  │ echo 漢漢漢漢漢\n  │ 漢   Run it?\n")
    }

    @Test func longCallsAreCutToTheWidth() {
        let use = ChatEvent.ToolUse(callID: "1", name: "shell", arguments: #"{"command":"\#(String(repeating: "漢", count: 50))"}"#)
        let line = painted([.toolStarted(use)])
        #expect(DisplayWidth.of(line) <= 40 && line.hasSuffix("…\n"))
    }

    @Test func theMarkOfWaitingGoes() {
        let text = painted([.asked, .asked, .text("x"), .partEnded], palette: .full)
        #expect(text == "\u{1B}[0;2m…\u{1B}[0m\r\u{1B}[Kx\n")
    }

    @Test func reasoningIsDimmed() {
        #expect(painted([.reasoning("hm"), .partEnded, .text("yes"), .partEnded], palette: .full) == "\u{1B}[0;2mhm\u{1B}[0m\n\nyes\n")
    }

    @Test(arguments: [Palette.plain, .full])
    func nothingRawComesThrough(_ palette: Palette) {
        let evil = "\u{1B}]0;x\u{7}\u{9B}2J\u{8}"
        let use = ChatEvent.ToolUse(callID: "1", name: evil, arguments: #"{"command":"\u001b[2J"}"#)
        var painter = TurnPainter(width: 40, palette: palette, isMarkdown: true)
        var text = painter.present(use)
        for event: ChatEvent in [
            .text(evil), .reasoning(evil), .toolStarted(use), .toolStarted(use), .toolFinished(use, output: evil, isError: true, .zero),
            .toolDenied(use, reason: evil), .interrupted, .failed(evil), .note(evil), .partEnded,
        ] { text += painter.paint(event) }
        // Our own sequences are colours and nothing else.
        let rest = SafeText.withoutSequences(text).unicodeScalars
        #expect(!rest.contains { $0.properties.generalCategory == .control && $0 != "\n" })
        #expect(!text.contains("\u{1B}[2J"))
        if palette == .plain { #expect(!text.contains("\u{1B}")) }
    }

    @Test func endings() {
        #expect(painted([.text("half"), .cancelled(keepsPart: false)], width: 80) == "half\nCancelled. The question is not part of the conversation.\n")
        #expect(painted([.failed("no\u{7}")]) == "error: no␇\n")
        let early = ChatEvent.TurnSummary(duration: .zero, incompleteReason: "max_output_tokens")
        #expect(painted([.ended(early)], width: 80) == "The answer ends early: max_output_tokens.\n0.00 s · 0 in, 0 out\n")
    }
}
