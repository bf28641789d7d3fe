import Testing

@testable import TerminalChat

/// What a typed line asks for.
@Suite struct ChatInputTests {
    @Test(arguments: [
        ("", ChatInput.nothing), ("   ", .nothing), ("hello /help", .question("hello /help")), (" /help", .question("/help")),
        ("/help", .command(.help, argument: "")), ("/fork", .command(.fork, argument: "")),
        ("/fork  side door ", .command(.fork, argument: "side door")), ("/lane", .missing(.lane)), ("/save a.md", .command(.save, argument: "a.md")),
        ("/quit now", .superfluous(.quit)), ("/etc/passwd what is it?", .question("/etc/passwd what is it?")),
        ("/hepl", .unknown("/hepl", suggestion: .help)), ("/q", .unknown("/q", suggestion: .quit)), ("/frok", .unknown("/frok", suggestion: .fork)),
        ("/exit", .unknown("/exit", suggestion: .quit)), ("/", .unknown("/", suggestion: nil)), ("/SAVE x", .unknown("/SAVE", suggestion: .save)),
        ("/xyzzy", .unknown("/xyzzy", suggestion: nil)), ("/reply", .unknown("/reply", suggestion: .retry)),
    ])
    func lines(_ line: String, _ input: ChatInput) { #expect(ChatInput(line) == input) }

    @Test(arguments: [("/", 9), ("/l", 2), ("/lane", 2), ("/lanes", 1), ("/x", 0), ("/help me", 0)])
    func completions(_ text: String, _ count: Int) { #expect(ChatVerb.completions(of: text).count == count) }

    @Test func helpNamesEveryCommandWithinEightyColumns() {
        for verb in ChatVerb.allCases { #expect(ChatVerb.helpText.contains("  \(verb.usage) ")) }
        for line in ChatVerb.helpText.split(separator: "\n") { #expect(DisplayWidth.of(line) <= 80, "\(line)") }
    }

    @Test(arguments: [
        ("y", Permissions.Answer.yes), ("YES ", .yes), ("n", .no(nil)), (" No ", .no(nil)), ("no, use git", .no("use git")), ("a", .always), ("yes please", .unclear), ("", .unclear), ("yy", .unclear), ("maybe", .unclear),
    ])
    func answers(_ text: String, _ answer: Permissions.Answer) { #expect(Permissions.Answer(text) == answer) }

    @Test func permissions() {
        var asked = Permissions(allowsAll: false, canAsk: true, wayToAllowAll: "--yes")
        #expect(asked.decision(for: "shell") == .ask)
        asked.allowAlways("shell")
        #expect(asked.decision(for: "shell") == .run)
        #expect(asked.decision(for: "write_file") == .ask)
        #expect(Permissions(allowsAll: true, canAsk: false, wayToAllowAll: "--yes").decision(for: "shell") == .run)
        guard case .deny(let reason) = Permissions(allowsAll: false, canAsk: false, wayToAllowAll: "--yes").decision(for: "shell") else {
            Issue.record("nobody can be asked")
            return
        }
        #expect(reason.contains("--yes"))
    }
}
