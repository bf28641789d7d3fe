import ArgumentParser
import OpenAICompatibleEngine
import ResponsesServer
import Testing

@testable import hotline

/// Documentation has what the tables of the program say.
@Suite struct DocumentationTests {
    /// A file of the repository.
    private func document(_ path: String) throws -> String {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        return try TextFile.read("\(root)/\(path)", bytesMax: 1 << 20)
    }

    @Test func everySettingIsDocumentedAsTheTableHasIt() throws {
        #expect(try document("docs/configuration.md").contains(ConfigSettingsCommand.text), "put in what 'hotline config settings' writes")
    }

    @Test func everyFieldAndEveryProfileIsDocumented() throws {
        let guide = try document("docs/engines/README.md")
        for field in EngineProfile.fields { #expect(guide.contains("| `\(field.name)` |"), "\(field.name)") }
        for name in EngineProfile.names { #expect(guide.contains("`\(name)`"), "\(name)") }
    }

    @Test func theFileOfTheDocumentationIsRight() throws {
        let text = try document("docs/configuration.md")
        let start = try #require(text.firstRange(of: "```yaml\n")).upperBound
        let end = try #require(text[start...].firstRange(of: "\n```")).lowerBound
        let (file, problems) = ConfigurationReader.read(String(text[start..<end]), path: "docs/configuration.md")
        #expect(problems == [])
        let settings = try ServeSettings(ServeFlags.parse([]), file: file) { ["EXAMPLE_KEY": "a", "ALICE_KEY": "b"][$0] }
        #expect(settings.engines.map(\.name) == ["local", "hosted"] && settings.engines[1].models["gpt-5"]?.contextTokens == 131_072)
    }
}
