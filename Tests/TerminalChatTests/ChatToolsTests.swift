import ChildProcess
import ResponsesClient
import Testing

@testable import TerminalChat

/// What the model is offered, and how a command's end is reported to it.
@Suite struct ChatToolsTests {
    @Test func everyToolWaitsForApprovalAndHasAMeaning() throws {
        let tools = try ChatTools.make([.shell, .files], in: ConfinedFolder("/tmp"))
        #expect(tools.map(\.name) == ["shell", "read_file", "write_file", "edit_file", "list_directory"])
        #expect(!tools.contains { !$0.needsApproval })
        for tool in tools { #expect(!ChatTools.meaning(of: tool.name).isEmpty) }
        #expect(throws: ToolFailure.self) { _ = try ConfinedFolder("/no/such/place") }
    }

    @Test func reportsTellTheEnding() {
        let endings: [(ChildProcess.Ending, String)] = [
            (.exited(0), "exit status 0"), (.exited(2), "exit status 2"), (.killed(signal: 9), "ended by signal 9"),
            (.timedOut, "ended after 120 s, the time limit"),
        ]
        for (ending, text) in endings {
            #expect(ChatTools.report(ShellCommand.Outcome(ending: ending, output: ""), .seconds(120)) == text)
            #expect(ChatTools.report(ShellCommand.Outcome(ending: ending, output: "x\n"), .seconds(120)) == text + "\nx\n")
        }
    }
}
