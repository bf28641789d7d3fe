import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ResponsesAPI
import ResponsesEngine
import Testing

@testable import ResponsesServer

/// What Codex is told of the models.
@Suite(.timeLimit(.minutes(1))) struct CatalogTests {
    private func entry(_ model: EngineModel, isLite: Bool = false) throws -> RawJSON {
        let json = ModelsAnswer([model], lite: isLite).json
        return try #require(RawJSON(parsing: json)["models"]?.elements.first)
    }

    /// Those without which a version of Codex reads nothing of the list.
    private static let required = [
        "slug", "display_name", "supported_reasoning_levels", "shell_type", "visibility", "supported_in_api", "priority",
        "support_verbosity", "truncation_policy", "experimental_supported_tools", "base_instructions", "supports_reasoning_summaries",
        "supports_parallel_tool_calls",
    ]

    @Test(arguments: required)
    func everyVersionFindsWhatItWants(_ field: String) throws {
        #expect(try entry(EngineModel(id: "m"))[field] != nil)
    }

    /// Half of a context is used in any case, and there is room for an answer otherwise.
    @Test(arguments: [
        (2048, 1024, 256), (4096, 2048, 512), (8192, 4096, 1024), (16_384, 12_288, 2048), (32_768, 24_576, 4096),
        (131_072, 98_304, 10_000), (1_000_000, 750_000, 10_000),
    ])
    func theContextIsTheEngines(_ tokens: Int, _ compactAt: Int, _ kept: Int) throws {
        let entry = try entry(EngineModel(id: "m", contextTokens: tokens))
        #expect(entry.int("context_window") == tokens && entry.int("max_context_window") == tokens)
        #expect(entry.int("auto_compact_token_limit") == compactAt)
        #expect(entry.string("truncation_policy.mode") == "tokens" && entry.int("truncation_policy.limit") == kept)
    }

    /// A number that is made up would have Codex compact at a wrong place.
    @Test func anUnknownContextIsLeftOut() throws {
        let entry = try entry(EngineModel(id: "m"))
        for field in ["context_window", "max_context_window", "auto_compact_token_limit"] { #expect(entry[field] == nil, "\(field)") }
        #expect(entry.int("truncation_policy.limit") == 10_000)
    }

    @Test func whatTheEngineTakes() throws {
        let plain = try entry(EngineModel(id: "m", takesImages: false))
        #expect(plain["input_modalities"]?.elements.map(\.stringValue) == ["text"])
        #expect(plain["supported_reasoning_levels"]?.elements.count == 0 && plain["default_reasoning_level"] == nil)
        let model = EngineModel(id: "org/m \"x\"", takesImages: true, efforts: ["none", "low", "high"])
        let rich = try entry(model, isLite: true)
        #expect(rich.string("slug") == "org/m \"x\"")
        #expect(rich["input_modalities"]?.elements.map(\.stringValue) == ["text", "image"])
        #expect(rich["supported_reasoning_levels"]?.elements.map { $0.string("effort") } == ["none", "low", "high"])
        #expect(rich["supported_reasoning_levels"]?.elements.allSatisfy { $0.string("description") != nil } == true)
        #expect(rich["use_responses_lite"]?.boolValue == true && plain["use_responses_lite"]?.boolValue == false)
        #expect(try entry(EngineModel(id: "m"))["input_modalities"]?.elements.count == 2)
    }

    /// They are the head of every prompt.
    @Test func theInstructionsAreShort() throws {
        #expect(try entry(EngineModel(id: "m")).string("base_instructions") == CodexInstructions.text)
        #expect((400..<1500).contains(CodexInstructions.text.utf8.count))
    }

    @Test func modelsAreInTheServersOrder() throws {
        let json = try RawJSON(parsing: ModelsAnswer([EngineModel(id: "b"), EngineModel(id: "a")], lite: false).json)
        #expect(json["models"]?.elements.map { $0.string("slug") } == ["b", "a"])
        #expect(json["models"]?.elements.map { $0.int("priority") } == [0, 1])
        #expect(json["data"]?.elements.map { $0.string("id") } == ["b", "a"])
    }

    @Test(arguments: [(CodexLite.auto, true, false), (.auto, false, true), (.on, true, true), (.on, false, true), (.off, false, false)])
    func liteIsForThinLines(_ lite: CodexLite, _ isLoopback: Bool, _ holds: Bool) {
        #expect(lite.holds(isLoopback: isLoopback) == holds)
    }

    // MARK: The entity tag

    @Test func theTagFollowsWhatIsSaid() {
        let model = EngineModel(id: "m", created: 1, contextTokens: 4096)
        let tag = ModelsAnswer([model], lite: false).tag
        var later = model
        later.created = 2
        #expect(ModelsAnswer([later], lite: false).tag == tag, "an engine that gives the time of the question")
        var larger = model
        larger.contextTokens = 8192
        let others = [
            ModelsAnswer([larger], lite: false).tag, ModelsAnswer([model], lite: true).tag, ModelsAnswer([model], lite: nil).tag,
            ModelsAnswer([], lite: nil).tag,
        ]
        #expect(Set(others + [tag]).count == 5)
        #expect(tag.wholeMatch(of: /W\/"[0-9a-f]{16}"/) != nil)
    }

    @Test(arguments: [
        ("TAG", true), ("W/TAG", true), ("*", true), ("\"x\", TAG", true), ("\"x\" ,\tW/TAG \t", true), ("\"x\"", false), ("", false),
        ("W/", false),
    ])
    func aKnownTagIsFound(_ field: String, _ isKnown: Bool) {
        let answer = ModelsAnswer([EngineModel(id: "m")], lite: nil)
        let opaque = String(answer.tag.dropFirst(2))
        #expect(answer.isKnown(by: field.replacing("TAG", with: opaque)) == isKnown)
        #expect(!answer.isKnown(by: nil))
    }

    // MARK: Over HTTP

    @Test func codexGetsTheCatalogAndOthersTheListAlone() async throws {
        try await TestServer.with(HandEngine()) { server in
            let plain = try await server.get("/v1/models")
            #expect(plain.json["models"] == nil && plain.json["data"]?.elements.count == 1)
            let codex = try await server.get("/v1/models?client_version=0.163.0")
            #expect(codex.json["data"] != nil && codex.json["models"]?.elements.count == 1)
            #expect(codex.json["models"]?.elements.first?["use_responses_lite"]?.boolValue == false, "it came over loopback")
            #expect(codex.headers.first(name: "etag") != plain.headers.first(name: "etag"))

            var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/v1/models?client_version=0.163.0")
            request.headers.add(name: "If-None-Match", value: try #require(codex.headers.first(name: "etag")))
            let known = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            #expect(known.status == .notModified && known.headers["etag"] == codex.headers["etag"])
            #expect(try await known.body.collect(upTo: 1024).readableBytes == 0)
        }
    }

    @Test func theSettingDecides() async throws {
        try await TestServer.with(HandEngine(), configure: { $0.codexLite = .on }) { server in
            let codex = try await server.get("/v1/models?client_version=0.163.0")
            #expect(codex.json["models"]?.elements.first?["use_responses_lite"]?.boolValue == true)
        }
    }
}
