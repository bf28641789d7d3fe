import ResponsesClient
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The guides' examples are what `GuideExamples` compiles, and they run.
struct GuideTests {
    static let guides = [
        "FirstTurn", "ToolsAndAgents", "ChainsAndForks", "StructuredAnswers", "WhenTheLineBreaks", "OtherServers",
    ]

    @Test(arguments: guides)
    func examplesStandWordForWordInWhatIsCompiled(_ guide: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let root = tests.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(
            contentsOf: root.appending(path: "Sources/ResponsesClient/Documentation.docc/Guides/\(guide).md"), encoding: .utf8)
        let compiled = lines(try String(contentsOf: tests.appending(path: "GuideExamples.swift"), encoding: .utf8))
        let examples = fences(text)
        #expect(!examples.isEmpty)
        for example in examples {
            let found = compiled.indices.contains { compiled[$0...].starts(with: example) }
            #expect(found, "not compiled: \(example.prefix(3))")
        }
    }

    private func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.drop { $0 == " " })
        }
    }

    private func fences(_ text: String) -> [[String]] {
        text.split(separator: "```swift\n").dropFirst().map { part in
            Array(lines(String(part)).prefix { $0 != "```" })
        }
    }

    @Test func examplesRun() async throws {
        try await LocalServer.with { port in
            let url = "http://127.0.0.1:\(port)/v1"
            try await GuideExamples.firstTurn(url, nil)
            var configuration = ResponsesClient.Configuration(url: url)
            configuration.template.model = "scripted"
            GuideExamples.limits(&configuration)
            try await ResponsesClient(configuration).withConnection { line in
                try await GuideExamples.warmup(line)
                try await GuideExamples.events(line)
                try await GuideExamples.agents(line) { _, _ in false }
                try await GuideExamples.chains(line)
                try await GuideExamples.structured(line)
                try await GuideExamples.breaks(line)
            }
        }
        #expect(GuideExamples.otherServers("key").template.store == false)
    }
}
