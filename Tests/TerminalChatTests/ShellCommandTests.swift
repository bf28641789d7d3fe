import ChildProcess
import LibC
import ResponsesClient
import Testing

@testable import TerminalChat

/// A command of the model's. How it runs and ends is tested with `ChildProcess`.
@Suite struct ShellCommandTests {
    @Test func ourOwnSettingsStayOurs() async throws {
        setenv("HOTLINE_KEY", "secret", 1)
        defer { unsetenv("HOTLINE_KEY") }
        let outcome = try await ShellCommand(command: "env", directory: "/tmp").run()
        #expect(!outcome.output.contains("secret") && outcome.output.contains("PATH=") && outcome.output.contains("TERM=dumb"))
    }

    @Test func nothingAsksOrColours() {
        let variables = ShellCommand.environment(from: ["HOTLINE_KEY": "k", "PAGER": "less", "TERM": "xterm", "HOME": "/h"])
        #expect(
            variables == [
                "HOME": "/h", "TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0",
            ])
    }

    @Test func whatIsLeftOutIsCounted() async throws {
        var command = ShellCommand(command: "yes | head -c 100000", directory: "/tmp")
        command.outputBytesMax = 1000
        #expect(try await command.run().output.contains("\n[99,000 bytes left out]\n"))
    }

    @Test func aFolderThatIsMissingIsAnErrorOfTheTool() async {
        await #expect(throws: ToolFailure.self) { try await ShellCommand(command: "true", directory: "/no/such/folder").run() }
    }
}
