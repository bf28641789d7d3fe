import ResponsesAPI
import ResponsesEngine
import Testing

@testable import hotline

/// What the set-up of the demo model shows and says.
@Suite struct DemoModelTests {
    @Test(arguments: [
        (0, "[..............................] 0 of 127 MB"), (64, "[###############...............] 64 of 127 MB"),
        (127, "[##############################] 127 of 127 MB, unpacking"),
    ])
    func progress(_ arrived: Int, _ line: String) { #expect(DemoModelSetup.bar(arrived, of: 127) == line) }

    @Test(arguments: [
        ("Looking\nWARNING: retrying\nERROR: one\nERROR: No matching distribution\n\n", "No matching distribution"),
        ("bash: no such file\n", "bash: no such file"), ("", nil),
    ])
    func whyItFailed(_ output: String, _ words: String?) {
        #expect(DemoModelSetup.lastWords(output.split(whereSeparator: \.isNewline)) == words)
    }

    @Test func aFolderThatAnotherVersionMadeIsMadeAnew() {
        let setup = DemoModelSetup(demo: DemoModel(folder: "/no/such/folder", environment: { _ in nil }), say: { _ in }, isTerminal: false)
        #expect(!setup.isDone)
        for package in DemoModel.packages { #expect(DemoModel.madeFrom.contains(package) && package.contains("==")) }
        #expect(DemoModel.madeFrom.contains(DemoModel.template))
    }
}
