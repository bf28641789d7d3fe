import Testing

@testable import hotline

/// What a person reads about engines.
@Suite struct EngineReportTests {
    @Test func anEngineThatAnswers() {
        var report = EngineReport(name: "fast", address: "http://127.0.0.1:1/v1", origin: "hotline.yaml:2:3", profile: "vllm", models: ["a", "b"])
        report.firstByte = .after(.milliseconds(215), model: "a")
        report.learnt = ["stream_options is left out"]
        #expect(EngineReport.text([report]) == """
            fast  http://127.0.0.1:1/v1
              from        hotline.yaml:2:3
              profile     vllm
              answers     yes; 2 models: a, b
              first byte  after 215 ms, from a
              learnt      stream_options is left out

            """)
    }

    @Test func anEngineThatDoesNot() {
        let report = EngineReport(name: "x", address: "http://x", origin: "f", profile: "generic", models: nil, note: "Nothing listens.")
        let text = EngineReport.text([report, report])
        #expect(text.contains("answers     no; Nothing listens.") && text.contains("first byte  not asked for: it does not answer"))
        #expect(EngineReport.text([]).hasPrefix("No engine is configured"))
    }

    @Test(arguments: [(Duration.milliseconds(5), "5 ms"), (.milliseconds(999), "999 ms"), (.milliseconds(1250), "1.2 s"), (.seconds(120), "120.0 s")])
    func times(_ time: Duration, _ text: String) { #expect(EngineReport.text(time) == text) }

    @Test func aTrialIsATableForAReport() {
        let rows = [
            TrialReport.Row(name: "plain", outcome: .right("3 tokens in"), firstByte: .milliseconds(5), time: .seconds(1)),
            TrialReport.Row(name: "call", outcome: .wrong("two\nlines | and a bar"), firstByte: nil, time: .seconds(2)),
            TrialReport.Row(name: "context", outcome: .untried(String(repeating: "x", count: 300)), firstByte: nil, time: nil),
        ]
        let text = TrialReport(engine: "profile vllm", model: "m", contextTokens: 8192, learnt: [], rows: rows).text
        #expect(text.contains("| plain | right | 5 ms | 1.0 s | 3 tokens in |\n"))
        #expect(text.contains("| call | **wrong** |  | 2.0 s | two lines \\| and a bar |\n"))
        #expect(text.contains("| context | not tried |  |  | \(String(repeating: "x", count: 199))… |\n"))
        #expect(text.contains("- model: m, context of 8192 tokens\n") && text.hasSuffix("1 of 3 wrong.\n"))
    }

    @Test func everyCaseHasATitle() { #expect(Set(TrialCase.allCases.map(\.title)).count == TrialCase.allCases.count) }
}
