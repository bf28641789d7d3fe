import Testing

@testable import ResponsesTesting

#if canImport(FoundationEssentials)
import FoundationEssentials
#endif
import Foundation

/// The agent of Examples/, as the program it is, on a line that is cut at every tenth event.
struct ExampleAgentTests {
    @Test(.timeLimit(.minutes(2)))
    func twentyToolCallsOverALineThatIsCutAtEveryTenthEvent() async throws {
        try await LocalServer.with { port in
            try await FaultProxy.with(to: port, rule: FaultProxy.every(10, .reset(.after))) { proxy in
                let output = try await run(
                    "http://127.0.0.1:\(proxy.port)/v1", "scripted",
                    #"[[tools:20 read_page {"number":{i}}]] [[say:done]]"#)
                let pages = output.split(separator: "\n").filter { $0.hasPrefix("reading page ") }
                #expect(pages == (0..<20).map { "reading page \($0)" })
                #expect(output.contains("the line broke, asking again"))
                #expect(output.contains("answer: done"))
                #expect(output.contains("20 tool calls in 21 turns"))
                #expect(proxy.counts.state.connections > 15)
            }
        }
    }

    @Test func itIsShort() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Examples/Agent/Agent.swift")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count < 60)
    }

    /// Runs the built example to its end; its standard output.
    private func run(_ arguments: String...) async throws -> String {
        let process = Process()
        process.executableURL = try #require(Self.program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        let ended = Watched(false)
        process.terminationHandler = { _ in ended.update { $0 = true } }
        try process.run()
        // A few kilobytes: less than a pipe holds.
        await ended.wait { $0 }
        #expect(process.terminationStatus == 0)
        return String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }

    /// Beside the test bundle, where the package's programs are built.
    private static var program: URL? {
        let places = [Bundle.main.bundleURL, URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()]
        return places.flatMap { [$0, $0.deletingLastPathComponent()] }.map { $0.appending(path: "example-agent") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}
