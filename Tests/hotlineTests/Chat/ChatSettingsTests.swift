import ArgumentParser
import ChildProcess
import ResponsesAPI
import ResponsesClient
import Testing

@testable import hotline

/// What flags, environment and standard input mean together, and what a saved conversation looks like.
@Suite struct ChatSettingsTests {
    private static let seat = Terminal(inputIsTerminal: true, outputIsTerminal: true, errorIsTerminal: true, allowsColours: true)
    private static let pipe = Terminal(inputIsTerminal: false, outputIsTerminal: false, errorIsTerminal: false, allowsColours: true)

    private func settings(
        _ flags: [String], terminal: Terminal = Self.seat, input: String = "", environment: [String: String] = [:]
    ) throws -> ChatSettings {
        try ChatSettings(
            ChatCommand.parse(flags), terminal: terminal, environment: { environment[$0] }, readInput: { input },
            readFile: { (path) throws(Failure) in
                guard path == "there" else { throw .badSetting("missing", "Way out.") }
                return "from a file"
            })
    }

    @Test func withoutAnything() throws {
        let settings = try settings([])
        #expect(settings.url == "http://127.0.0.1:8484/v1" && settings.question == nil && settings.key == nil)
        #expect(settings.tools.isEmpty && !settings.allowsAll && !settings.isPlain && settings.directory == ".")
        #expect(settings.historyFile == nil, "prompts are private")
    }

    @Test func flags() throws {
        let settings = try settings(
            [
                "--url", "http://h/v1", "--key", "k", "--model", "m", "--instructions", "@there", "--tools", "files, shell,files", "--yes",
                "--cwd", "/tmp", "--history", "f", "--plain", "What", "is", "it?",
            ], environment: ["HOTLINE_KEY": "other"])
        #expect(settings.url == "http://h/v1" && settings.key == "k" && settings.model == "m")
        #expect(settings.instructions == "from a file" && settings.tools == [.files, .shell] && settings.allowsAll)
        #expect(settings.directory == "/tmp" && settings.historyFile == "f" && settings.isPlain)
        #expect(settings.question == "What is it?")
        #expect(try self.settings([], environment: ["HOTLINE_KEY": "k"]).key == "k")
        #expect(try self.settings(["--instructions", "be brief"]).instructions == "be brief")
    }

    @Test(arguments: [
        ([], "one\ntwo\n", "one\ntwo"), (["ask"], "ignored", "ask"), (["explain", "-"], "text", "explain\n\ntext"),
        (["-", "is", "this"], "text\n", "text\n\n\nis this"), (["-"], "text", "text"),
    ])
    func questions(_ words: [String], _ input: String, _ question: String) throws {
        #expect(try settings(words, terminal: Self.pipe, input: input).question == question)
    }

    @Test(arguments: [["--tools", "web"], ["--instructions", "@missing"]])
    func wrongFlags(_ flags: [String]) {
        #expect { _ = try settings(flags) } throws: { ($0 as? Failure)?.code == 64 }
    }

    @Test func nothingToAsk() {
        #expect { try settings([], terminal: Self.pipe, input: " \n") } throws: { ($0 as? Failure)?.code == 64 }
        #expect { try settings([" "]) } throws: { ($0 as? Failure)?.code == 64 }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8484/v1", "127.0.0.1:8484"), ("https://h", "h"), ("localhost:1/v1", "localhost:1"), ("http://[::1]:2?x", "[::1]:2"),
    ])
    func authorities(_ url: String, _ authority: String) { #expect(ChatSettings.authority(of: url) == authority) }

    @Test(arguments: [
        (true, "xterm", "", true), (true, "xterm", "1", false), (true, "dumb", "", false), (false, "xterm", "", false),
    ])
    func colours(_ isTerminal: Bool, _ term: String, _ noColor: String, _ isOn: Bool) {
        var terminal = Terminal.current { ["TERM": term, "NO_COLOR": noColor][$0] }
        terminal.outputIsTerminal = isTerminal
        #expect(terminal.palette.isOn == isOn)
    }

    @Test func helpNamesEveryFlag() {
        let help = ChatCommand.helpMessage()
        for flag in ["--url", "--key", "--model", "--instructions", "--tools", "--yes", "--cwd", "--history", "--plain", "HOTLINE_KEY", "130"] {
            #expect(help.contains(flag), "\(flag)")
        }
        let failure = Failure.nothingListens("127.0.0.1:8484")
        #expect(failure.message == "nothing listens on 127.0.0.1:8484" && failure.code == 69)
        #expect(failure.wayOut == "Start a server with 'hotline serve', or point --url at a running one.")
    }

    // MARK: Tools and transcripts

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
            (.timedOut, "ended after 120 s, the time it may take"),
        ]
        for (ending, text) in endings {
            #expect(ChatTools.report(ShellCommand.Outcome(ending: ending, output: ""), .seconds(120)) == text)
            #expect(ChatTools.report(ShellCommand.Outcome(ending: ending, output: "x\n"), .seconds(120)) == text + "\nx\n")
        }
    }

    private var transcript: Transcript {
        Transcript(
            model: "m", instructions: "be \"brief\"",
            items: [
                .userMessage("Hello"), .functionCall(callID: "1", name: "shell", arguments: #"{"command":"ls"}"#),
                .functionCallOutput(callID: "1", output: "a```b\n"), .reasoning(id: "r", summary: [.summaryText("hm\nhm")]),
                .message(.assistant, [.outputText("Done.")]),
            ])
    }

    @Test func transcriptsForPeople() {
        #expect(
            transcript.text(for: "x.MD") == """
                # Conversation with m

                ## Instructions

                be "brief"

                ## You

                Hello

                **shell**

                ```
                ls
                ```

                ````
                a```b
                ````

                > hm
                > hm

                ## Model

                Done.

                """)
    }

    @Test func transcriptsForPrograms() throws {
        let json = try RawJSON(parsing: transcript.text(for: "x.json"))
        #expect(json["model"]?.stringValue == "m" && json["instructions"]?.stringValue == #"be "brief""#)
        let items = try (json["items"]?.elements ?? []).map { try Item($0) }
        #expect(items == transcript.items)
        let empty = try RawJSON(parsing: Transcript(model: "m", items: []).json)
        #expect(empty["items"]?.isArray == true && empty["items"]?.elements.count == 0)
    }
}
