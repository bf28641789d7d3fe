import ArgumentParser
import ResponsesEngine
import ResponsesServer
import ScriptedEngine
import Testing

@testable import hotline

/// What a person reads. The exit codes are a contract for scripts.
@Suite struct TextTests {
    @Test func failures() {
        let failures: [(Failure, String, Int32)] = [
            (.portInUse("127.0.0.1", 8484), "port 8484 on 127.0.0.1 is in use", 69),
            (.cannotListen("h", 1, "why"), "cannot listen on h:1: why", 71),
            (.engineDown("http://e", "why"), "the engine at http://e does not answer: why", 70),
            (.openToEverybody("0.0.0.0"), "refusing to listen on 0.0.0.0 without a key: everybody on the network could use the engine", 78),
            (.badSetting("wrong", "Way out."), "wrong", 64),
        ]
        for (failure, message, code) in failures {
            #expect(failure.message == message)
            #expect(failure.code == code)
            #expect(failure.wayOut.hasSuffix("."))
        }
        #expect(Set(failures.map(\.2)).count == failures.count)
    }

    /// The engine's adapter says what is wrong; only the program knows its flags.
    @Test func anEngineThatFailsAtTheStartNamesTheFlag() {
        let down = EngineChoice.failure(EngineError(.unavailable, "Nothing listens at the engine's address."), of: "http://e")
        #expect(down.message == "the engine at http://e does not answer: Nothing listens at the engine's address.")
        #expect(down.wayOut.contains("--engine") && down.wayOut.contains("--wait-for-engine") && down.code == 70)
        let refused = EngineChoice.failure(EngineError(.unauthorized, "The engine refused this server's key."), of: "http://e")
        #expect(refused.message == "the engine at http://e refuses this server: The engine refused this server's key.")
        #expect(refused.wayOut.contains("--engine-key") && refused.wayOut.hasSuffix(".") && refused.code == 70)
    }

    private func banner(_ flags: [String], models: [String] = ["scripted"]) throws -> String {
        let settings = try ServeSettings(ServeFlags.parse(flags)) { _ in nil }
        let engines = EnginesByModel([EngineMember(id: "scripted", engine: ScriptedEngine())])
        let choice = ChosenEngine(engines: engines, description: "the engine", models: models)
        return Banner(settings: settings, port: 4242, choice: choice, store: "in memory, until the server stops").text
    }

    @Test func theBannerTellsWhatToDoNext() throws {
        let text = try banner([])
        for part in [
            "http://127.0.0.1:4242/v1", "the engine", "scripted", "only this machine", "  Stored     in memory, until the server stops\n", #"api_key="none""#,
            "  hotline codex --server http://127.0.0.1:4242/v1\n", "  hotline connect NAME --server", "curl http://127.0.0.1:4242/v1/responses",
        ] { #expect(text.contains(part), "\(part)") }
        for part in ["/v1/chat/completions", "  Messages   http://127.0.0.1:4242   (", "  hotline claude --server"] { #expect(text.contains(part), "\(part)") }
        #expect(!text.contains("Authorization") && !text.contains("YOUR_KEY"))
        let demo = try banner([], models: [DemoModel.name])
        #expect(demo.contains("need a larger model") && !demo.contains("hotline codex"))
    }

    @Test func theBannerKeepsKeysToItself() throws {
        let text = try banner(["--api-key", "SECRET", "--engine-key", "SECRET2", "--host", "::1"], models: (1...9).map { "model\($0)" })
        #expect(!text.contains("SECRET"))
        for part in ["http://[::1]:4242/v1", "Bearer YOUR_KEY", "HOTLINE_API_KEY=YOUR_KEY hotline codex", "model6 and 3 more"] { #expect(text.contains(part), "\(part)") }
        #expect(try banner([], models: []).contains("the engine named none"))
    }

    @Test func helpNamesEveryFlagAndVariable() {
        let help = ServeCommand.helpMessage()
        for setting in Setting.all { #expect(help.contains("\(setting.flag) ") || help.contains("\(setting.flag)\n"), "\(setting.flag)") }
        for name in ["--config", "HOTLINE_CONFIG", "HOTLINE_PORT", "HOTLINE_API_KEYS", "HOTLINE_MODELS", "HOTLINE_LIMITS"] {
            #expect(help.contains(name), "\(name)")
        }
        #expect(HotlineCommand.configuration.version == "hotline \(Version.current)")
    }
}
