import Testing

@testable import hotline

/// What Codex is given to read. Tests/Compat runs the real one with it.
@Suite struct CodexConfigurationTests {
    private func configuration(_ context: Int?) -> CodexConfiguration {
        CodexConfiguration(model: ServedModel(baseURL: "http://127.0.0.1:8484/v1", name: "a \"b\"", contextTokens: context))
    }

    @Test func whatItSays() {
        let text = configuration(65_536).text
        for line in [
            #"model = "a \"b\"""#, #"name = "OpenAI""#, #"env_key = "HOTLINE_API_KEY""#, "api_key_model_discovery = true",
            #"model_catalog_url = "http://127.0.0.1:8484/v1/models""#, #"web_search = "disabled""#, #"exclude = ["HOTLINE_*"]"#,
        ] { #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)") }
        #expect(!text.contains("multi_agent"))
        #expect(configuration(nil).text == text)
    }

    @Test func aSmallContextGetsFewerTools() {
        #expect(configuration(32_767).text.contains("multi_agent = false\ngoals = false\n"))
        #expect(!configuration(32_768).text.contains("multi_agent"))
    }

    /// What Codex notes there is Codex's, such as the folders that its user trusts.
    @Test(arguments: [
        ("", ""), ("model = \"old\"\napproval_policy = \"never\"\n[features]\ngoals = true\n", ""),
        (
            "model = \"old\"\n[model_providers.hotline]\nbase_url = \"old\"\n\n[projects.\"/a\"]\ntrust_level = \"trusted\"\n",
            "[projects.\"/a\"]\ntrust_level = \"trusted\"\n"
        ),
        (
            "[projects.\"/a\"]\ntrust_level = \"trusted\"\n[features.x]\ny = 1\n[[skills.config]]\nname = \"s\"\nlist = [\n  [1],\n]\n\n\n",
            "[projects.\"/a\"]\ntrust_level = \"trusted\"\n\n[[skills.config]]\nname = \"s\"\nlist = [\n  [1],\n]\n"
        ),
        ("[model_providers.other]\nname = \"mine\"\n[ analytics ]\nenabled = true", "[model_providers.other]\nname = \"mine\"\n"),
    ])
    func tablesOfOthersAreKept(_ old: String, _ kept: String) {
        let configuration = configuration(65_536)
        let text = configuration.text(keeping: old)
        #expect(text == configuration.text + (kept.isEmpty ? "" : "\n" + kept))
        #expect(configuration.text(keeping: text) == text, "the second start changes nothing")
    }

    @Test(arguments: [(nil, false), (1_000_000, false), (32_768, false), (8192, false), (6048, false), (6047, true), (2048, true)])
    func aContextThatIsTooSmallIsRefusedWithBothNumbers(_ context: Int?, _ isRefused: Bool) {
        let refusal = CodexHead.refusal(of: ServedModel(baseURL: "http://h/v1", name: "tiny", contextTokens: context))
        #expect((refusal != nil) == isRefused)
        if let refusal, let context {
            #expect(refusal.message.contains("6048") && refusal.message.hasSuffix("'tiny' has \(context)"))
            #expect(refusal.wayOut.contains("--any-context"))
        }
    }
}
