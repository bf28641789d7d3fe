import LibC
import Testing

@testable import hotline

/// What outlasts a server, and who may read it.
@Suite struct StateFolderTests {
    /// A folder that is gone when the test is over.
    private func with(_ body: (String) throws -> Void) rethrows {
        var template = Array("/tmp/hotline-state-XXXXXX".utf8CString)
        let path = String(cString: mkdtemp(&template)!)
        defer {
            for name in ["state/deep/sealing-key", "state/deep", "state"] { remove("\(path)/\(name)") }
            rmdir(path)
        }
        try body(path)
    }

    private func problem(_ folder: StateFolder) -> String? {
        do {
            _ = try SealingSecret.find(given: nil, in: folder)
            return nil
        } catch { return error.message }
    }

    @Test func whereItIs() {
        func path(_ named: String?, _ environment: [String: String]) -> String? {
            StateFolder(named: named, environment: { environment[$0] })?.path
        }
        #expect(path("here", ["HOME": "/home/me"]) == "here")
        #expect(path(nil, [:]) == nil)
        #if os(macOS)
        #expect(path(nil, ["HOME": "/Users/me"]) == "/Users/me/Library/Application Support/hotline")
        #else
        #expect(path(nil, ["HOME": "/home/me"]) == "/home/me/.local/state/hotline")
        #expect(path(nil, ["HOME": "/home/me", "XDG_STATE_HOME": "/state"]) == "/state/hotline")
        #expect(path(nil, ["HOME": "/home/me", "XDG_STATE_HOME": "relative"]) == "/home/me/.local/state/hotline")
        #expect(path(nil, ["HOME": "", "XDG_STATE_HOME": ""]) == nil)
        #endif
    }

    @Test("a key is made once, for the user only, and found again")
    func aKeyIsMadeOnce() throws {
        try with { path in
            let folder = StateFolder(path: "\(path)/state/deep")
            let secret = try #require(try SealingSecret.find(given: nil, in: folder))
            #expect(secret.count == 32 && Set(secret).count > 8)
            #expect(fileMode(folder.path) == 0o700 && fileMode("\(folder.path)/sealing-key") == 0o600)
            #expect(try SealingSecret.find(given: nil, in: folder) == secret)
            #expect(try SealingSecret.find(given: "another one of theirs", in: folder) == Array("another one of theirs".utf8))
            #expect(try SealingSecret.find(given: nil, in: nil) == nil)
        }
    }

    @Test("a file that others may read, or that is not a key, is not taken, and not replaced")
    func whatIsNotTaken() throws {
        try with { path in
            let folder = StateFolder(path: "\(path)/state/deep")
            let file = "\(folder.path)/sealing-key"
            let secret = try SealingSecret.find(given: nil, in: folder)
            chmod(file, 0o640)
            #expect(problem(folder)?.contains("others may read") == true)
            chmod(file, 0o600)
            #expect(try SealingSecret.find(given: nil, in: folder) == secret)
            truncate(file, 31)
            #expect(problem(folder)?.contains("is not a key") == true)
            truncate(file, 2000)
            #expect(problem(folder)?.contains("larger") == true)
            remove(file)
            mkfifo(file, 0o600)
            #expect(problem(folder)?.contains("not a file") == true)
            remove(file)
            chmod(folder.path, 0o777)
            #expect(problem(folder)?.contains("others may write") == true)
            chmod(folder.path, 0o700)
            mkdir(file, 0o700)
            #expect(problem(folder) != nil)
        }
        #expect(problem(StateFolder(path: "/dev/null/state"))?.contains("/dev/null") == true)
    }
}
