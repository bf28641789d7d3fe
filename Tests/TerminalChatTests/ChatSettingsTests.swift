import Testing

@testable import TerminalChat

/// What options, terminal and standard input mean together.
@Suite struct ChatSettingsTests {
    private static let seat = Terminal(inputIsTerminal: true, outputIsTerminal: true, errorIsTerminal: true, allowsColours: true)
    private static let pipe = Terminal(inputIsTerminal: false, outputIsTerminal: false, errorIsTerminal: false, allowsColours: true)

    private func settings(
        terminal: Terminal = Self.seat, input: String = "", _ change: (inout ChatOptions) -> Void = { _ in }
    ) throws -> ChatSettings {
        var options = ChatOptions()
        change(&options)
        return try ChatSettings(
            options, terminal: terminal, readInput: { input },
            readFile: { (path) throws(ChatFailure) in
                guard path == "there" else { throw .badSetting(.instructions, problem: "missing", wayOut: nil) }
                return "from a file"
            })
    }

    @Test func withoutAnything() throws {
        let settings = try settings()
        #expect(settings.url == "http://127.0.0.1:8484/v1" && settings.question == nil && settings.key == nil)
        #expect(settings.tools.isEmpty && !settings.allowsAll && !settings.isPlain && settings.directory == ".")
        #expect(settings.historyFile == nil, "prompts are private")
    }

    @Test func options() throws {
        #expect(try settings { $0.instructions = "@there" }.instructions == "from a file")
        #expect(try settings { $0.instructions = "be brief" }.instructions == "be brief")
        #expect(try settings { $0.tools = "files, shell,files" }.tools == [.files, .shell])
        #expect(try settings { $0.prompt = ["What", "is", "it?"] }.question == "What is it?")
    }

    @Test(arguments: [
        ([], "one\ntwo\n", "one\ntwo"), (["ask"], "ignored", "ask"), (["explain", "-"], "text", "explain\n\ntext"),
        (["-", "is", "this"], "text\n", "text\n\n\nis this"), (["-"], "text", "text"),
    ])
    func questions(_ words: [String], _ input: String, _ question: String) throws {
        #expect(try settings(terminal: Self.pipe, input: input) { $0.prompt = words }.question == question)
    }

    /// The setting that an error is about.
    private func setting(of error: any Error) -> ChatSetting? {
        if case .badSetting(let setting, _, _) = error as? ChatFailure { setting } else { nil }
    }

    @Test func wrongOptions() {
        #expect { try settings { $0.tools = "web" } } throws: { setting(of: $0) == .tools && "\($0)".contains("'web'") }
        #expect { try settings { $0.instructions = "@missing" } } throws: { setting(of: $0) == .instructions }
    }

    @Test func nothingToAsk() {
        #expect { try settings(terminal: Self.pipe, input: " \n") } throws: { setting(of: $0) == .prompt }
        #expect { try settings { $0.prompt = [" "] } } throws: { setting(of: $0) == .prompt }
    }

    @Test func textsSayWhatTheUserTypes() throws {
        #expect(try settings { $0.names[.tools] = "--tools" }.name(of: .tools) == "--tools")
        #expect(try settings().name(of: .tools) == "'tools'")
    }

    @Test(arguments: [("/dev/null/missing", "cannot be read"), ("/dev/zero", "more than 10 MB")])
    func instructionsThatCannotBeRead(_ path: String, _ problem: String) {
        #expect { try TextSource.instructions(path) } throws: {
            setting(of: $0) == .instructions && "\($0)".contains("'\(path)'") && "\($0)".contains(problem)
        }
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
}
