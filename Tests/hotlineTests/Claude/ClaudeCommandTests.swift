import ArgumentParser
import LibC
import Testing

@testable import hotline

/// What `hotline claude` is given, and what Claude Code is given by it. Tests/Compat starts a program with it.
@Suite struct ClaudeCommandTests {
    private static func model(_ context: Int?, _ outputMax: Int? = nil, name: String = "m") -> ServedModel {
        ServedModel(baseURL: "http://127.0.0.1:8484/v1", name: name, contextTokens: context, outputTokensMax: outputMax)
    }

    private func environment(_ model: ServedModel, key: String? = nil, of given: [String: String] = [:]) throws -> [String: String] {
        let home = try ClaudeHome(environment: { ["HOME": "/h"][$0] })
        return ClaudeVariables.environment(model, key: key, folder: home.folder, of: given)
    }

    @Test func whatFollowsTheDashesIsClaudeCodes() throws {
        let command = try ClaudeCommand.parse(["--model", "m", "--", "-p", "hi", "--model", "x"])
        #expect(command.flags.model == "m" && command.arguments == ["-p", "hi", "--model", "x"])
        #expect(throws: (any Error).self) { try ClaudeCommand.parse(["hi"]) }
    }

    @Test func everyNameOfAModelIsThisModel() throws {
        let variables = try environment(Self.model(32_768, name: "org/m"))
        let kinds = ["OPUS", "SONNET", "HAIKU", "FABLE"].map { "ANTHROPIC_DEFAULT_\($0)_MODEL" }
        for name in ["ANTHROPIC_MODEL", "CLAUDE_CODE_SUBAGENT_MODEL"] + kinds { #expect(variables[name] == "org/m", "\(name)") }
        #expect(variables["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:8484", "it adds /v1 itself")
        #expect(variables["CLAUDE_CONFIG_DIR"] == "/h/.local/share/hotline/claude")
        #expect(variables["CLAUDE_CODE_ATTRIBUTION_HEADER"] == "0" && variables["API_TIMEOUT_MS"] == "1800000")
    }

    /// By the context and the most that an answer may have: the window and the output that it is told, whether all tools are sent at once,
    /// and whether there are fewer.
    @Test(arguments: [
        (nil, nil, nil, nil, "false", false), (nil, 2000, nil, nil, "false", false),
        (24_000, nil, "24000", "4096", "false", true), (65_535, nil, "65535", "4096", "false", true),
        (65_536, nil, "65536", "8192", "false", false), (65_536, 2000, "65536", "2000", "false", false),
        (127_999, nil, "127999", "8192", "false", false), (128_000, 100_000, "128000", "8192", nil, false),
    ] as [(Int?, Int?, String?, String?, String?, Bool)])
    func sizesAreTheModels(
        _ context: Int?, _ outputMax: Int?, _ window: String?, _ output: String?, _ search: String?, _ isCut: Bool
    ) throws {
        let variables = try environment(Self.model(context, outputMax))
        #expect(variables["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] == window && variables["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] == output)
        #expect(variables["ENABLE_TOOL_SEARCH"] == search)
        #expect(ClaudeHead.arguments(["-p", "x"], contextTokens: context) == (isCut ? ["--tools=Bash,Read,Edit,Write,Glob,Grep"] : []) + ["-p", "x"])
    }

    @Test(arguments: [
        (["--tools", "Bash"], true), (["-p", "x", "--tools=default"], true), (["--bare"], true), ([], false), (["--", "--tools"], false),
        (["--toolsome"], false),
    ])
    func toolsThatItsUserChoseStay(_ given: [String], _ isChosen: Bool) {
        #expect((ClaudeHead.arguments(given, contextTokens: 32_768) == given) == isChosen)
    }

    @Test func itsKeyIsTheOnlyOneAndNothingLeadsElsewhere() throws {
        let given = [
            "PATH": "/bin", "ANTHROPIC_API_KEY": "a", "ANTHROPIC_CUSTOM_HEADERS": "x: b", "CLAUDE_CODE_USE_BEDROCK": "1",
            "CLAUDE_CODE_AUTO_MODE_SERVER": "0", "HOTLINE_API_KEYS": "c", "HOTLINE_ENGINE_KEY": "d", "HOTLINE_API_KEY": "e",
            "HOTLINE_KEY": "f", "CLAUDE_CONFIG_DIR": "/mine", "CLAUDE_CODE_MAX_RETRIES": "2", "ENABLE_TOOL_SEARCH": "true",
        ]
        var ours = try environment(Self.model(200_000), key: "new")
        #expect(ours["ANTHROPIC_AUTH_TOKEN"] == "new" && ours["ANTHROPIC_API_KEY"] == nil)
        ours["PATH"] = "/bin"
        ours["CLAUDE_CODE_MAX_RETRIES"] = "2"
        ours["ENABLE_TOOL_SEARCH"] = "true"
        #expect(try environment(Self.model(200_000), key: "new", of: given) == ours)
        #expect(try environment(Self.model(nil))["ANTHROPIC_AUTH_TOKEN"] == "none")
    }

    @Test(arguments: [(nil, false), (32_768, false), (23_944, false), (23_943, true), (4096, true)])
    func aContextThatIsTooSmallIsRefusedWithBothNumbers(_ context: Int?, _ isRefused: Bool) {
        let refusal = ClaudeHead.refusal(of: Self.model(context, name: "tiny"))
        #expect((refusal != nil) == isRefused)
        if let refusal, let context {
            #expect(refusal.message.contains("23944") && refusal.message.hasSuffix("'tiny' has \(context)"))
            #expect(refusal.wayOut.contains("--any-context"))
        }
    }

    @Test(arguments: [("claude-3", true), ("m[1m]", true), ("my-claude-3", false), ("qwen3", false)])
    func aNameThatItKnowsIsSaid(_ name: String, _ isSaid: Bool) {
        #expect((ClaudeHead.warning(of: Self.model(32_768, name: name)) != nil) == isSaid)
        #expect(ClaudeHead.warning(of: Self.model(nil, name: name))?.contains(isSaid ? "another name" : "does not know the context") == true)
    }

    @Test func theProgramIsFound() throws {
        #expect(try AgentProgram.claude.find(nil, environment: { ["HOTLINE_CLAUDE": "sh", "PATH": "/bin"][$0] }) == "/bin/sh")
        let failure = try #require(throws: Failure.self) { _ = try AgentProgram.claude.find(nil, environment: { ["PATH": "/no"][$0] }) }
        #expect(failure.message == "Claude Code is not installed: there is no 'claude' in PATH" && failure.wayOut.contains("HOTLINE_CLAUDE"))
    }

    /// Its files are made once, for the user alone; what stands there is Claude Code's and the user's.
    @Test func theFolderIsPreparedOnce() throws {
        let root = "/tmp/hotline-claude-home-\(UInt64.random(in: 0...UInt64.max))"
        let home = try ClaudeHome(environment: { ["XDG_DATA_HOME": root][$0] })
        let folder = home.folder.path
        defer {
            for file in ClaudeHome.files { unlink("\(folder)/\(file.name)") }
            for folder in [folder, "\(root)/hotline", root] { rmdir(folder) }
        }
        func text(_ name: String) throws -> String { try TextFile.read("\(folder)/\(name)", bytesMax: 1000) }
        try home.prepare()
        #expect(try text("settings.json") == "{\"disableAutoMode\":\"disable\"}\n")
        #expect(try text(".claude.json") == "{\"hasCompletedOnboarding\":true,\"theme\":\"auto\"}\n")
        #expect(fileMode(folder) == 0o700)
        #expect(fileMode("\(folder)/.claude.json") == 0o600)
        try NewFile.write("{\"theme\":\"dark\"}", to: "\(folder)/.claude.json", replaces: true)
        unlink("\(folder)/settings.json")
        try home.prepare()
        #expect(try text(".claude.json") == "{\"theme\":\"dark\"}")
        #expect(try text("settings.json") == "{\"disableAutoMode\":\"disable\"}\n")
    }

    @Test func helpSaysWhatHappens() {
        let help = ClaudeCommand.helpMessage()
        for part in ["--model", "--server", "--engine", "--claude", "--any-context", "--tools", "HOTLINE_API_KEY", "HOTLINE_CLAUDE", "~/.claude"] {
            #expect(help.contains(part), "\(part)")
        }
    }
}
