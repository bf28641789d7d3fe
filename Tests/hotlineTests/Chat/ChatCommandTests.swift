import ArgumentParser
import Testing

@testable import TerminalChat
@testable import hotline

/// Flags and variables of `hotline chat`, and what it says when it cannot begin. The exit codes are a contract for scripts.
@Suite struct ChatCommandTests {
    private func options(_ flags: [String], environment: [String: String] = [:]) throws -> ChatOptions {
        try ChatCommand.parse(flags).options { environment[$0] }
    }

    @Test func withoutAnything() throws {
        let options = try options([])
        #expect(options.url == "http://127.0.0.1:8484/v1" && options.prompt.isEmpty && options.key == nil && options.tools == nil)
        #expect(!options.allowsAll && !options.isPlain && options.directory == "." && options.historyFile == nil)
    }

    @Test func flags() throws {
        let options = try options(
            [
                "--url", "http://h/v1", "--key", "k", "--model", "m", "--instructions", "@there", "--tools", "files, shell,files", "--yes",
                "--cwd", "/tmp", "--tool-env", "A_TOKEN", "--tool-env", "B_KEY", "--history", "f", "--plain", "What", "is", "it?",
            ], environment: ["HOTLINE_KEY": "other"])
        #expect(options.url == "http://h/v1" && options.key == "k" && options.model == "m")
        #expect(options.instructions == "@there" && options.tools == "files, shell,files" && options.allowsAll)
        #expect(options.directory == "/tmp" && options.historyFile == "f" && options.isPlain)
        #expect(options.toolVariables == ["A_TOKEN", "B_KEY"])
        #expect(options.prompt == ["What", "is", "it?"])
        #expect(options.names[.tools] == "--tools" && options.names[.allowsAll] == "--yes")
        #expect(try self.options([], environment: ["HOTLINE_KEY": "k"]).key == "k")
        let variables = ["HOTLINE_API_KEY": "a", "HOTLINE_KEY": "k", "HOTLINE_SERVER": "http://s"]
        #expect(try self.options([], environment: variables).key == "a")
        #expect(try self.options([], environment: variables).url == "http://s")
        #expect(try self.options(["--url", "http://h", "--key", "k"], environment: variables).url == "http://h")
    }

    @Test(arguments: [["--tools", "web"], ["--instructions", "@/no/such/file"]])
    func wrongFlags(_ flags: [String]) throws {
        let terminal = Terminal(inputIsTerminal: true, outputIsTerminal: true, errorIsTerminal: true, allowsColours: true)
        let error = try #require(throws: ChatFailure.self) { _ = try ChatSettings(options(flags), terminal: terminal) }
        let failure = Failure(error)
        #expect(failure.code == 64 && failure.message.hasPrefix("\(flags[0]): "))
    }

    @Test func everySettingHasItsFlag() throws {
        let help = ChatCommand.helpMessage()
        for setting in ChatSetting.allCases where setting != .prompt {
            let flag = try #require(setting.flag)
            #expect(help.contains("  \(flag)"), "\(setting)")
        }
        #expect(ChatSetting.prompt.flag == nil)
    }

    @Test func helpNamesEveryFlag() {
        let help = ChatCommand.helpMessage()
        for flag in ["--url", "--key", "--model", "--instructions", "--tools", "--yes", "--cwd", "--history", "--tool-env", "--plain", "HOTLINE_KEY", "130"] {
            #expect(help.contains(flag), "\(flag)")
        }
        let failure = Failure(.nothingListens(authority: "127.0.0.1:8484"))
        #expect(failure.message == "nothing listens on 127.0.0.1:8484" && failure.code == 69)
        #expect(failure.wayOut == "Start a server with 'hotline serve', or point --url or HOTLINE_SERVER at a running one.")
    }

    @Test func failures() {
        let failures: [(ChatFailure, String, Int32)] = [
            (.badSetting(.directory, problem: "p", wayOut: "W."), "--cwd: p", 64), (.badSetting(.url, problem: "p", wayOut: nil), "--url: p", 64),
            (.badSetting(.prompt, problem: "p", wayOut: "W."), "p", 64), (.keyRefused(reason: "r"), "the server refuses the key: r", 77),
            (.noModel(url: "u"), "the server at u lists no model", 69),
            (.modelsNotListed(url: "u", reason: "r"), "the server at u does not list its models: r", 69),
            (.terminalNotUsable, "the terminal cannot be set up for editing lines", 71),
        ]
        for (error, message, code) in failures {
            let failure = Failure(error)
            #expect(failure.message == message && failure.code == code)
            #expect(failure.wayOut.hasSuffix("."))
        }
    }

    @Test(arguments: [(ChatEnding.answered, Int32(0)), (.left, 0), (.failed, 1), (.cancelled, 130), (.signal(15), 143)])
    func exitCodes(_ ending: ChatEnding, _ code: Int32) { #expect(ChatCommand.exitCode(ending) == code) }
}
