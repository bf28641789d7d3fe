import Testing

@testable import TerminalChat

/// What reaches a terminal, and how wide it is.
@Suite struct ChatTextTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("かな", 4), ("한글", 4), ("ｆｕｌｌ", 8), ("ﾊﾝ", 2),
        ("👍", 2), ("→…–", 3), ("\u{200B}\u{200D}\u{FEFF}", 0), ("✓ ok", 4), ("\u{AD}", 0), ("\u{1B}[1m", 3),
    ])
    func width(_ text: String, _ columns: Int) { #expect(DisplayWidth.of(text) == columns) }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("漢字漢", 4, "漢…"), ("漢字", 4, "漢字"), ("", 0, ""),
    ])
    func cut(_ text: String, _ columns: Int, _ expected: String) { #expect(text.cut(toColumns: columns) == expected) }

    @Test(arguments: [
        ("plain\n", "plain\n"), ("tab\tand ünï 漢", "tab\tand ünï 漢"), ("\u{1B}]0;title\u{7}", "␛]0;title␇"),
        ("a\r\nb\rc", "a\nbc"), ("\u{9B}31m", "\u{FFFD}31m"), ("\u{7F}\u{0}", "␡␀"), ("x\u{202E}y\u{2066}", "x\u{FFFD}y\u{FFFD}"),
        ("👨‍👩‍👧", "👨‍👩‍👧"), ("a\u{2028}b", "a\nb"),
    ])
    func textForReading(_ text: String, _ safe: String) {
        #expect(Array(SafeText.forReading(text).unicodeScalars) == Array(safe.unicodeScalars))
    }

    @Test(arguments: [
        ("rm -rf x\n\ty", "rm -rf x\n\ty"), ("ls \u{202E}txt", #"ls \u{202E}txt"#), ("a\u{200B}b", #"a\u{200B}b"#),
        ("a\u{A0}b", #"a\u{A0}b"#), ("\u{1B}[8m", #"\u{1B}[8m"#), ("a\rb", #"a\u{D}b"#), ("\u{E0041}", #"\u{E0041}"#),
        ("größe 漢 é", "größe 漢 é"), ("\u{3164}", #"\u{3164}"#),
    ])
    func textForDeciding(_ text: String, _ safe: String) { #expect(SafeText.forDeciding(text) == safe) }

    @Test func noControlCharacterPasses() {
        for value in Array(0..<0x20) + Array(0x7F..<0xA0) {
            let text = String(Unicode.Scalar(UInt8(value)))
            for safe in [SafeText.forReading(text), SafeText.onOneLine(text)] {
                let rest = safe.unicodeScalars.filter { $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" }
                #expect(rest.isEmpty, "\(value)")
            }
        }
    }

    @Test(arguments: [
        ("\u{1B}[31mred\u{1B}[0m", "red"), ("\u{1B}[1;38;5;9mx", "x"), ("\u{1B}[", ""), ("\u{1B}]0;t", "\u{1B}]0;t"), ("a", "a"),
    ])
    func sequencesAreTakenOut(_ text: String, _ plain: String) { #expect(SafeText.withoutSequences(text) == plain) }

    @Test(arguments: [
        (Duration.zero, "0.00 s"), (.milliseconds(5), "0.00 s"), (.milliseconds(120), "0.12 s"), (.milliseconds(1050), "1.0 s"),
        (.milliseconds(9990), "9.9 s"), (.seconds(12), "12 s"), (.seconds(119), "119 s"), (.seconds(125), "2 min 5 s"),
        (.seconds(-1), "0.00 s"),
    ])
    func durations(_ duration: Duration, _ text: String) { #expect(Amounts.text(duration) == text) }

    @Test(arguments: [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1390, "1.3 kB"), (24_999, "24 kB"), (2_400_000, "2.4 MB")])
    func bytes(_ count: Int, _ text: String) { #expect(Amounts.text(bytes: count) == text) }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")])
    func counts(_ count: Int, _ text: String) { #expect(Amounts.text(count) == text) }

    @Test(arguments: [
        (#"{"command":"ls -la"}"#, "ls -la"), (#"{"command":"a\nb"}"#, "a⏎b"), (#"{"path":"x","lines":3}"#, "path=x, lines=3"),
        (#"{"n":1}"#, "n=1"), ("{}", ""), ("not json\u{1B}", "not json␛"), (#"{"a":{"b":[1]}}"#, #"a={"b":[1]}"#),
    ])
    func argumentsInShort(_ json: String, _ text: String) { #expect(ToolText.short(json) == text) }

    @Test(arguments: [
        (#"{"command":"ls\nrm -rf \u202ex"}"#, ["ls", #"rm -rf \u{202E}x"#]),
        (#"{"path":"a.txt","content":"1\n2"}"#, ["path: a.txt", "content:", "  1", "  2"]), (#"{"command":"a\nb\n\n"}"#, ["a", "b", ""]),
        (#"{"command":"a\tb"}"#, ["a       b"]), ("{}", []), ("free\ntext", ["free", "text"]),
    ])
    func argumentsInFull(_ json: String, _ lines: [String]) { #expect(ToolText.full(json) == lines) }

    @Test(arguments: [
        ("exit status 0", false), ("exit status 1\nx", true), ("ended by signal 9", true), ("", false), ("exit status 0\nended", false),
    ])
    func outputsThatTellOfFailure(_ output: String, _ expected: Bool) { #expect(ToolText.reportsFailure(output) == expected) }

    @Test(arguments: [
        ("", []), ("one\n", ["one"]), ("exit status 0\none\n\n", ["one"]), ("exit status 2\nbad", ["exit stat…", "bad"]),
        ("1\n2\n3\n4\n5", ["1", "2", "3", "4", "5"]), ("1\n2\n3\n4\n5\n6\n", ["1", "2", "3", "4", "… 2 more lines"]),
        ("a very long line", ["a very lo…"]), ("50%\r100%", ["50%", "100%"]), ("a\tb", ["a       b"]), ("\u{1B}[1mx\u{1B}[m\u{7}", ["x␇"]),
    ])
    func outputsInShort(_ output: String, _ lines: [String]) { #expect(ToolText.summary(output, columns: 10) == lines) }
}
