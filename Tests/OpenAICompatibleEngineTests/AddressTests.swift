import Testing

@testable import OpenAICompatibleEngine

struct AddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/chat/completions"), ("http://host:8080/", "http://host:8080/v1/chat/completions"),
        ("http://host:8080/v1", "http://host:8080/v1/chat/completions"), ("http://host:8080/v1/", "http://host:8080/v1/chat/completions"),
        ("http://host/v1/chat/completions", "http://host/v1/chat/completions"), ("localhost:1234", "http://localhost:1234/v1/chat/completions"),
        ("https://api.example.com/openai/v1", "https://api.example.com/openai/v1/chat/completions"),
        ("https://api.example.com/v1beta/openai/", "https://api.example.com/v1beta/openai/chat/completions"),
        ("https://host/v1?api-version=1", "https://host/v1/chat/completions?api-version=1"), ("http://[::1]:8080", "http://[::1]:8080/v1/chat/completions"),
        (" http://host:11434/api/chat\n", "http://host:11434/v1/chat/completions"), ("\"http://host/v1/completions/\"", "http://host/v1/chat/completions"),
        ("http://host/v1/responses", "http://host/v1/chat/completions"), ("openrouter.ai", "https://openrouter.ai/api/v1/chat/completions"),
        ("https://api.groq.com", "https://api.groq.com/openai/v1/chat/completions"),
        ("https://generativelanguage.googleapis.com/", "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"),
        (
            "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
            "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=1"
        ),
    ])
    func whatPeoplePasteIsUnderstood(_ text: String, _ expected: String) throws {
        let address = try EngineAddress(text)
        #expect(address.chatCompletions == expected)
        #expect(address.models == expected.replacing("/chat/completions", with: "/models"))
        #expect(!address.base.contains("?"))
    }

    @Test(arguments: ["", "http://", "ftp://host", "http://user:secret@host", "not a url", "http:///v1"])
    func whatIsNoAddressIsRefusedWithoutRepeatingIt(_ text: String) {
        let error = #expect(throws: InvalidEngineAddress.self) { try EngineAddress(text) }
        #expect(!(error?.description.contains("secret") ?? true))
    }
}
