import ChildProcess
import LibC
import ResponsesClient
import Testing

@testable import TerminalChat

/// A command of the model's. How it runs and ends is tested with `ChildProcess`.
@Suite struct ShellCommandTests {
    @Test func ourOwnSettingsStayOurs() async throws {
        for name in ["HOTLINE_KEY", "SOME_API_KEY"] { setenv(name, "secret", 1) }
        defer { for name in ["HOTLINE_KEY", "SOME_API_KEY"] { unsetenv(name) } }
        let outcome = try await ShellCommand(command: "env", directory: "/tmp").run()
        #expect(!outcome.output.contains("secret") && outcome.output.contains("PATH=") && outcome.output.contains("TERM=dumb"))
    }

    @Test func nothingAsksOrColours() {
        let variables = ToolEnvironment.variables(from: ["HOTLINE_KEY": "k", "PAGER": "less", "TERM": "xterm", "HOME": "/h"])
        #expect(
            variables == [
                "HOME": "/h", "TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0",
            ])
    }

    @Test(arguments: [
        "HOTLINE_URL", "OPENAI_API_KEY", "KEY", "key", "API_KEYS", "GITHUB_TOKEN", "TOKENS", "CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY",
        "PGPASSWORD", "DB_PASSWORD", "DB_PASSWD", "SSH_PASSPHRASE", "MYAPIKEY", "GOOGLE_APPLICATION_CREDENTIALS", "AUTHTOKEN_2",
    ])
    func namesOfSecrets(_ name: String) {
        #expect(ToolEnvironment.isSecret(name))
        #expect(ToolEnvironment.variables(from: [name: "x"])[name] == nil)
        #expect(ToolEnvironment.variables(from: [name: "x"], passing: [name])[name] == "x", "the user may pass it on")
    }

    @Test(arguments: [
        "PATH", "HOME", "PWD", "OLDPWD", "SSH_AUTH_SOCK", "KEYBOARD", "MONKEY", "TOKENIZERS_PARALLELISM", "LANG", "HOTLINES", "SECRETARY",
        "", "_", "S",
    ])
    func namesOfNone(_ name: String) { #expect(!ToolEnvironment.isSecret(name)) }

    @Test func whatIsLeftOutIsCounted() async throws {
        var command = ShellCommand(command: "yes | head -c 100000", directory: "/tmp")
        command.outputBytesMax = 1000
        #expect(try await command.run().output.contains("\n[99,000 bytes left out]\n"))
    }

    @Test func aFolderThatIsMissingIsAnErrorOfTheTool() async {
        await #expect(throws: ToolFailure.self) { try await ShellCommand(command: "true", directory: "/no/such/folder").run() }
    }
}
