import ChildProcess
import LibC
import Testing

/// Programs that share this one's terminal. One at a time: signals are the whole process's. That one takes this process's place, and
/// gets what is sent to this one, is tested with the built program, in Tests/Compat.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ForegroundProgramTests {
    private func shell(_ command: String, _ arguments: String..., environment: [String: String] = [:]) -> ForegroundProgram {
        ForegroundProgram("/bin/sh", ["-c", command, "sh"] + arguments, environment: environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
    }

    @Test(arguments: [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 128 + SIGTERM), ("kill -KILL $$", 128 + SIGKILL)])
    func itsEndIsOurs(_ command: String, _ code: Int32) async throws {
        #expect(try await shell(command).run() == code)
    }

    @Test func argumentsAndVariablesArriveAsTheyAre() async throws {
        let check = #"test "$1" = "a b" && test "$2" = '$x' && test "$VALUE" = "c=d e" && test -z "$HOME""#
        #expect(try await shell(check, "a b", "$x", environment: ["VALUE": "c=d e"]).run() == 0)
    }

    /// As it hears what the terminal sends, and writes to pipes, whatever this process ignores.
    @Test(arguments: ["INT", "QUIT", "TERM", "HUP", "PIPE"])
    func itHearsItsSignals(_ signal: String) async throws {
        #expect(try await shell("kill -\(signal) $$; exit 0").run() > 128)
    }

    /// A program that held a socket of ours would keep its port.
    @Test func ourFilesAreNotItsOwn() async throws {
        let file = dup(STDERR_FILENO)
        try #require(file > 2)
        defer { close(file) }
        #expect(try await shell("test ! -e /dev/fd/\(file)").run() == 0)
    }

    @Test func aProgramThatIsNotThere() async {
        let failure = await #expect(throws: ChildProcessFailure.self) {
            try await ForegroundProgram("/no/such/program", [], environment: [:]).run()
        }
        #expect(failure?.message.hasPrefix("'/no/such/program' cannot be started: ") == true)
        #expect(ForegroundProgram("/no/such/program", [], environment: [:]).become().message.hasPrefix("'/no/such/program' cannot be"))
    }

    @Test("a program whose place could not be taken leaves this one's signals as they were")
    func signalsStayAsTheyWere() {
        let before = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, before) }
        _ = ForegroundProgram("/no/such/program", [], environment: [:]).become()
        #expect(unsafeBitCast(signal(SIGPIPE, SIG_IGN), to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self))
    }
}
