import LibC
import ResponsesClient
import Testing

@testable import TerminalChat

/// What the tools do with files, on a real file system.
@Suite struct FolderFilesTests {
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
        _ = try await ShellCommand(command: "rm -rf '\(around)'", directory: "/").run()
        return try result.get()
    }

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
            _ = try await ShellCommand(
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
            let outside = try await ShellCommand(command: "cat secret; ls", directory: around).run()
            #expect(outside.output == "secret\nroot\nsecret\n")
        }
    }

    @Test func whatIsNoTextOrTooLarge() async throws {
        try await withFolder { files, around in
            var files = files
            _ = try await ShellCommand(command: "printf 'a\\000b' >zero; printf '\\377' >bad; head -c 2000 /dev/zero | tr '\\0' x >long", directory: around + "/root").run()
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
}
