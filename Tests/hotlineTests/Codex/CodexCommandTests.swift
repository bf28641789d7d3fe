import ArgumentParser
import LibC
import Testing

@testable import hotline

/// What `hotline codex` is given, and what Codex is given by it.
@Suite struct CodexCommandTests {
    @Test func whatFollowsTheDashesIsCodexs() throws {
        let command = try CodexCommand.parse(["--model", "m", "--", "exec", "--model", "x", "--", "y"])
        #expect(command.flags.model == "m" && command.arguments == ["exec", "--model", "x", "--", "y"])
        #expect(try CodexCommand.parse([]).arguments == [])
        #expect(throws: (any Error).self) { try CodexCommand.parse(["exec"]) }
    }

    @Test func theFolderIsTheUsersDataFolder() throws {
        func folder(_ variables: [String: String]) throws -> String { try CodexHome(environment: { variables[$0] }).folder.path }
        #expect(try folder(["HOME": "/home/u"]) == "/home/u/.local/share/hotline/codex")
        #expect(try folder(["HOME": "/home/u", "XDG_DATA_HOME": "/data"]) == "/data/hotline/codex")
        #expect(try folder(["HOME": "/home/u", "XDG_DATA_HOME": "data"]) == "/home/u/.local/share/hotline/codex")
        #expect(throws: Failure.self) { try folder([:]) }
    }

    @Test func codexGetsItsKeyAndNoOther() throws {
        let home = try CodexHome(environment: { ["HOME": "/h"][$0] })
        let given = [
            "PATH": "/bin", "CODEX_HOME": "/mine", "HOTLINE_API_KEYS": "a,b", "HOTLINE_ENGINE_KEY": "c", "HOTLINE_ENGINE_HEADER": "d=e",
            "HOTLINE_API_KEY": "old",
        ]
        let variables = CodexCommand.environment(home, key: "new", of: given)
        #expect(variables == ["PATH": "/bin", "CODEX_HOME": "/h/.local/share/hotline/codex", "HOTLINE_API_KEY": "new"])
        #expect(CodexCommand.environment(home, key: nil, of: [:])["HOTLINE_API_KEY"] == "none")
    }

    @Test func theProgramIsFound() throws {
        func program(_ named: String?, _ variables: [String: String]) throws -> String {
            try AgentProgram.codex.find(named, environment: { variables[$0] })
        }
        #expect(try program("sh", ["PATH": "/no/such:/bin"]) == "/bin/sh")
        #expect(try program("/bin/sh", [:]) == "/bin/sh")
        #expect(try program(nil, ["HOTLINE_CODEX": "sh", "PATH": "/bin"]) == "/bin/sh")
        for (named, variables) in [(nil, ["PATH": "/no/such"]), ("/etc/passwd", [:]), ("/bin", [:]), ("sh", [:])] as [(String?, [String: String])] {
            let failure = try #require(throws: Failure.self) { _ = try program(named, variables) }
            #expect(failure.code == 69 && failure.wayOut.contains("npm install -g @openai/codex") && failure.wayOut.contains("HOTLINE_CODEX"))
        }
    }

    @Test func helpSaysWhatHappens() {
        let help = CodexCommand.helpMessage()
        for part in ["--model", "--server", "--engine", "--codex", "--any-context", "HOTLINE_API_KEY", "HOTLINE_CODEX", "~/.codex"] {
            #expect(help.contains(part), "\(part)")
        }
    }

    /// Its folder is made with all above it, for the user alone; what Codex noted stays; the list of models is asked for anew.
    @Test func theFolderIsPrepared() throws {
        let root = "/tmp/hotline-codex-home-\(UInt64.random(in: 0...UInt64.max))"
        let home = try CodexHome(environment: { ["XDG_DATA_HOME": root][$0] })
        defer {
            for name in ["config.toml", "models_cache.json"] { unlink("\(home.folder.path)/\(name)") }
            for folder in [home.folder.path, "\(root)/hotline", root] { rmdir(folder) }
        }
        let configuration = CodexConfiguration(model: ServedModel(baseURL: "http://h/v1", name: "m"))
        try home.prepare(configuration)
        let path = "\(home.folder.path)/config.toml"
        #expect(try TextFile.read(path, bytesMax: 10_000) == configuration.text)
        #expect(fileMode(home.folder.path) == 0o700)
        let trusted = "[projects.\"/p\"]\ntrust_level = \"trusted\"\n"
        try NewFile.write("model = \"x\"\n\n\(trusted)", to: path, replaces: true)
        try NewFile.write("{}", to: "\(home.folder.path)/models_cache.json", replaces: false)
        try home.prepare(configuration)
        #expect(try TextFile.read(path, bytesMax: 10_000) == configuration.text + "\n" + trusted)
        #expect(access("\(home.folder.path)/models_cache.json", F_OK) != 0)
    }
}
