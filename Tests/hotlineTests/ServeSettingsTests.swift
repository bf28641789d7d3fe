import ArgumentParser
import BufferedLog
import Logging
import ResponsesCore
import ResponsesServer
import ScriptedEngine
import Testing

@testable import hotline

/// What the flags and the environment mean together.
@Suite struct ServeSettingsTests {
    private func settings(_ flags: [String], _ environment: [String: String] = [:]) throws -> ServeSettings {
        try ServeSettings(ServeFlags.parse(flags)) { environment[$0] }
    }

    /// What the user reads, and the exit code.
    private func failure(_ flags: [String], _ environment: [String: String] = [:]) -> Failure? {
        do {
            _ = try settings(flags, environment)
            return nil
        } catch { return error as? Failure }
    }

    @Test func withoutAnything() throws {
        let settings = try settings([])
        #expect(settings.server.host == "127.0.0.1" && settings.server.port == 8484)
        #expect(!settings.hasKeys && settings.server.keys.isEmpty)
        #expect(settings.server.limits == Limits())
        #expect(settings.logLevel == .info)
        #expect(settings.scripted == ScriptedSettings())
        #expect(settings.engines.map(\.place) == [.find])
    }

    @Test func flagsWinOverTheEnvironment() throws {
        let environment = [
            "HOTLINE_HOST": "::1", "HOTLINE_PORT": "1", "HOTLINE_LIFETIME": "1m", "HOTLINE_SHUTDOWN_GRACE": "1s",
            "HOTLINE_LOG_LEVEL": "debug", "HOTLINE_ENGINE": "scripted", "HOTLINE_ENGINE_KEY": "one",
            "HOTLINE_SCRIPTED": "decode=1",
        ]
        let fromEnvironment = try settings([], environment)
        #expect(fromEnvironment.server.host == "::1" && fromEnvironment.server.port == 1)
        #expect(fromEnvironment.server.limits.lifetime == .seconds(60))
        #expect(fromEnvironment.server.limits.shutdownGrace == .seconds(1))
        #expect(fromEnvironment.logLevel == .debug && fromEnvironment.engines[0].key == "one")
        #expect(fromEnvironment.scripted.speed.decodeTokensPerSecond == 1)
        #expect(fromEnvironment.engines.map(\.place) == [.scripted])
        let both = try settings(
            [
                "--host", "localhost", "--port", "2", "--lifetime", "2m", "--shutdown-grace", "2s", "--log-level", "TRACE",
                "--engine", "http://127.0.0.1:8080", "--engine-key", "two", "--scripted", "decode=2",
            ], environment)
        #expect(both.server.host == "localhost" && both.server.port == 2)
        #expect(both.server.limits.lifetime == .seconds(120) && both.server.limits.shutdownGrace == .seconds(2))
        #expect(both.logLevel == .trace && both.engines[0].key == "two")
        #expect(both.scripted.speed.decodeTokensPerSecond == 2)
        #expect(both.engines.map(\.place) == [.url("http://127.0.0.1:8080")])
    }

    @Test(arguments: [
        (["--gguf", "m.gguf"], [:], EngineSettings.Place.gguf("m.gguf"), false), (["--demo-model"], [:], .demo, false),
        ([], ["HOTLINE_GGUF": "m.gguf"], .gguf("m.gguf"), false), ([], ["HOTLINE_DEMO_MODEL": "yes"], .demo, false),
        // What is nearer wins over what is not.
        (["--engine", "scripted"], ["HOTLINE_GGUF": "m.gguf"], .scripted, false), (["--gguf", "m.gguf"], ["HOTLINE_ENGINE": "scripted"], .gguf("m.gguf"), false),
        (["--gguf", "m.gguf"], ["HOTLINE_DEMO_MODEL": "yes"], .gguf("m.gguf"), false),
        ([], ["HOTLINE_DEMO_MODEL": "if-no-engine"], .find, true), ([], ["HOTLINE_DEMO_MODEL": "no"], .find, false),
        (["--engine", "scripted"], ["HOTLINE_DEMO_MODEL": "if-no-engine"], .scripted, true), (["--demo-model"], ["HOTLINE_DEMO_MODEL": "if-no-engine"], .demo, false),
    ])
    func enginesOfOurOwn(_ flags: [String], _ environment: [String: String], _ place: EngineSettings.Place, _ ifNoEngine: Bool) throws {
        let settings = try settings(flags, environment)
        #expect(settings.engines.map(\.place) == [place] && settings.demoIfNoEngine == ifNoEngine)
    }

    @Test(arguments: [
        (["--gguf", "m", "--engine", "scripted"], [:], "--gguf: 'engine' and 'gguf' name an engine each"),
        (["--gguf", "m", "--demo-model"], [:], "--demo-model: 'gguf' and 'demo-model' name an engine each"),
        ([], ["HOTLINE_DEMO_MODEL": "maybe"], "HOTLINE_DEMO_MODEL: 'maybe' is neither yes, no nor if-no-engine"),
    ])
    func enginesOfOurOwnThatDoNotGoTogether(_ flags: [String], _ environment: [String: String], _ message: String) {
        #expect(failure(flags, environment)?.message == message)
    }

    @Test func theDemoModelHasAFolder() throws {
        #expect(try settings([], ["HOME": "/h"]).demo.folder == "/h/.local/share/hotline/demo-model")
        #expect(try settings([], ["HOME": "/h", "XDG_DATA_HOME": "/d"]).demo.folder == "/d/hotline/demo-model")
        #expect(try settings(["--demo-folder", "/x"], ["HOME": "/h"]).demo.folder == "/x")
    }

    @Test func theLogsFormIsAFlagOrAVariable() throws {
        #expect(try settings([]).logFormat == .text && !settings([]).server.accessLog)
        #expect(try settings(["--log-format", "JSON", "--access-log"]).logFormat == .json)
        #expect(try settings(["--access-log"]).server.accessLog)
        #expect(try settings([], ["HOTLINE_LOG_FORMAT": "json"]).logFormat == .json)
        #expect(try settings(["--log-format", "text"], ["HOTLINE_LOG_FORMAT": "json"]).logFormat == .text)
        #expect(try settings([], ["HOTLINE_LOG_FORMAT": "", "HOTLINE_ACCESS_LOG": ""]).logFormat == .text)
        for text in ["yes", "TRUE", "on", "1"] { #expect(try settings([], ["HOTLINE_ACCESS_LOG": text]).server.accessLog) }
        for text in ["no", "False", "off", "0"] {
            #expect(try !settings([], ["HOTLINE_ACCESS_LOG": text]).server.accessLog)
            #expect(try settings(["--access-log"], ["HOTLINE_ACCESS_LOG": text]).server.accessLog)
        }
        let wrong = failure([], ["HOTLINE_ACCESS_LOG": "maybe"])
        #expect(wrong?.message == "HOTLINE_ACCESS_LOG: 'maybe' is neither yes nor no" && wrong?.code == 64)
        #expect(failure([], ["HOTLINE_LOG_FORMAT": "xml"])?.message == "HOTLINE_LOG_FORMAT: 'xml' is not a format")
    }

    @Test func listsAddUp() throws {
        let settings = try settings(
            ["--api-key", "a", "--api-key", "b", "--model", "x=y", "--model", "url=http://e/?a=b"],
            ["HOTLINE_API_KEYS": "c, d,,", "HOTLINE_MODELS": "big=llama,small=tiny"])
        for key in ["a", "b", "c", "d"] { #expect(settings.server.keys.owner(authorization: "Bearer \(key)") != nil) }
        #expect(settings.server.keys.owner(authorization: "Bearer ") == nil)
        #expect(settings.aliases == ["x": "y", "url": "http://e/?a=b", "big": "llama", "small": "tiny"])
    }

    @Test func anEmptyVariableIsNone() throws {
        let settings = try settings([], ["HOTLINE_API_KEYS": "", "HOTLINE_PORT": "", "HOTLINE_ENGINE": "", "HOTLINE_LIFETIME": ""])
        #expect(!settings.hasKeys && settings.server.port == 8484)
    }

    @Test(arguments: [
        (["--port", "70000"], "--port: '70000' is not a port", 64), (["--port", "x"], "--port: 'x' is not a port", 64),
        (["--codex-lite", "maybe"], "--codex-lite: 'maybe' is not a mode", 64),
        (["--reasoning-events", "loud"], "--reasoning-events: 'loud' is not a style", 64),
        (["--chat-reasoning", "thoughts"], "--chat-reasoning: 'thoughts' is not a name", 64),
        (["--engine-set", "strict"], "--engine-set: 'strict' is not a pair", 64), (["--engine-header", "SECRET"], "--engine-header: a value is not a pair", 64),
        (["--lifetime", "soon"], "--lifetime: 'soon' is not a duration", 64),
        (["--lifetime", "0"], "--lifetime: '0' is not a duration", 64), (["--shutdown-grace", "1d"], "--shutdown-grace: '1d' is not a duration", 64),
        (["--log-level", "loud"], "--log-level: 'loud' is not a level", 64), (["--model", "x"], "--model: 'x' names no model", 64),
        (["--model", "=y"], "--model: '=y' names no model", 64), (["--scripted", "fast"], "--scripted: 'fast' is not a part", 64),
        (["--api-key", ""], "--api-key: a key is empty", 64), (["--log-format", "xml"], "--log-format: 'xml' is not a format", 64),
        (["--host", "0.0.0.0"], "refusing to listen on 0.0.0.0 without a key", 78),
        (["--host", "127.evil.example"], "refusing to listen on 127.evil.example without a key", 78),
    ])
    func whatIsWrongIsNamed(flags: [String], message: String, code: Int32) throws {
        let found = failure(flags)
        let failure = try #require(found)
        #expect(failure.message.hasPrefix(message), "\(failure.message)")
        #expect(failure.code == code)
        #expect(failure.wayOut.hasSuffix(".") && !failure.wayOut.isEmpty)
    }

    @Test func withAKeyItListensAnywhere() throws {
        #expect(try settings(["--host", "0.0.0.0", "--api-key", "a"]).server.host == "0.0.0.0")
        #expect(try settings(["--host", "0.0.0.0"], ["HOTLINE_API_KEYS": "a"]).hasKeys)
        #expect(failure(["--host", "0.0.0.0"], ["HOTLINE_API_KEYS": " , "])?.code == 78)
    }

    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("90s", .seconds(90)), ("60m", .seconds(3600)), ("1h", .seconds(3600)),
        ("5", .seconds(5)), ("0.5s", .milliseconds(500)), ("", nil), ("s", nil), ("ms", nil), ("-1s", nil), ("1d", nil),
        ("1 s", nil), ("infs", nil), ("nan", nil), ("1e400h", nil), ("1e9h", nil), ("2000000h", nil),
    ])
    func durations(_ text: String, _ duration: Duration?) { #expect(Duration(shortForm: text) == duration) }

    @Test(arguments: [["--prot", "1"], ["extra"], ["--port"]])
    func wrongFlagsAreTheParsers(_ flags: [String]) {
        #expect(throws: (any Error).self) { try ServeCommand.parse(flags) }
    }
}
