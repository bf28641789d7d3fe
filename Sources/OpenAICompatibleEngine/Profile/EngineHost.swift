/// A hosted API that is known by its host.
struct EngineHost: Sendable {
    let name: String
    let preset: String
    /// Where its API is when an address names no path.
    let path: String

    /// The API at a host, or at one below it.
    static func known(_ host: String) -> EngineHost? {
        let host = host.lowercased()
        return all.first { host == $0.name || host.hasSuffix(".\($0.name)") }
    }

    private init(_ name: String, _ preset: String, _ path: String = "/v1") {
        self.name = name
        self.preset = preset
        self.path = path
    }

    private static let all = [
        EngineHost("api.openai.com", "openai"), EngineHost("openai.azure.com", "azure", "/openai/v1"),
        EngineHost("cognitiveservices.azure.com", "azure", "/openai/v1"), EngineHost("services.ai.azure.com", "azure", "/openai/v1"),
        EngineHost("models.ai.azure.com", "azure"), EngineHost("openrouter.ai", "openrouter", "/api/v1"),
        EngineHost("generativelanguage.googleapis.com", "gemini", "/v1beta/openai"),
        EngineHost("aiplatform.googleapis.com", "gemini"), EngineHost("mistral.ai", "mistral"), EngineHost("deepseek.com", "deepseek"),
        EngineHost("groq.com", "groq", "/openai/v1"), EngineHost("cerebras.ai", "cerebras"), EngineHost("together.xyz", "together"),
        EngineHost("together.ai", "together"), EngineHost("x.ai", "xai"), EngineHost("moonshot.ai", "moonshot"),
        EngineHost("moonshot.cn", "moonshot"), EngineHost("ollama.com", "ollama"),
    ]
}
