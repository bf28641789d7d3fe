import OpenAICompatibleEngine
import ResponsesServer
import Testing

@testable import hotline

/// The configuration file: what is read of it, and what is said of what cannot be.
@Suite struct ConfigurationReaderTests {
    private func read(_ text: String) -> (ConfigurationFile, [ConfigurationProblem]) { ConfigurationReader.read(text, path: "hotline.yaml") }

    private static let whole = """
        port: 9000
        log-level: debug   # as a flag would say it
        access-log: no
        allow-origin: [https://a.example, https://b.example]
        limits:
          response-bytes: 8MiB
          sockets: 5
        engines:
          fast:
            url: http://127.0.0.1:8080
            profile: llama.cpp
            set: {strict: never}
            models:
              qwen3: Qwen/Qwen3-8B
              big:
                name: org/Big
                context: 128k
                aliases: [gpt-5, default]
          hosted:
            url: https://api.example/v1
            key: {env: HOSTED_KEY}
            headers:
              X-Title: Hotline
              X-Secret: {file: /run/secret}
            only-these-models: yes
            models: [one, two]
          script: scripted
        models:
          small: {engine: fast, name: tiny}
          other: elsewhere
        keys:
          alice: {env: ALICE_KEY, models: [qwen3], memory: 25%, storage: no}
          bob:
            sha256: \(String(repeating: "ab", count: 32))
        """

    @Test func everythingIsRead() throws {
        let (file, problems) = read(Self.whole)
        #expect(problems == [])
        #expect(file.settings.mapValues { $0.map(\.text) } == [
            "port": ["9000"], "log-level": ["debug"], "access-log": ["no"], "allow-origin": ["https://a.example", "https://b.example"],
            "limit": ["response-bytes=8MiB", "sockets=5"],
        ])
        #expect(file.settings["port"]?.first?.source.description == "hotline.yaml:1:7")
        #expect(file.engines.map(\.name) == ["fast", "hosted", "script"])
        let (fast, hosted, script) = (file.engines[0], file.engines[1], file.engines[2])
        #expect(fast.url.text == "http://127.0.0.1:8080" && fast.profile?.text == "llama.cpp" && fast.fields.map(\.text) == ["strict=never"])
        #expect(fast.models.map(\.name) == ["qwen3", "big"] && fast.models.map(\.engineName) == ["Qwen/Qwen3-8B", "org/Big"])
        #expect(fast.models[1].contextTokens == 131_072 && fast.models[1].aliases.map(\.text) == ["gpt-5", "default"])
        #expect(hosted.key?.kept == .variable("HOSTED_KEY") && hosted.onlyNamed && hosted.models.map(\.name) == ["one", "two"])
        #expect(hosted.headers.map(\.name) == ["X-Title", "X-Secret"] && hosted.headers[0].value == .text("Hotline"))
        #expect(script.url.text == "scripted" && script.place.line == 27)
        #expect(file.models.map(\.engineName) == ["tiny", "elsewhere"] && file.models[0].engine?.text == "fast")
        #expect(file.keys.map(\.name) == ["alice", "bob"])
        let rights = file.keys[0].rights
        #expect(rights.models == ["qwen3"] && rights.memoryShare == 0.25 && !rights.mayStore)
    }

    @Test(arguments: ["", "# nothing\n", "~", "engines:\nkeys:\nlimits:\n"])
    func whatIsEmptyIsNothing(_ text: String) {
        #expect(read(text).1 == [] && read(text).0 == ConfigurationFile(path: "hotline.yaml"))
    }

    @Test(arguments: [
        ("acess-log: yes", "1:1", "there is no 'acess-log' in the file", "Did you mean 'access-log'?"),
        ("engine:\nengnes: {}", "2:1", "there is no 'engnes' in the file", "Did you mean 'engines'?"),
        ("engines:\n  a:\n    ulr: http://x", "3:5", "there is no 'ulr' in the engine 'a'", "Did you mean 'url'?"),
        ("engines:\n  a:\n    profile: vllm", "2:3", "the engine 'a' has no address", "Add 'url: http://HOST:PORT', or 'url: scripted'."),
        ("engines: [a]", "1:10", "engines is a mapping of names", ""), ("port: [1]", "1:7", "'port' is one text", ""),
        ("access-log: maybe", "1:13", "'access-log' is yes or no", ""), ("api-key: SECRET", "1:1", "keys do not stand in the file", ""),
        ("engines:\n  a:\n    url: http://x\n    key: SECRET", "4:10", "the key of 'a' does not stand in the file", ""),
        ("engines:\n  a:\n    url: http://x\n    key: {evn: SECRET}", "4:11", "there is no 'evn' in the key of 'a'", "Did you mean 'env'?"),
        ("keys:\n  a: SECRET", "2:6", "the key 'a' does not stand in the file", ""), ("keys:\n  a: {models: [m]}", "2:3", "the key 'a' is nowhere", ""),
        ("keys:\n  a: {env: X, file: y}", "2:3", "the key 'a' is kept in two places", ""),
        ("keys:\n  a: {sha256: SECRET}", "2:15", "this is not a SHA-256", ""), ("keys:\n  a: {env: X, memory: 300%}", "2:23", "'memory' is a part of the whole", ""),
        ("models:\n  a: {context: wide}", "2:16", "'context' is a number of tokens", ""),
        ("port: 1\nport: 2", "1:1", "'port' stands here twice", "Leave one of them."), ("a: [SECRET", "2:1", "this is not YAML: ", ""),
        ("\ta: SECRET", "1:1", "this is not YAML: ", ""), ("just text", "1:1", "the file is a mapping of names", ""),
    ])
    func whatIsWrongIsNamedWithItsPlace(_ text: String, _ place: String, _ message: String, _ wayOut: String) throws {
        let problems = read(text).1
        let problem = try #require(problems.first)
        #expect("\(problem.place)" == "hotline.yaml:\(place)" && problem.message.hasPrefix(message), "\(problem)")
        #expect(wayOut.isEmpty || problem.wayOut == wayOut, "\(problem.wayOut)")
        #expect(problem.wayOut.hasSuffix(".") || problem.wayOut.hasSuffix("?"))
        #expect(!"\(problems)".contains("SECRET") && problem.failure.code == 78)
    }

    @Test func allProblemsAreFoundAtOneTime() {
        #expect(read("prot: 1\nengines:\n  a: {}\nkeys: {b: c}\n").1.map(\.place.line) == [1, 3, 4])
    }

    @Test func aFileOfReferencesIsNoBomb() {
        // Each line is ten of the one before.
        let lines = (1..<20).map { "a\($0): &a\($0) [\(Array(repeating: "*a\($0 - 1)", count: 10).joined(separator: ", "))]" }
        #expect(read("a0: &a0 x\n" + lines.joined(separator: "\n")).1.count == 20)
    }

    @Test(arguments: [
        ("prot", "port"), ("acces-log", "access-log"), ("logformat", "log-format"), ("PORT", "port"), ("hots", "host"), ("zzz", nil),
        (String(repeating: "x", count: 1000), nil),
    ])
    func theNearestNameIsASlipAway(_ name: String, _ nearest: String?) {
        #expect(NearestName.of(name, in: Setting.all.map(\.name)) == nearest)
    }
}
