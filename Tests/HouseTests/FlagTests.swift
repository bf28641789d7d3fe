import Testing

/// Libraries say what is wrong; which flag mends it is the command line's to know.
@Suite struct FlagTests {
    /// Programs, whose words are flags.
    private static let programs: Set<String> = ["hotline", "websocket-echo", "example-agent"]

    @Test("no library's text names a flag")
    func librariesDoNotSpeakFlags() {
        var found: [String] = []
        for file in Repository.here.swift {
            guard let target = file.file.target, !Self.programs.contains(target) else { continue }
            for literal in file.text.literals {
                found += Self.flags(in: literal).map { "\(file.file.path):\($0.line): \($0.flag)" }
            }
        }
        #expect(found.count == 0, "Flags in texts of libraries:\n\(found.joined(separator: "\n"))")
    }

    /// The flags that a string literal names, each with its line.
    static func flags(in literal: Passage) -> [(line: Int, flag: String)] {
        // The custom properties of a style sheet are spelled like flags.
        guard literal.holds("--"), !literal.holds("var(--") else { return [] }
        return literal.text.matches(of: /--[a-z][a-z\-]+/).map { (literal.line(at: $0.range.lowerBound), String($0.0)) }
    }

    @Test(arguments: [
        (#"let a = "Start it with --engine-key.""#, ["--engine-key"]),
        ("let a = \"\"\"\n    Give --api-key\n    or \\(b) --host.\n    \"\"\"", ["--api-key", "--host"]),
        ("let a = #\"raw \"quoted\" --port\"#", ["--port"]),
        ("let a = \":root { --page: white } p { color: var(--page) }\"", []),
        ("let a = 5 // --engine\n/* \"--url\" */", []),
        (#"let a = "a -- b --1 ---""#, []),
        (#"let a = "\(f("--inner"))""#, ["--inner"]),
    ])
    func findsFlags(_ source: String, _ expected: [String]) {
        #expect(SwiftText(source).literals.flatMap { Self.flags(in: $0) }.map(\.flag) == expected)
    }
}
