import ResponsesAPI
import ResponsesClient
import Testing

@testable import hotline

/// What `hotline connect` writes for each client. Tests/Compat runs clients with it.
@Suite struct ClientGuideTests {
    private static let model = ServedModel(baseURL: "http://127.0.0.1:8484/v1", name: "org/model-7b", contextTokens: 40_000)
    private static let unknown = ServedModel(baseURL: "https://gateway.example/api", name: "m")

    /// By name, the parts that its configuration must hold beside the model; `SIZES` stand there only when the context is known.
    private static let table: [(name: String, parts: [String], sizes: [String])] = [
        ("codex", [#"base_url = "BASE""#, #"model_catalog_url = "BASE/models""#, "supports_websockets = true"], []),
        ("copilot", ["BASE_URL='BASE'", "WIRE_API=responses"], ["MAX_PROMPT_TOKENS=31808", "MAX_OUTPUT_TOKENS=8192"]),
        ("copilot-chat", ["BASE_URL='BASE'", "TYPE=openai", "WIRE_API=completions"], ["MAX_PROMPT_TOKENS=31808"]),
        ("copilot-messages", ["BASE_URL='ROOT'", "TYPE=anthropic"], ["MAX_PROMPT_TOKENS=31808"]),
        ("vibe", [#"api_base = "BASE""#, #"api_style = "openai-responses""#], ["max_context_length = 40000"]),
        ("vibe-chat", [#"api_base = "BASE""#], ["max_output_tokens = 8192"]),
        ("vibe-messages", [#"api_base = "ROOT""#, #"api_style = "anthropic""#], ["max_context_length = 40000"]),
        ("opencode", [#""baseURL": "BASE""#, "@ai-sdk/openai-compatible", "{env:HOTLINE_API_KEY}"], [#""context": 40000, "output": 8192"#]),
        ("pi", [#""baseUrl": "BASE""#, "openai-responses"], [#""contextWindow": 40000, "maxTokens": 8192"#]),
        ("openai-python", [#"base_url="BASE""#, "responses.connect()"], []),
        ("openai-node", [#"baseURL: "BASE""#], []),
        ("agents-sdk", [#"base_url="BASE""#, "auto_previous_response_id=True"], []),
        ("ai-sdk", [#"baseURL: "BASE""#, "hotline.responses("], []),
        ("swift", [#""BASE""#, "import ResponsesClient"], []),
        ("curl", ["'BASE/responses'"], []),
        ("zed", [#""api_url": "BASE""#, #""chat_completions": false"#], [#""max_tokens": 40000"#]),
        ("vscode", [#""url": "BASE""#, #""apiType": "responses""#], [#""maxInputTokens": 31808, "maxOutputTokens": 8192"#]),
        ("claude", ["ANTHROPIC_BASE_URL='ROOT'"], ["MAX_CONTEXT_TOKENS='40000'", "MAX_OUTPUT_TOKENS='4096'", "# Then: claude --tools="]),
        ("aider", ["OPENAI_API_BASE='BASE'"], []),
        ("mini-swe-agent", ["OPENAI_API_BASE='BASE'", "mini -m 'openai/"], []),
        ("openhands", ["LLM_BASE_URL='BASE'", "--override-with-envs"], []),
        ("hermes", [#"base_url: "BASE""#], ["context_length: 40000"]),
        ("gptme", ["OPENAI_BASE_URL='BASE'", "gptme -m 'local/"], []),
        ("letta", ["--base-url 'BASE'"], []),
        ("goose", ["OPENAI_HOST='ROOT'"], ["GOOSE_CONTEXT_LIMIT=40000"]),
        ("cline", ["Base URL: BASE"], ["Context Window Size: 40000"]),
        ("open-webui", ["OPENAI_API_BASE_URL='BASE'"], []),
        ("openai-chat-python", [#"base_url="BASE""#, "chat.completions"], []),
        ("anthropic-python", [#"base_url="ROOT""#, "messages.stream("], []),
        ("litellm", [#"api_base="BASE""#, #"model="openai/"#], []),
        ("langchain-openai", [#"base_url="BASE""#], []),
        ("langchain-anthropic", [#"base_url="ROOT""#], []),
        ("pydantic-ai-chat", [#"base_url="BASE""#, "OpenAIChatModel"], []),
        ("pydantic-ai-messages", [#"base_url="ROOT""#, "AnthropicModel"], []),
        ("continue", [#"apiBase: "BASE""#], ["contextLength: 40000"]),
    ]

    @Test func eachClientIsThereOnce() {
        #expect(ClientGuide.all.map(\.name).sorted() == Self.table.map(\.name).sorted())
        let list = ConnectCommand.list
        for guide in ClientGuide.all { #expect(list.contains("\(guide.name) ") && list.contains("\(guide.wire.title) ") && list.contains(" \(guide.title)\n")) }
        #expect(ClientGuide.named("nobody") == nil)
    }

    @Test(arguments: table.map(\.name))
    func itHoldsServerAndModelAndNoKey(_ name: String) throws {
        let guide = try #require(ClientGuide.named(name))
        let row = try #require(Self.table.first { $0.name == name })
        func filled(_ part: String, _ model: ServedModel) -> String {
            part.replacing(/(['" ])(ROOT|BASE)/) { $0.1 + ($0.2 == "ROOT" ? model.rootURL : model.baseURL) }
        }
        for model in [Self.model, Self.unknown] {
            let text = guide.text(model)
            #expect(text.contains(model.name) && text.hasSuffix("\n") && !text.hasSuffix("\n\n"), "\(text)")
            for part in row.parts { #expect(text.contains(filled(part, model)), "\(part) in \(text)") }
            for size in row.sizes { #expect(text.contains(size) == (model.contextTokens != nil), "\(size) in \(text)") }
            // A key that is needed is in the variable, or asked for by the client.
            if ["letta", "cline", "vscode", "zed"].contains(name) {
                #expect(!text.contains("sk-"))
            } else {
                #expect(text.contains("HOTLINE_API_KEY"))
            }
        }
        #expect(!guide.place.isEmpty && guide.place.hasSuffix("."))
    }

    @Test(arguments: ClientGuide.all.filter { $0.form == .json }.map(\.name))
    func jsonIsJSONWhateverTheModelIsCalled(_ name: String) throws {
        let guide = try #require(ClientGuide.named(name))
        for model in [Self.model, Self.unknown, ServedModel(baseURL: "http://h/v1", name: #"a "b" \c/é"#, contextTokens: 10)] {
            let text = guide.text(model)
            #expect(throws: Never.self, "\(text)") { try RawJSON(parsing: text) }
        }
    }

    @Test(arguments: ClientGuide.all.filter { $0.form == .shell }.map(\.name))
    func aShellTakesEveryName(_ name: String) throws {
        let guide = try #require(ClientGuide.named(name))
        let text = guide.text(ServedModel(baseURL: "http://h/v1", name: "it's $(x)"))
        #expect(!text.contains("'it's $(x)'"))
        // In a comment, and as JSON in a word.
        let isElsewhere = ["letta", "open-webui", "curl"].contains(name)
        if !isElsewhere { #expect(text.contains(#"it'\''s $(x)'"#), "\(text)") }
    }

    @Test func aClientOfAnotherProtocolIsToldWhatIsMissing() throws {
        let claude = try #require(ClientGuide.named("claude"))
        let failure = ConnectCommand.lacks(claude, "http://h/v1")
        #expect(failure.message == "Claude Code speaks the Messages API, which the server at http://h/v1 does not serve" && failure.code == 69)
        #expect(failure.wayOut.contains("hotline connect"))
    }

    @Test func sizesThatAreNotKnownAreSaid() throws {
        let pi = try #require(ClientGuide.named("pi"))
        #expect(ConnectCommand.note(pi, Self.unknown, file: nil).contains("does not know the context of 'm'"))
        #expect(!ConnectCommand.note(pi, Self.model, file: nil).contains("does not know"))
        #expect(ConnectCommand.note(pi, Self.model, file: "f.json").hasPrefix("Written to f.json. "))
        // What has no place for them works without.
        let curl = try #require(ClientGuide.named("curl"))
        #expect(!ConnectCommand.note(curl, Self.unknown, file: nil).contains("does not know"))
    }

    @Test(arguments: [
        ("copilot", nil, "Save it as copilot.env. Read it into the shell that starts copilot: . ./copilot.env && copilot."),
        ("copilot", "a.env", "Written to a.env. Read it into the shell that starts copilot: . ./a.env && copilot."),
        ("vibe", "/x/config.toml", "Written to /x/config.toml. Then: VIBE_HOME=/x HOTLINE_API_KEY=KEY vibe; KEY is any word for a server without keys."),
        ("vibe", "config.toml", "Written to config.toml. Then: VIBE_HOME=. HOTLINE_API_KEY=KEY vibe; KEY is any word for a server without keys."),
        ("vibe", "v.toml", "Written to v.toml. It belongs in FOLDER/config.toml. Then: VIBE_HOME=FOLDER HOTLINE_API_KEY=KEY vibe; KEY is any word for a server without keys."),
        ("openai-python", "/t/hello.py", "Written to /t/hello.py. Then: pip install 'openai[realtime]' && python3 /t/hello.py."),
        ("cline", nil, "Fill it into Cline's settings; Cline keeps the key."),
    ])
    func theFileIsNamed(_ name: String, _ file: String?, _ text: String) throws {
        #expect(try #require(ClientGuide.named(name)).place(in: file) == text)
    }

    @Test(arguments: [
        ("copilot", 8000, "Its first request takes about 12500 tokens. 'm' has a context of 8000, of which 6000 are for prompts"), ("copilot", 32_768, nil),
        ("hermes", 32_768, "It needs a context of 64000 tokens, and 'm' has 32768."), ("hermes", 64_000, nil),
        ("claude", 8000, "It needs a context of 23944 tokens"), ("codex", 6000, "It needs a context of 6048 tokens"), ("aider", 2000, nil),
    ])
    func aContextThatIsTooSmallIsSaid(_ name: String, _ context: Int, _ words: String?) throws {
        let model = ServedModel(baseURL: "http://h/v1", name: "m", contextTokens: context)
        let guide = try #require(ClientGuide.named(name))
        #expect((guide.warning(of: model) != nil) == (words != nil))
        #expect(ConnectCommand.note(guide, model, file: nil).contains(words ?? ""))
        #expect(guide.warning(of: ServedModel(baseURL: "http://h/v1", name: "m")) == nil)
    }

    @Test(arguments: [(1024, 256, 768), (32_768, 8192, 24_576), (131_072, 8192, 122_880), (2, 1, 1)])
    func anAnswerTakesAPartOfTheContext(_ context: Int, _ output: Int, _ prompt: Int) {
        let model = ServedModel(baseURL: "http://h/v1", name: "m", contextTokens: context)
        #expect(model.outputTokens == output && model.promptTokens == prompt)
    }
}
