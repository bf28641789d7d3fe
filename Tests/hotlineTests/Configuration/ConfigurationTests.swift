import ArgumentParser
import Logging
import ResponsesCore
import ResponsesServer
import Testing

@testable import hotline

/// What the file means, together with flags and variables.
@Suite struct ConfigurationTests {
    private func settings(_ text: String, _ flags: [String] = [], _ environment: [String: String] = [:]) throws -> ServeSettings {
        let (file, problems) = ConfigurationReader.read(text, path: "f.yaml")
        try #require(problems.isEmpty, "\(problems)")
        return try ServeSettings(ServeFlags.parse(flags), file: file) { environment[$0] }
    }

    private func failure(_ text: String, _ flags: [String] = [], _ environment: [String: String] = [:]) throws -> Failure {
        try #require(throws: Failure.self) { try settings(text, flags, environment) }
    }

    @Test func flagsWinOverVariablesAndThoseOverTheFile() throws {
        let text = "port: 1\nhost: ::1\nlog-level: debug\nlimits: {sockets: 1, heartbeat: 1s}\naccess-log: yes\nlifetime: 1m\n"
        let environment = ["HOTLINE_PORT": "2", "HOTLINE_LIMITS": "sockets=2", "HOTLINE_LIFETIME": "2m"]
        let settings = try settings(text, ["--port", "3"], environment)
        #expect(settings.server.port == 3 && settings.server.host == "::1" && settings.logLevel == .debug && settings.server.accessLog)
        #expect(settings.server.limits.connectionsMax == 2 && settings.server.limits.heartbeat == .seconds(1))
        #expect(settings.server.limits.lifetime == .seconds(120) && settings.server.limits.shutdownGrace == .seconds(25))
        #expect(try self.settings(text, [], ["HOTLINE_ACCESS_LOG": "no"]).server.accessLog == false)
    }

    @Test(arguments: [
        ("port: x", "f.yaml:1:7: 'x' is not a port"), ("\nlifetime: soon", "f.yaml:2:11: 'soon' is not a duration"),
        ("limits:\n  sokets: 1", "f.yaml:2:11: there is no limit 'sokets'"), ("host: 0.0.0.0", "refusing to listen on 0.0.0.0 without a key"),
        ("log-level: loud", "f.yaml:1:12: 'loud' is not a level"),
    ])
    func wrongValuesAreNamedWithTheirPlace(_ text: String, _ message: String) throws {
        let failure = try failure(text)
        #expect(failure.message.hasPrefix(message), "\(failure.message)")
    }

    private static let engines = """
        engines:
          fast:
            url: http://127.0.0.1:1
            key: {env: FAST}
            models: {a: {name: org/a, aliases: [b]}}
          slow: http://127.0.0.1:2
        models:
          c: {engine: slow, name: org/c}
          d: somewhere
        """

    @Test func enginesAndModelsAreTakenByName() throws {
        let settings = try settings(Self.engines, [], ["FAST": "key1"])
        #expect(settings.engines.map(\.name) == ["fast", "slow"] && settings.engines[0].key == "key1" && settings.engines[1].key == nil)
        #expect(settings.engines[0].models == ["a": NamedModel("org/a"), "b": NamedModel("org/a")])
        #expect(settings.engines[1].models == ["c": NamedModel("org/c")] && settings.aliases == ["d": "somewhere"])
    }

    @Test func anEngineOfAFlagIsTheOnlyOne() throws {
        let environment = ["FAST": "key1"]
        #expect(try settings(Self.engines, ["--engine", "http://x"]).engines.map(\.place) == [.url("http://x")])
        let fast = try settings(Self.engines, ["--engine", "fast", "--engine-key", "key2"], environment)
        #expect(fast.engines.map(\.name) == ["fast"] && fast.engines[0].key == "key2" && fast.engines[0].models.count == 2)
        #expect(fast.aliases == ["d": "somewhere"])
        let error = try failure(Self.engines, ["--engine-profile", "vllm"], environment)
        #expect(error.message == "--engine-profile: there are 2 engines, and it does not say for which")
    }

    @Test(arguments: [
        ("engines: {x: {url: scripted, models: [m]}, y: {url: scripted, models: [m]}}", "the model 'm' was named before, at line 1"),
        ("engines: {x: {url: scripted, models: {m: {aliases: [n]}}}, y: {url: scripted, models: [n]}}", "the model 'n' was named before"),
        ("engines: {xy: scripted}\nmodels: {m: {engine: yx}}", "there is no engine 'yx'"), ("engines: {x: {url: scripted, key: {env: NONE}}}", "the variable NONE is not set"),
        ("engines: {x: ftp://x}", "its scheme is neither http nor https"), ("engines: {x: {url: http://x, profile: vlm}}", "there is no profile 'vlm'"),
        ("engines: {x: {url: http://x, set: {thnk-tags: no}}}", "no field 'thnk-tags'"), ("engines: {x: {url: http://x, set: {think-tags: maybe}}}", "'maybe' cannot be think-tags"),
        ("keys: {x: {file: /nowhere/key}}", "the file /nowhere/key cannot be read"),
    ])
    func whatDoesNotGoTogetherIsNamed(_ text: String, _ message: String) throws {
        let failure = try failure(text)
        #expect(failure.message.hasPrefix("f.yaml:") && failure.message.contains(message), "\(failure.message)")
        #expect(failure.code == 78)
    }

    @Test func keysOfTheFileComeIn() throws {
        let hash = "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90"
        let settings = try settings("keys: {alice: {env: A}, bob: {sha256: \(hash)}}", ["--api-key", "c", "--host", "0.0.0.0"], ["A": "a"])
        let keys = settings.server.keys
        #expect(settings.hasKeys && keys.owner(authorization: "Bearer a") != nil && keys.owner(authorization: "Bearer c") != nil)
        // The SHA-256 of `alice`.
        #expect(keys.owner(authorization: "Bearer alice") != nil && keys.owner(authorization: "Bearer bob") == nil)
    }

    @Test func whatIsShownHasNoSecrets() throws {
        let text = """
            port: 9000
            engines:
              fast: {url: "http://127.0.0.1:1?key=SECRET1", key: {env: FAST}, headers: {X-Key: SECRET2}, models: {"a: b": org/a}}
            keys: {alice: {env: ALICE, memory: 25%}}
            """
        let settings = try settings(
            text, ["--api-key", "SECRET3", "--engine-header", "Y=SECRET4"], ["FAST": "SECRET5", "ALICE": "SECRET6", "HOTLINE_API_KEYS": "SECRET7"])
        let shown = ConfigurationText(settings).text
        #expect(!shown.contains("SECRET"), "\(shown)")
        for line in ["port: 9000 ", "f.yaml:1:7", "host: 127.0.0.1 ", "# default", "  fast:", "    key: '***'", "# from the variable FAST", "      \"a: b\":", "        name: org/a", "    env: ALICE", "http://127.0.0.1:1?"] {
            #expect(shown.contains(line), "\(line)\n\(shown)")
        }
    }

    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("a b", "\"a b\""), ("a: b", "\"a: b\""), ("x:", "\"x:\""), ("#x", "\"#x\""), ("a\nb", "\"a\\u000ab\""),
        ("say \"x\"", "\"say \\\"x\\\"\""), ("***", "'***'"), ("null", "\"null\""), ("http://h:1/v1", "http://h:1/v1"),
    ])
    func textsAreQuotedWhereYAMLWantsIt(_ text: String, _ written: String) { #expect(ConfigurationText.scalar(text) == written) }

    @Test func whatIsShownCanBeRead() throws {
        let shown = ConfigurationText(try settings("port: 9000\nlimits: {sockets: 5}\nallow-origin: [a, b]\n", ["--engine", "scripted"])).text
        #expect(ConfigurationReader.read(shown, path: "x").1 == [], "\(shown)")
    }

    @Test func everySettingHasItsFlagAndItsName() throws {
        let help = ServeFlags.helpMessage()
        for setting in Setting.all {
            #expect(help.contains(setting.flag), "\(setting.flag)")
            let given = setting.form == .yesNo ? [setting.flag] : [setting.flag, "a=b"]
            #expect(try ServeFlags.parse(given).given(setting) == [setting.form == .yesNo ? "yes" : "a=b"], "\(setting.flag) leads nowhere")
        }
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count && Set(Setting.all.map(\.variable)).count == Setting.all.count)
    }
}
