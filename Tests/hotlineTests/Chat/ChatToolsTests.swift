import ResponsesClient
import Testing

@testable import hotline

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The shell and the files, on a real system.
@Suite struct ChatToolsTests {
    /// A folder that is gone afterwards, and the directory around it.
    private func withFolder<R>(_ body: (FolderFiles, String) async throws -> R) async throws -> R {
        var template = Array("/tmp/hotline-test-XXXXXX".utf8CString)
        let around = try #require(mkdtemp(&template).map { String(cString: $0) })
        let root = around + "/root"
        mkdir(root, 0o755)
        let result: Result<R, any Error>
        do {
            result = .success(try await body(FolderFiles(folder: ConfinedFolder(root)), around))
        } catch { result = .failure(error) }
        _ = try await ShellRun(command: "rm -rf '\(around)'", directory: "/").run()
        return try result.get()
    }

    private func shell(_ command: String, _ change: (inout ShellRun) -> Void = { _ in }) async throws -> ShellRun.Outcome {
        var run = ShellRun(command: command, directory: "/tmp")
        change(&run)
        return try await run.run()
    }

    // MARK: Shell

    @Test(arguments: [
        ("echo one; echo two >&2", "one\ntwo\n", Int32(0)), ("exit 3", "", 3), ("pwd", "/tmp\n", 0), ("cat", "", 0), ("true", "", 0),
        ("no-such-command-here 2>/dev/null", "", 127), ("echo \"it's $((1+1))\"", "it's 2\n", 0),
        ("test -t 0 || echo none", "none\n", 0), ("(exec </dev/tty) 2>/dev/null || echo none", "none\n", 0),
        ("exec >&- 2>&-; exit 5", "", 5),
    ])
    func commands(_ command: String, _ output: String, _ status: Int32) async throws {
        let outcome = try await shell(command)
        #expect(outcome.output == output)
        #expect(outcome.ending == .exited(status))
    }

    @Test func ourOwnSettingsStayOurs() async throws {
        setenv("HOTLINE_KEY", "secret", 1)
        defer { unsetenv("HOTLINE_KEY") }
        let outcome = try await shell("env")
        #expect(!outcome.output.contains("secret") && outcome.output.contains("PATH=") && outcome.output.contains("TERM=dumb"))
    }

    /// The socket of the line must not be a command's to read and write.
    @Test func ourDescriptorsStayOurs() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let outcome = try await shell("for end in \(ends[0]) \(ends[1]); do test -e /dev/fd/$end && echo $end; done; echo none")
        #expect(outcome.output == "none\n")
    }

    /// A process that left the group holds the pipe and fills it faster than it is read.
    @Test func whoeverLeavesTheGroupHoldsNothingUp() async throws {
        let left = try await shell("command -v setsid >/dev/null || exit 0; setsid sh -c 'echo $$; exec yes' & sleep 0.1")
        #expect(left.ending == .exited(0))
        if let process = pid_t(left.output.prefix { $0.isNumber }) { kill(process, SIGKILL) }
    }

    @Test func aCommandThatDiesTellsItsSignal() async throws {
        #expect(try await shell("kill -9 $$").ending == .killed(signal: SIGKILL))
    }

    @Test func timeIsLimited() async throws {
        let outcome = try await shell("echo begun; sleep 100") { $0.timeMax = .milliseconds(50) }
        #expect(outcome.ending == .timedOut && outcome.output == "begun\n")
    }

    @Test func whoIgnoresTheFirstSignalGetsTheSecond() async throws {
        #expect(try await shell("trap '' TERM; while :; do :; done") { $0.timeMax = .milliseconds(50) }.ending == .timedOut)
    }

    @Test func outputIsLimited() async throws {
        let outcome = try await shell("yes 0123456789 | head -c 100000; echo; echo end") { $0.outputBytesMax = 1000 }
        #expect(outcome.output.utf8.count < 1100)
        #expect(outcome.output.hasPrefix("0123456789\n") && outcome.output.hasSuffix("\nend\n"))
        #expect(outcome.output.contains("bytes left out]"))
    }

    @Test func nothingOutlivesTheCall() async throws {
        let outcome = try await shell("sleep 100 & echo $!")
        let process = try #require(pid_t(outcome.output.trimmed))
        #expect(outcome.ending == .exited(0))
        // A killed child of nobody's is gone as soon as its new parent has looked; a zombie counts as gone.
        #expect(try await shell("ps -o stat= -p \(process) 2>/dev/null | grep -v Z || echo gone").output == "gone\n")
    }

    @Test func cancellingEndsTheWholeGroup() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let outcome = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                continuation.yield()
                do {
                    _ = try await ShellRun(command: "sleep 100 | sleep 100", directory: "/").run()
                    return false
                } catch { return error is CancellationError }
            }
            for await _ in stream { break }
            group.cancelAll()
            return await group.next() ?? false
        }
        #expect(outcome)
    }

    @Test(arguments: [(0, 0), (10, 0), (11, 1), (1000, 990)])
    func cappedOutput(_ count: Int, _ left: Int) {
        for step in [1, 3, 1000] {
            var output = CappedOutput(bytesMax: 10)
            let bytes = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
            for start in stride(from: 0, to: count, by: step) { output.append(bytes[start..<min(start + step, count)]) }
            let note = left > 0 ? "\n[\(left) bytes left out]\n" : ""
            let kept = String(decoding: bytes.prefix(5), as: UTF8.self) + note + String(decoding: bytes.dropFirst(5).suffix(5), as: UTF8.self)
            #expect(output.text == kept)
        }
    }

    // MARK: Files

    @Test func readingAndWriting() async throws {
        try await withFolder { files, _ in
            #expect(try files.write("a/b/c.txt", "one\ntwo\nthree\n") == "wrote 14 bytes")
            #expect(try files.read("a/b/c.txt") == "one\ntwo\nthree\n")
            #expect(try files.read("./a/../a/b/c.txt", fromLine: 2) == "two\nthree\n")
            #expect(try files.read("a/b/c.txt", fromLine: 2, linesMax: 1) == "two\n[lines 2 to 2 of 3; read on with from_line 3]\n")
            #expect(try files.read("a/b/c.txt", fromLine: 3, linesMax: 0) == "three\n")
            #expect(try files.read(files.folder.root + "/a/b/c.txt").hasPrefix("one"))
            #expect(try files.list("") == "a/" && files.list("a/b") == "c.txt")
            #expect(try files.edit("a/b/c.txt", replacing: "two", with: "2\n2") == "replaced 3 bytes by 3")
            #expect(try files.read("a/b/c.txt") == "one\n2\n2\nthree\n")
            #expect(try files.write("empty", "") == "wrote 0 bytes")
            #expect(try files.read("empty") == "")
            chmod(files.folder.root + "/empty", 0o751)
            _ = try files.write("empty", "x")
            var info = stat()
            stat(files.folder.root + "/empty", &info)
            #expect(info.st_mode & 0o777 == 0o751)
            #expect(try files.list(".") == "a/\nempty")
        }
    }

    @Test func nothingLeadsOut() async throws {
        try await withFolder { files, around in
            _ = try await ShellRun(
                command: "echo secret >secret; cd root; ln -s .. up; ln -s ../secret link; ln -s /etc etc; mkfifo pipe; echo x >file; mkdir dir",
                directory: around).run()
            for path in [
                "../secret", "a/../../secret", "/etc/passwd", around + "/secret", around + "/root2", "up/secret", "link", "etc/passwd", "up",
                "etc", "link/x", "pipe", "dir", "file/x", "nothing", "\0", files.folder.root + "/../secret", "up/root/file",
            ] {
                #expect(throws: ToolFailure.self, "\(path)") { try files.read(path) }
            }
            for path in ["../new", "up/new", "link", "etc/new", "dir", "", ".", "pipe", "/tmp/hotline-new", "file/new"] {
                #expect(throws: ToolFailure.self, "\(path)") { try files.write(path, "evil") }
            }
            for path in ["..", "up", "etc", "/", "/etc", "file", "nothing"] {
                #expect(throws: ToolFailure.self, "\(path)") { try files.list(path) }
            }
            #expect(try files.list("") == "dir/\netc@\nfile\nlink@\npipe\nup@")
            let outside = try await ShellRun(command: "cat secret; ls", directory: around).run()
            #expect(outside.output == "secret\nroot\nsecret\n")
        }
    }

    @Test func whatIsNoTextOrTooLarge() async throws {
        try await withFolder { files, around in
            var files = files
            _ = try await ShellRun(command: "printf 'a\\000b' >zero; printf '\\377' >bad; head -c 2000 /dev/zero | tr '\\0' x >long", directory: around + "/root").run()
            for path in ["zero", "bad"] { #expect(throws: ToolFailure.self, "\(path)") { try files.read(path) } }
            files.answerBytesMax = 1000
            #expect(throws: ToolFailure.self) { try files.read("long") }
            files.fileBytesMax = 1000
            #expect(throws: ToolFailure.self) { try files.read("long") }
            #expect(throws: ToolFailure.self) { try files.write("x", String(repeating: "x", count: 1001)) }
            files.entriesMax = 1
            #expect(try files.list("") == "bad\n[2 more]")
        }
    }

    @Test func editsMustBeClear() async throws {
        try await withFolder { files, _ in
            _ = try files.write("f", "aaa b")
            for old in ["", "c", "a", "aa"] { #expect(throws: ToolFailure.self, "\(old)") { try files.edit("f", replacing: old, with: "x") } }
            #expect(try files.edit("f", replacing: " b", with: "") == "replaced 2 bytes by 0")
            #expect(try files.read("f") == "aaa\n")
        }
    }

    // MARK: Pastes

    @Test func pastesStandAsMarks() {
        var book = PasteBook()
        #expect(book.enter("one line\n") == "one line")
        #expect(book.enter("tab\there\u{1B}[0m") == "tab here[0m")
        #expect(book.enter("a\r\nb\rc") == "[paste 1: 3 lines]")
        #expect(book.expand("look: [paste 1: 3 lines]! [x] [paste 2: 1 lines]") == "look: a\nb\nc! [x] [paste 2: 1 lines]")
        #expect(book.enter(String(repeating: "x", count: 1001)) == "[paste 2: 1001 letters]")
        for _ in 0..<PasteBook.pastesMax { _ = book.enter("x\ny") }
        #expect(book.expand("[paste 1: 3 lines]") == "[paste 1: 3 lines]")
    }

    @Test func linesThatGoOn() {
        var lines = Continuation()
        #expect(lines.add("one\\") == nil && lines.isOpen)
        #expect(lines.add("two") == "one\ntwo" && !lines.isOpen)
        #expect(lines.add("path\\\\") == "path\\\\")
    }
}
